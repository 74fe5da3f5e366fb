"""What a ComfyUI would refuse, found before anything is submitted, with the stand-in's own definitions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from video_queue.comfy.node_catalogue import ComfyCatalogue, choices, is_source
from video_queue.comfy.preflight import missing_classes, preflight
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.simulator.server import ComfySimulator
from video_queue.simulator.settings import SimulatorSettings

GRAPH: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "photo.png"}},
    "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "simulated-base.safetensors"}},
    "3": {
        "class_type": "LoraLoader",
        "inputs": {"lora_name": "gone.safetensors", "model": ["2", 0], "clip": ["2", 1]},
    },
    "4": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
    "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "x"}},
}
BINDINGS = {
    "2.inputs.ckpt_name": "{{ params.checkpoint }}",
    "3.inputs.lora_name": "{{ params.lora }}",
    "4.inputs.width": "{{ params.width }}",
}


@pytest.fixture(scope="module", params=["0.33.0", "0.3.64"])
def info(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """GET /object_info of the stand-in, in either version's form."""
    base = tmp_path_factory.mktemp("comfy")

    async def ask() -> Any:
        simulator = ComfySimulator(SimulatorSettings(base, version=request.param))
        url = await simulator.start()
        try:
            async with httpx.AsyncClient(trust_env=False) as client:
                return (await client.get(f"{url}/object_info")).json()
        finally:
            await simulator.stop()

    info: Mapping[str, Any] = asyncio.run(ask())
    return info


def workflow(bindings: dict[str, Any], graph: dict[str, Any] = GRAPH) -> LoadedWorkflow:
    parameters = {name: {"type": "text", "default": ""} for name in ("checkpoint", "lora", "width")}
    phase = {
        "name": "render",
        "uses": "comfy",
        "graph": "g.json",
        "set": bindings,
        "files": {"1.inputs.image": "x"},
    }
    definition = {"name": "w", "parameters": parameters, "phases": [phase], "output": {"phase": "render"}}
    return LoadedWorkflow(WorkflowDefinition.model_validate(definition), {"render": graph})


def messages(info: Mapping[str, Any], bindings: dict[str, Any] | None = None, **values: Any) -> list[str]:
    used = {"checkpoint": {None}, "lora": {None}, "width": {64}} | {
        name: {value} for name, value in values.items()
    }
    return [problem.message for problem in preflight(workflow(BINDINGS | (bindings or {})), used, info)]


def test_a_sound_workflow_has_no_problems(info: Mapping[str, Any]) -> None:
    assert messages(info) == []


def test_models_and_loras_that_are_not_there(info: Mapping[str, Any]) -> None:
    (message,) = messages(info, lora="oil-pain.safetensors")
    assert "oil-paint.safetensors" in message
    (message,) = messages(info, checkpoint="simulated-bas.safetensors")
    assert "simulated-base.safetensors" in message


def test_a_graph_whose_own_model_is_not_there(info: Mapping[str, Any]) -> None:
    graph = GRAPH | {
        "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "mine.safetensors"}}
    }
    problems = preflight(workflow(BINDINGS, graph), {"checkpoint": [None]}, info)
    assert ["mine.safetensors" in problem.message for problem in problems] == [True]


def test_an_unknown_class_names_the_nearest(info: Mapping[str, Any]) -> None:
    graph = {**GRAPH, "6": {"class_type": "SaveImages", "inputs": {}}}
    (problem,) = preflight(workflow({}, graph | {"3": GRAPH["5"]}), {}, info)
    assert (problem.code, problem.loc) == ("comfy_rejected", ("render", "6"))
    assert "SaveImage" in problem.message
    assert missing_classes(workflow({}, graph), info) == ["SaveImages"]


def test_a_binding_that_would_be_passed_over(info: Mapping[str, Any]) -> None:
    (message,) = messages(info, bindings={"4.inputs.depth": 3})
    assert "depth" in message


def test_a_number_out_of_range(info: Mapping[str, Any]) -> None:
    (message,) = messages(info, width=0)
    assert "width=0" in message


def test_what_was_said_last_is_kept(tmp_path: Path, info: Mapping[str, Any]) -> None:
    catalogue = ComfyCatalogue(tmp_path / "cache")
    assert catalogue.load() is None
    assert catalogue.options("loras") == []
    catalogue.store(info)
    assert "oil-paint.safetensors" in catalogue.options("loras")
    assert "simulated-base.safetensors" in ComfyCatalogue(tmp_path / "cache").options("checkpoints")
    assert catalogue.options("comfy:KSampler.sampler_name") == choices(info, "KSampler", "sampler_name")
    assert is_source("comfy:KSampler.sampler_name")
    assert not is_source("comfy:KSampler")
