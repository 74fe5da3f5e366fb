"""Prompts that load the same models are of one family, whatever else they are made with."""

from __future__ import annotations

import json
from typing import Any

from video_queue.comfy.model_family import ModelFamilies
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition

GRAPH = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "base.safetensors"}},
    "2": {
        "class_type": "LoraLoader",
        "inputs": {"lora_name": "none.safetensors", "model": ["1", 0], "clip": ["1", 1]},
    },
    "3": {"class_type": "KSampler", "inputs": {"seed": 1, "model": ["2", 0]}},
}
UPSCALE = {"1": {"class_type": "AnyPackLoader", "inputs": {"weights": "4x.pth"}}}
NO_MODEL = {"1": {"class_type": "ImageScale", "inputs": {"width": 64}}}
PARAMETERS = {
    "checkpoint": {"type": "text", "default": ""},
    "seed": {"type": "seed"},
    "upscale": {"type": "bool", "default": True},
}
RENDER = {
    "name": "render", "uses": "comfy",
    "set": {"1.inputs.ckpt_name": "{{ params.checkpoint }}", "3.inputs.seed": "{{ params.seed }}"},
}  # fmt: skip


def families(params: dict[str, Any], *phases: tuple[dict[str, Any], Any]) -> list[str | None]:
    described = [
        phase if phase["uses"] != "comfy" else {"graph": f"{phase['name']}.json", **phase}
        for phase, _ in phases
    ]
    definition = WorkflowDefinition.model_validate(
        {"name": "made", "parameters": PARAMETERS, "phases": described}
    )
    graphs = {phase["name"]: graph for phase, graph in phases if graph}
    text = ModelFamilies(LoadedWorkflow(definition, graphs)).of_prompt(params)
    return list(json.loads(text)) if text else []


def family(**params: Any) -> str | None:
    [only] = families(params, (RENDER, GRAPH))
    return only


def test_another_seed_is_the_same_family() -> None:
    assert family(checkpoint="a.safetensors", seed=1) == family(checkpoint="a.safetensors", seed=2)


def test_another_checkpoint_is_another_family() -> None:
    assert family(checkpoint="a.safetensors") != family(checkpoint="b.safetensors")


def test_a_family_does_not_depend_on_how_nodes_are_numbered_or_on_the_workflow() -> None:
    numbered = {f"9{number}": node for number, node in GRAPH.items()}
    literal = {"name": "other", "uses": "comfy"}
    assert families({}, (literal, numbered)) == families({"checkpoint": "base.safetensors"}, (RENDER, GRAPH))


def test_each_phase_has_its_family_and_one_that_is_skipped_has_none() -> None:
    upscale = {"name": "upscale", "uses": "comfy", "when": "{{ params.upscale }}"}
    scale, frames = {"name": "scale", "uses": "comfy"}, {"name": "frames", "uses": "media.extract_frames"}
    phases = ((frames, None), (RENDER, GRAPH), (upscale, UPSCALE), (scale, NO_MODEL))
    with_all = families({"checkpoint": "a.safetensors", "upscale": True}, *phases)
    without = families({"checkpoint": "a.safetensors", "upscale": False}, *phases)
    assert with_all[0] is None
    assert with_all[1] not in (None, "", with_all[2])
    assert with_all[2]
    assert with_all[3] == ""
    assert without == [*with_all[:2], None, ""]


def test_a_workflow_that_renders_nothing_has_none() -> None:
    assert families({}, ({"name": "frames", "uses": "media.extract_frames"}, None)) == []


def test_a_lora_inside_an_object_of_its_node_counts_unless_it_is_off() -> None:
    def stacked(lora: dict[str, Any]) -> str | None:
        stack = {"class_type": "Power Lora Loader (rgthree)", "inputs": {"lora_1": lora, "model": ["1", 0]}}
        [only] = families({}, ({"name": "render", "uses": "comfy"}, {**GRAPH, "2": stack}))
        return only

    rain = stacked({"on": True, "lora": "rain.safetensors", "strength": 1.0})
    assert rain == stacked({"on": True, "lora": "rain.safetensors", "strength": 0.5})
    assert rain != stacked({"on": True, "lora": "snow.safetensors", "strength": 1.0})
    assert rain != stacked({"on": False, "lora": "rain.safetensors", "strength": 1.0})
