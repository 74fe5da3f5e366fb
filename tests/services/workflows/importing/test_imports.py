"""From what an artist has to a workflow file in the home: whole, named, never over another one."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from tests.graphs import INFO, image_to_image, node, text_to_image, upscale
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.domain.errors import ProblemsError, VqError
from video_queue.services.asker import COMMAND_LINE
from video_queue.services.workflows.importing.draft_yaml import draft_yaml
from video_queue.services.workflows.importing.imports import DraftBody, Imports
from video_queue.services.workflows.workflow_service import SHIPPED, WorkflowService
from video_queue.settings import load_settings
from video_queue.simulator.server import ComfySimulator
from video_queue.simulator.settings import SimulatorSettings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "workflows"


@pytest.fixture
def workflows(folder: Path) -> WorkflowService:
    return WorkflowService([folder, SHIPPED])


@pytest.fixture
def imports(workflows: WorkflowService, tmp_path: Path) -> Imports:
    comfy = ComfyCatalogue(tmp_path / "cache")
    comfy.store(INFO)
    return Imports(load_settings(tmp_path / "home", {}, {}), workflows, comfy)


def write(path: Path, graph: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(graph))
    return path


def test_a_saved_draft_is_a_workflow_at_once(
    imports: Imports, folder: Path, workflows: WorkflowService, tmp_path: Path
) -> None:
    path = write(tmp_path / "My Portrait (v2).api.json", text_to_image())
    draft = imports.read_file(str(path), COMMAND_LINE)
    assert (draft.name, draft.problems, draft.saved) == ("my-portrait-v2", [], None)
    assert not folder.exists()
    saved = imports.save(imports.read_file(str(path), COMMAND_LINE, "portrait"), force=False)
    assert saved.saved == str(folder / "portrait.yaml")
    loaded = workflows.get("portrait")
    assert loaded.graphs["render"] == text_to_image()
    assert list(loaded.definition.parameters) == list(saved.definition["parameters"])


def test_the_file_says_what_it_was_made_from(imports: Imports, tmp_path: Path) -> None:
    path = write(tmp_path / "flow.json", text_to_image())
    draft = imports.read_file(str(path), COMMAND_LINE)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert draft.sha256 == digest
    assert draft.yaml.startswith(f"# Made from flow.json (sha256 {digest}).\n")
    assert "# The graph's own: 42" in draft.yaml
    assert '"3.inputs.denoise": 1.0' in draft.yaml


def test_a_picture_that_comfyui_saved_is_a_workflow(imports: Imports, tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("prompt", json.dumps(text_to_image()))
    Image.new("RGB", (8, 8)).save(tmp_path / "ComfyUI_00012_.png", pnginfo=texts)
    draft = imports.read_file(str(tmp_path / "ComfyUI_00012_.png"), COMMAND_LINE)
    assert (draft.name, draft.graphs) == ("comfyui_00012", {"render": text_to_image()})


def test_what_the_editor_saved_is_a_workflow_with_its_titles_and_groups(imports: Imports) -> None:
    editor = {
        "nodes": [
            {"id": 1, "type": "LoadImage", "pos": [0, 0], "size": [10, 10], "outputs": [{"links": [1]}],
             "widgets_values": ["example.png", "image"]},
            {"id": 2, "type": "UpscaleModelLoader", "pos": [500, 0], "size": [10, 10], "title": "Enlarger",
             "outputs": [{"links": [2]}], "widgets_values": ["4x.pth"]},
            {"id": 3, "type": "ImageUpscaleWithModel", "pos": [0, 0], "size": [10, 10],
             "inputs": [{"name": "upscale_model", "type": "UPSCALE_MODEL", "link": 2},
                        {"name": "image", "type": "IMAGE", "link": 1}], "outputs": [{"links": [3]}]},
            {"id": 4, "type": "SaveImage", "pos": [0, 0], "size": [10, 10],
             "inputs": [{"name": "images", "type": "IMAGE", "link": 3}], "widgets_values": ["x"]},
        ],
        "links": [[1, 1, 0, 3, 1, "IMAGE"], [2, 2, 0, 3, 0, "UPSCALE_MODEL"], [3, 3, 0, 4, 0, "IMAGE"]],
        "groups": [{"title": "Step 2", "bounding": [490, -50, 200, 200]}],
    }  # fmt: skip
    draft = imports.read_pasted(json.dumps(editor))
    assert draft.definition["inputs"] == {"kind": "image"}
    assert draft.definition["parameters"]["upscaler"]["ui"]["group"] == "Step 2"


def test_the_editor_s_workflow_waits_for_a_list_of_nodes(workflows: WorkflowService, tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home", {}, {})
    blind = Imports(settings, workflows, ComfyCatalogue(tmp_path / "nothing"))
    with pytest.raises(VqError) as refused:
        blind.read_pasted('{"nodes": [{"id": 1, "type": "LoadImage"}], "links": []}')
    assert "list of its nodes" in refused.value.message
    assert blind.read_pasted(json.dumps(text_to_image())).warnings


def test_the_comfyui_that_runs_is_asked_for_its_nodes(workflows: WorkflowService, tmp_path: Path) -> None:
    async def learn() -> None:
        comfy = ComfySimulator(SimulatorSettings(tmp_path / "comfy"))
        url = await comfy.start()
        try:
            settings = load_settings(tmp_path / "home", {"comfy.url": url}, {})
            imports = Imports(settings, workflows, catalogue)
            await imports.learn_nodes()
            assert imports.read_pasted(json.dumps(upscale())).problems == []
        finally:
            await comfy.stop()

    catalogue = ComfyCatalogue(tmp_path / "learned")
    asyncio.run(learn())
    assert "KSampler" in (catalogue.load() or {})


def test_no_workflow_is_overwritten_unless_forced(imports: Imports, folder: Path) -> None:
    first = imports.read_pasted(json.dumps(text_to_image()), "portrait")
    imports.save(first, force=False)
    before = (folder / "portrait.yaml").read_text()
    other = imports.read_pasted(json.dumps(image_to_image()), "portrait")
    with pytest.raises(VqError) as refused:
        imports.save(other, force=False)
    assert refused.value.code == "invalid_state"
    assert (folder / "portrait.yaml").read_text() == before
    imports.save(other, force=True)
    assert yaml.safe_load((folder / "portrait.yaml").read_text())["inputs"] == {"kind": "image"}
    with pytest.raises(VqError):
        imports.save(imports.read_pasted(json.dumps(text_to_image()), "transcode"), force=False)
    assert sorted(path.name for path in folder.iterdir()) == ["portrait.render.api.json", "portrait.yaml"]


def test_a_graph_in_the_home_becomes_a_workflow_without_a_second_copy(imports: Imports, folder: Path) -> None:
    path = write(folder / "cat.json", text_to_image())
    imports.save(imports.read_file(str(path), COMMAND_LINE, "cat"), force=False)
    assert sorted(path.name for path in folder.iterdir()) == ["cat.json", "cat.yaml"]


@pytest.mark.parametrize("name", ["../evil", "Big", "", "a b", "x" * 101, "a/b"])
def test_a_name_that_no_workflow_can_have_is_refused(imports: Imports, name: str) -> None:
    with pytest.raises(VqError):
        imports.revise(DraftBody(definition={"name": name, "phases": []}))
    if name:
        with pytest.raises(VqError):
            imports.read_pasted(json.dumps(text_to_image()), name)


def test_a_changed_draft_is_stored_as_it_was_changed(imports: Imports, workflows: WorkflowService) -> None:
    draft = imports.read_pasted(json.dumps(text_to_image()), "cat")
    definition = {**draft.definition, "title": "My cat"}
    definition["parameters"] = {"prompt": {**definition["parameters"]["prompt"], "title": "What is it?"}}
    definition["phases"][0]["set"] = {"6.inputs.text": "{{ params.prompt }}"}
    del definition["output"], definition["resolutions"]
    imports.save(imports.revise(DraftBody(definition=definition, graphs=draft.graphs), "tom"), force=False)
    kept = workflows.get("tom").definition
    assert (kept.title, kept.parameters["prompt"].title) == ("My cat", "What is it?")
    text = draft.yaml.replace("title: Cat", "title: By hand").replace("name: cat", "name: cat  # hers")
    imports.save(imports.revise(DraftBody(yaml=text, graphs=draft.graphs), "hers"), force=False)
    assert workflows.get("hers").definition.title == "By hand"


def test_a_draft_that_is_no_workflow_is_not_stored(imports: Imports, folder: Path) -> None:
    broken = imports.revise(DraftBody(yaml="name: x\nphases: 3\n"), "x")
    assert broken.problems
    with pytest.raises(ProblemsError):
        imports.save(broken, force=False)
    assert list(folder.glob("*")) == []


def test_nodes_and_models_that_comfyui_lacks_are_warnings(imports: Imports) -> None:
    graph = text_to_image(n4=node("CheckpointLoaderSimple", ckpt_name="gone.safetensors"))
    graph["3"]["class_type"] = "KSamplerFromAPack"
    messages = " ".join(item.message for item in imports.read_pasted(json.dumps(graph)).warnings)
    assert "gone.safetensors" in messages
    assert "KSamplerFromAPack" in messages


def test_paths_that_the_caller_may_not_name_are_not_read(imports: Imports, tmp_path: Path) -> None:
    with pytest.raises(VqError) as missing:
        imports.read_file(str(tmp_path / "nothing.json"), COMMAND_LINE)
    assert missing.value.code == "input_missing"
    with pytest.raises(VqError):
        imports.read_file(str(tmp_path), COMMAND_LINE)


@given(
    text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60),
    more=st.text("\n #:-{}'\"a", max_size=20),
)
def test_any_text_survives_the_way_into_yaml(text: str, more: str) -> None:
    definition = {
        "name": "x",
        "title": more,
        "parameters": {"prompt": {"type": "text", "default": text + more, "ui": {"help": more}}},
        "phases": [{"name": "render", "uses": "comfy", "set": {"6.inputs.text": text}}],
    }
    written = draft_yaml(definition, heading=[text, more], graph={})
    assert yaml.safe_load(written) == definition
