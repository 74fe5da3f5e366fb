"""Which parameters, inputs and phases the draft of a graph has."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.graphs import INFO, image_to_image, node, text_to_image, upscale, video
from video_queue.comfy.importing.draft import Draft, make_draft
from video_queue.comfy.importing.source import read_text
from video_queue.comfy.preflight import preflight
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.workflows.definition_checks import check_definition


def draft_of(graph: dict[str, Any], info: dict[str, Any] | None = INFO, **more: Any) -> Draft:
    """The draft, which must be a sound workflow."""
    draft = make_draft("flow", graph, info, **more)
    assert check_definition(WorkflowDefinition.model_validate(draft.definition), {"render": graph}) == []
    return draft


def parameters(draft: Draft) -> dict[str, Any]:
    keys: dict[str, Any] = draft.definition["parameters"]
    return keys


def bindings(draft: Draft) -> dict[str, str]:
    keys: dict[str, str] = draft.definition["phases"][0]["set"]
    return keys


def test_text_to_image_has_what_an_artist_sets_in_the_order_of_use() -> None:
    draft = draft_of(text_to_image())
    assert list(parameters(draft)) == [
        "prompt", "negative", "batch_size", "lora", "lora_strength", "checkpoint", "seed", "steps", "cfg",
        "sampler", "scheduler",
    ]  # fmt: skip
    assert parameters(draft)["prompt"]["default"] == "a lighthouse\nat dusk"
    assert parameters(draft)["negative"]["default"] == "blurry"
    assert draft.definition["resolutions"][0] == "832x480"
    assert draft.definition["inputs"] == {"kind": "none"}
    assert draft.definition["output"] == {"phase": "render", "name": "flow_{{ params.seed }}"}
    assert bindings(draft)["5.inputs.width"] == "{{ resolution.width }}"
    assert bindings(draft)["10.inputs.strength_clip"] == "{{ params.lora_strength }}"
    assert draft.problems == []


def test_ranges_and_choices_are_comfyui_s() -> None:
    keys = parameters(draft_of(text_to_image()))
    assert (keys["cfg"]["type"], keys["cfg"]["default"], keys["cfg"]["max"]) == ("float", 7.0, 100.0)
    assert keys["steps"]["min"] == 1
    assert [keys[name]["options_source"] for name in ("lora", "checkpoint", "sampler")] == [
        "loras", "checkpoints", "samplers",
    ]  # fmt: skip
    assert keys["lora"]["required"] is False


def test_without_comfyui_s_description_the_form_is_the_same() -> None:
    assert list(parameters(draft_of(text_to_image(), None))) == list(parameters(draft_of(text_to_image())))


def test_image_to_image_asks_for_a_picture_and_how_far_to_leave_it() -> None:
    draft = draft_of(image_to_image())
    assert draft.definition["inputs"] == {"kind": "image"}
    assert draft.definition["phases"][0]["files"] == {"1.inputs.image": "{{ input.path }}"}
    denoise = parameters(draft)["denoise"]
    assert (denoise["min"], denoise["max"], denoise["default"]) == (0, 1, 0.6)
    assert draft.definition["output"]["name"] == "{{ input.stem }}_flow_{{ params.seed }}"


def test_an_upscale_asks_for_the_model_only() -> None:
    draft = draft_of(upscale())
    assert list(parameters(draft)) == ["upscaler"]
    assert parameters(draft)["upscaler"]["options_source"] == "upscalers"


def test_a_clip_has_frames_and_frames_per_second() -> None:
    keys = parameters(draft_of(video()))
    assert (keys["frames"]["default"], keys["frames"]["step"], keys["fps"]["default"]) == (81, 4, 16.0)
    assert "batch_size" not in keys


def test_every_seed_is_the_one_seed() -> None:
    graph = text_to_image()
    graph["30"] = {**graph["3"], "inputs": {**graph["3"]["inputs"], "seed": 7, "latent_image": ["3", 0]}}
    graph["8"]["inputs"]["samples"] = ["30", 0]
    draft = draft_of(graph)
    assert [name for name, keys in parameters(draft).items() if keys["type"] == "seed"] == ["seed"]
    assert bindings(draft)["3.inputs.seed"] == bindings(draft)["30.inputs.seed"] == "{{ params.seed }}"


def test_a_seed_is_never_drawn_above_the_narrowest_input() -> None:
    seed = ["INT", {"min": 0, "max": 2147483647}]
    info = {**INFO, "KSampler": {**INFO["KSampler"], "input": {"required": {"seed": seed}}}}
    assert parameters(draft_of(text_to_image(), info))["seed"]["max"] == 2147483647


def test_one_text_in_two_places_is_one_parameter() -> None:
    graph = text_to_image()
    graph["16"] = node("CLIPTextEncode", "Refiner", text="a lighthouse\nat dusk", clip=["4", 1])
    graph["30"] = {
        **graph["3"],
        "inputs": {**graph["3"]["inputs"], "positive": ["16", 0], "latent_image": ["3", 0]},
    }
    graph["8"]["inputs"]["samples"] = ["30", 0]
    draft = draft_of(graph)
    assert bindings(draft)["16.inputs.text"] == bindings(draft)["6.inputs.text"] == "{{ params.prompt }}"


def test_a_value_in_a_node_of_its_own_is_set_there() -> None:
    graph = text_to_image()
    graph["40"] = node("PrimitiveInt", "Breite", value=832)
    graph["41"] = node("PrimitiveStringMultiline", value="a lighthouse")
    graph["5"]["inputs"]["width"] = ["40", 0]
    graph["6"]["inputs"]["text"] = ["41", 0]
    draft = draft_of(graph)
    assert bindings(draft)["40.inputs.value"] == "{{ resolution.width }}"
    assert bindings(draft)["41.inputs.value"] == "{{ params.prompt }}"


def test_several_files_are_slots_named_after_their_nodes() -> None:
    graph = image_to_image()
    graph["2"] = node("LoadImage", "Load Style picture", image="style.png")
    graph["50"] = node("SaveImage", images=["2", 0], filename_prefix="y")
    draft = draft_of(graph)
    assert list(draft.definition["inputs"].items()) == [
        ("image", {"kind": "image"}),
        ("style_picture", {"kind": "image"}),
    ]
    assert draft.definition["phases"][0]["files"]["2.inputs.image"] == "{{ inputs.style_picture.path }}"


@pytest.mark.parametrize("info", [INFO, None])
def test_a_file_that_is_no_medium_can_be_chosen_and_is_brought_to_comfyui(
    info: dict[str, Any] | None,
) -> None:
    graph = text_to_image(n40=node("Load3D", model_file="3d/chair.glb", width=512, height=512))
    graph["41"] = node("SaveImage", images=["40", 0], filename_prefix="y")
    draft = draft_of(graph, info)
    file = parameters(draft)["model_file"]
    assert (file["type"], file["title"], file["required"]) == ("file", "Model file", False)
    assert draft.definition["phases"][0]["files"] == {"40.inputs.model_file": "{{ params.model_file }}"}
    assert draft.definition["inputs"] == {"kind": "none"}


def test_the_editor_s_file_and_the_api_file_of_a_workflow_give_the_same_form() -> None:
    """They list the same nodes in different orders: the form goes by their use."""
    stitch = {"direction": "right", "match_image_size": True}
    graph = {
        "1": node("LoadImage", image="a.png"),
        "2": node("LoadImage", image="b.png"),
        "9": node("ImageBlend", image1=["1", 0], image2=["2", 0], **stitch, blend_factor=0.1),
        "10": node("ImageBlend", image1=["9", 0], image2=["9", 0], **stitch, blend_factor=0.9),
        "12": node("SaveImage", images=["10", 0], filename_prefix="x"),
    }
    mirrored = dict(reversed(graph.items()))
    assert draft_of(mirrored).definition == draft_of(graph).definition
    assert [draft_of(mirrored).values[name] for name in ("blend_factor", "blend_factor_2")] == [0.1, 0.9]


def test_saved_frames_of_a_clip_are_joined() -> None:
    graph = {
        "1": node("LoadVideo", file="clip.mp4"),
        "2": node("GetVideoComponents", video=["1", 0]),
        "3": node("SaveImage", images=["2", 0], filename_prefix="x"),
    }
    encode = draft_of(graph).definition["phases"][1]
    assert encode["uses"] == "media.encode"
    assert encode["with"] == {
        "frames": "{{ phases.render.images }}", "fps": "{{ input.fps }}", "audio": "{{ input.path }}",
    }  # fmt: skip


def test_strengths_stand_behind_their_lora() -> None:
    graph = text_to_image()
    lora = {"strength_clip": 0.4, "strength_model": 0.9, "lora_name": "other.safetensors"}
    graph["11"] = node("LoraLoader", model=["10", 0], clip=["10", 1], **lora)
    graph["3"]["inputs"]["model"] = ["11", 0]
    names = [name for name in parameters(draft_of(graph)) if name.startswith("lora")]
    assert names == ["lora", "lora_strength", "lora_2", "lora_strength_2", "lora_text_strength"]


def test_each_lora_of_a_loader_of_several_can_be_set() -> None:
    graph = text_to_image()
    rows = {
        "lora_1": {"on": True, "lora": "soft.safetensors", "strength": 0.7, "strengthTwo": None},
        "lora_2": {"on": False, "lora": "unused.safetensors", "strength": 1.0},
        "lora_3": {"on": True, "lora": "other.safetensors", "strength": 0.7, "strengthTwo": 0.2},
    }
    graph["10"] = node("Power Lora Loader (rgthree)", model=["4", 0], clip=["4", 1], **rows)
    draft = draft_of(graph)
    loras = {name: keys for name, keys in parameters(draft).items() if name.startswith("lora")}
    assert list(loras) == ["lora", "lora_strength", "lora_2", "lora_strength_2", "lora_text_strength"]
    assert (loras["lora"]["options_source"], loras["lora_2"]["default"]) == ("loras", "other.safetensors")
    assert bindings(draft)["10.inputs.lora_3.strength"] == "{{ params.lora_strength_2 }}"
    assert (
        preflight(
            LoadedWorkflow(WorkflowDefinition.model_validate(draft.definition), {"render": graph}),
            {},
            {**INFO, "Power Lora Loader (rgthree)": {"input": {"optional": {}}, "output": ["MODEL", "CLIP"]}},
        )
        == []
    )


def test_groups_and_titles_are_the_editor_s() -> None:
    graph = text_to_image(n12=node("CheckpointLoaderSimple", ckpt_name="other.safetensors"))
    graph["13"] = node("VAEDecode", samples=["3", 0], vae=["12", 2])
    graph["14"] = node("SaveImage", images=["13", 0], filename_prefix="y")
    draft = draft_of(graph, titles={"12": "Load Checkpoint - REFINER"}, groups={"12": "Second pass"})
    refiner = parameters(draft)["refiner_checkpoint"]
    assert (refiner["title"], refiner["ui"]["group"]) == ("Checkpoint: REFINER", "Second pass")


def test_a_graph_that_only_shows_what_it_makes_is_a_clear_problem() -> None:
    shown = draft_of(text_to_image(n9=node("PreviewImage", images=["8", 0])))
    assert "PreviewImage" in shown.problems[0].message
    assert "saves anything" in draft_of({"1": node("LoadImage", image="a.png")}).problems[0].message


def test_nodes_that_lead_nowhere_are_not_asked_about() -> None:
    draft = draft_of(text_to_image(n60=node("LoadImage", image="forgotten.png")))
    assert draft.definition["inputs"] == {"kind": "none"}


@pytest.mark.skipif(
    "VQ_TEST_IMPORT_GRAPHS" not in os.environ, reason="a folder with *.json graphs and object_info"
)
def test_every_graph_of_a_folder_is_a_sound_workflow() -> None:
    folder = Path(os.environ["VQ_TEST_IMPORT_GRAPHS"])
    known = folder / "object_info.json"
    info = json.loads(known.read_text()) if known.exists() else None
    graphs = {path.name: read_text(path.read_text("utf-8")).api for path in folder.glob("*.api.json")}
    assert graphs
    for graph in graphs.values():
        draft_of(graph, info)
        draft_of(graph, None)
