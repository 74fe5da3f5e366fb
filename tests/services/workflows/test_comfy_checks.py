"""Warnings of a workflow: what the ComfyUI that was seen last would refuse of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.comfy.models import make_models, seen_comfy
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.services.workflows.comfy_checks import ComfyChecks
from video_queue.services.workflows.workflow_service import WorkflowService

GRAPH = {
    "1": {"class_type": "LoraLoader", "inputs": {"lora_name": "ink.safetensors"}},
    "2": {"class_type": "VHS_VideoCombine", "inputs": {"images": ["1", 0]}},
    "3": {"class_type": "LoadImage", "inputs": {"image": "a.png"}},
}
TEXT = """
name: w
inputs: {kind: image}
parameters:
  lora: {type: choice, options_source: loras, default: DEFAULT}
phases:
  - name: draw
    uses: comfy
    graph: w.draw.api.json
    set: {"1.inputs.lora_name": "{{ params.lora }}"}
    files: {"3.inputs.image": "{{ input.path }}"}
"""


@pytest.fixture
def checks(tmp_path: Path) -> ComfyChecks:
    write(tmp_path, "oil.safetensors")
    return ComfyChecks(WorkflowService([tmp_path]), ComfyCatalogue(tmp_path / "cache"))


def write(folder: Path, default: str) -> None:
    (folder / "w.yaml").write_text(TEXT.replace("DEFAULT", default))
    (folder / "w.draw.api.json").write_text(json.dumps(GRAPH))


def warnings(folder: Path, checks: ComfyChecks) -> list[str]:
    [info] = checks.with_warnings(WorkflowService([folder]).list())
    assert info.problems == []
    return [warning.message for warning in info.warnings]


def test_a_workflow_has_warnings_once_a_comfyui_was_seen(tmp_path: Path, checks: ComfyChecks) -> None:
    assert warnings(tmp_path, checks) == []
    loras = make_models(tmp_path / "models")
    seen_comfy(tmp_path / "cache", loras)
    texts = warnings(tmp_path, checks)
    assert len(texts) == 3
    assert any(
        "no model lora_name='oil.safetensors'" in text and "styles/oil.safetensors" in text for text in texts
    )
    assert any("ComfyUI-VideoHelperSuite" in text for text in texts)


def test_warnings_follow_the_file(tmp_path: Path, checks: ComfyChecks) -> None:
    seen_comfy(tmp_path / "cache", make_models(tmp_path / "models"))
    before = warnings(tmp_path, checks)
    write(tmp_path, "styles/oil.safetensors")
    after = warnings(tmp_path, checks)
    assert (len(before), len(after)) == (3, 2)


def test_a_file_under_set_is_a_problem_without_any_comfyui(tmp_path: Path) -> None:
    write(tmp_path, "x")
    text = (tmp_path / "w.yaml").read_text()
    (tmp_path / "w.yaml").write_text(text.replace('lora }}"}\n    files: {', 'lora }}", '))
    (problem,) = WorkflowService([tmp_path]).info("w").problems
    assert "phases.0.set.3.inputs.image" in problem.message
    assert "write it under files" in problem.message
