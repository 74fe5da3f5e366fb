"""What a ComfyUI would refuse, found before anything is submitted, with the stand-in's own definitions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from video_queue.comfy.node_catalogue import ComfyCatalogue, choices, is_source
from video_queue.comfy.preflight import missing_classes, preflight, previews_only
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.simulator.server import ComfySimulator
from video_queue.simulator.settings import SimulatorSettings

GRAPH: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "photo.png"}},
    "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "simulated-base.safetensors"}},
    "3": {
        "class_type": "LoraLoader",
        "inputs": {
            "lora_name": "gone.safetensors",
            "strength_model": 1.0,
            "strength_clip": 1.0,
            "model": ["2", 0],
            "clip": ["2", 1],
        },
    },
    "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a house", "clip": ["3", 1]}},
    "7": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 1, "steps": 4, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1.0,
            "model": ["3", 0], "positive": ["6", 0], "negative": ["6", 0], "latent_image": ["4", 0],
        },
    },
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["7", 0], "vae": ["2", 2]}},
    "5": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "x"}},
}  # fmt: skip
NAMES = [
    "input",
    "inputs",
    "required",
    "optional",
    "options",
    "key",
    "resize_type",
    "images",
    "output",
    "min",
]
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
    graph = {**GRAPH, "9": {"class_type": "SaveImages", "inputs": {}}}
    (problem,) = preflight(workflow({"3.inputs.lora_name": "oil-paint.safetensors"}, graph), {}, info)
    assert (problem.code, problem.loc) == ("comfy_rejected", ("render", "9"))
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
    catalogue.store(NEWEST)
    assert catalogue.options("comfy:ResizeImageMaskNode.resize_type") == list(RESIZE_INPUTS)
    assert catalogue.options("comfy:ResizeImageMaskNode.resize_type.crop") == ["disabled", "center"]
    assert catalogue.options("comfy:ResizeImageMaskNode.resize_type.nothing") == []
    assert not is_source("comfy:KSampler")


RESIZE_INPUTS = {
    "scale dimensions": {
        "width": ["INT", {"min": 0, "max": 16384}],
        "crop": ["COMBO", {"options": ["disabled", "center"]}],
    },
    "scale by multiplier": {"multiplier": ["FLOAT", {"min": 0.01, "max": 8.0}]},
}
# The newest forms: a choice whose inputs depend on its value, and a list that grows.
NEWEST = {
    "LoadImage": {
        "input": {"required": {"image": [["a.png"], {"image_upload": True}]}},
        "output": ["IMAGE", "MASK"],
    },
    "ResizeImageMaskNode": {
        "input": {
            "required": {
                "input": ["COMFY_MATCHTYPE_V3", {}],
                "resize_type": [
                    "COMFY_DYNAMICCOMBO_V3",
                    {
                        "options": [
                            {"key": key, "inputs": {"required": inputs}}
                            for key, inputs in RESIZE_INPUTS.items()
                        ]
                    },
                ],
            }
        },
        "output": ["COMFY_MATCHTYPE_V3"],
    },
    "BatchImagesNode": {
        "input": {"required": {"images": ["COMFY_AUTOGROW_V3", {"template": {"prefix": "image"}}]}},
        "output": ["IMAGE"],
    },
    "SaveImage": {"input": {"required": {"images": ["IMAGE"]}}, "output": [], "output_node": True},
    "PreviewImage": {"input": {"required": {"images": ["IMAGE"]}}, "output": [], "output_node": True},
    "CLIPLoader": {"input": {"required": {"clip_name": [[], {}]}}, "output": ["CLIP"]},
    "Anything": {
        "input": {"required": {"value": ["IMAGE"]}},
        "output": ["*"],
        "python_module": "custom_nodes.any",
    },
}
RESIZE: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
    "21": {
        "class_type": "ResizeImageMaskNode",
        "inputs": {"input": ["1", 0], "resize_type": "scale dimensions", "resize_type.width": 64},
        "_meta": {"title": "Smaller"},
    },
    "22": {
        "class_type": "BatchImagesNode",
        "inputs": {"images.image0": ["21", 0], "images.image1": ["1", 0]},
    },
    "5": {"class_type": "SaveImage", "inputs": {"images": ["22", 0]}},
}


def newest(graph: dict[str, Any], bindings: dict[str, Any] | None = None, **values: Any) -> list[str]:
    used = {name: {value} for name, value in values.items()}
    return [problem.message for problem in preflight(workflow(bindings or {}, graph), used, NEWEST)]


def changed(node_id: str, **inputs: Any) -> dict[str, Any]:
    node = RESIZE[node_id]
    return {**RESIZE, node_id: {**node, "inputs": {**node["inputs"], **inputs}}}


def test_inputs_of_a_dynamic_choice_have_their_ranges() -> None:
    assert newest(RESIZE) == []
    (message,) = newest(changed("21", **{"resize_type.width": 99999}))
    assert "Smaller (node 21, ResizeImageMaskNode): resize_type.width=99999 is outside 0 to 16384" in message
    (message,) = newest(RESIZE, {"21.inputs.resize_type.width": "{{ params.width }}"}, width=20000)
    assert "resize_type.width=20000" in message
    (message,) = newest(changed("21", resize_type="scale by magic"))
    assert "scale by multiplier" in message


def test_inputs_of_a_choice_that_is_not_made_are_named() -> None:
    binding = {"21.inputs.resize_type.multiplier": 2.0}
    (message,) = newest(changed("21", **{"resize_type.multiplier": 1.0}), binding)
    assert "no input resize_type.multiplier" in message
    both = {**binding, "21.inputs.resize_type": "{{ params.width }}"}
    assert newest(changed("21", **{"resize_type.multiplier": 1.0}), both, width="scale by multiplier") == []
    (message,) = newest(
        changed("21", **{"resize_type.multiplier": 1.0}),
        both | {"21.inputs.resize_type.multiplier": 9},
        width="scale by multiplier",
    )
    assert "multiplier=9 is outside 0.01 to 8.0" in message


@pytest.mark.parametrize("value", ["{{ input.path }}", "/clips/a.png", "C:\\clips\\a.png", "{{ item.path }}"])
def test_a_file_under_set_belongs_under_files(value: str) -> None:
    graph = {**RESIZE, "2": {"class_type": "LoadImage", "inputs": {"image": "b.png"}}}
    (message,) = newest(graph, {"2.inputs.image": value})
    assert "LoadImage (node 2): image takes a file" in message
    assert "files: of the phase render (2.inputs.image)" in message
    assert newest(graph, {"2.inputs.image": "b.png"}) == []


def test_links_that_lead_nowhere_or_to_another_type() -> None:
    (message,) = newest(changed("5", images=["1", 1]))
    assert "images takes IMAGE and is linked to LoadImage (node 1), which gives MASK" in message
    (message,) = newest(changed("5", images=["99", 0]))
    assert "node 99, which is not there" in message
    (message,) = newest(changed("5", images=["1", 7]))
    assert "output 7, which is not there" in message
    custom = {**RESIZE, "6": {"class_type": "Anything", "inputs": {"value": ["1", 1]}}}
    assert newest({**custom, "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}}}) == []


def test_an_input_that_is_missing() -> None:
    graph = {**RESIZE, "5": {"class_type": "SaveImage", "inputs": {}}}
    (message,) = newest(graph)
    assert "SaveImage (node 5): the input images is missing" in message


def test_what_leads_to_no_result_is_not_checked() -> None:
    """ComfyUI does not look at it either."""
    assert newest({**RESIZE, "30": {"class_type": "CLIPLoader", "inputs": {"clip_name": "t5.gguf"}}}) == []


def test_a_graph_that_saves_nothing() -> None:
    (message,) = newest({"1": RESIZE["1"]})
    assert "no node that saves or shows anything" in message
    shown = {"1": RESIZE["1"], "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}
    assert newest(shown) == []
    (warning,) = previews_only(workflow({}, shown), NEWEST)
    assert "PreviewImage (node 2)" in warning.message
    assert previews_only(workflow({}, RESIZE), NEWEST) == []


def test_a_missing_model_names_its_folder_and_a_missing_class_its_pack() -> None:
    graph = {
        "1": {"class_type": "CLIPLoader", "inputs": {"clip_name": "t5.safetensors"}},
        "2": {"class_type": "VHS_VideoCombine", "inputs": {"images": ["1", 0]}},
    }
    folders = {"text_encoders": ["/comfy/models/clip", "/comfy/models/text_encoders"]}
    unknown, missing = preflight(workflow({}, graph), {}, NEWEST, folders)
    assert "ComfyUI-VideoHelperSuite" in unknown.message
    assert "no model clip_name='t5.safetensors'" in missing.message
    assert "(ComfyUI has none yet)" in missing.message
    assert "/comfy/models/text_encoders" in missing.message


def test_every_kind_of_garbage_in_object_info_is_survived() -> None:
    for spec in (
        [],
        None,
        {},
        "INT",
        [None],
        [["a"], None],
        ["COMFY_DYNAMICCOMBO_V3"],
        ["COMBO", {"options": 3}],
    ):
        info = {**NEWEST, "SaveImage": {"input": {"required": {"images": spec}}, "output_node": True}}
        assert preflight(workflow({}, RESIZE), {}, info) == []
    for declared in (None, [], {"input": None}, {"input": {"required": []}}, {"output": "IMAGE"}):
        preflight(workflow({}, RESIZE), {}, {**NEWEST, "LoadImage": declared})


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "INT", "COMBO", "a.b", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(declared=JSON, link=JSON)
def test_no_declaration_and_no_link_breaks_the_check(declared: Any, link: Any) -> None:
    info = {**NEWEST, "SaveImage": declared, "ResizeImageMaskNode": {"input": {"required": declared}}}
    graph = changed("5", images=link)
    binding = {"21.inputs.resize_type.width": "{{ params.width }}"}
    preflight(workflow(binding, graph), {"width": [3]}, info)
    previews_only(workflow(binding, graph), info)
