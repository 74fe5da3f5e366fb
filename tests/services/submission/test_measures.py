"""What is measured of a prompt before it runs is what is measured when it runs: inputs, parameters, a graph's size."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip
from video_queue.db.timings import read_sample
from video_queue.domain.plan import PromptPlan
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.submission.inputs import InputCollection
from video_queue.services.submission.measures import measures_of, sample_of
from video_queue.services.submission.prompt_builder import PlannedJob

PARAMETERS: dict[str, Any] = {
    "prompt": {"type": "text", "default": ""},
    "steps": {"type": "int", "default": 20},
    "sampler": {"type": "choice", "options": ["euler", "heun"], "default": "euler"},
    "seed": {"type": "seed"},
}
GRAPH = {
    "1": {"class_type": "EmptyLatentImage", "inputs": {"width": 832, "height": 480, "batch_size": 2}},
    "2": {"class_type": "KSampler", "inputs": {"steps": 9, "seed": 1}},
}


def workflow(**changes: Any) -> LoadedWorkflow:
    definition = {
        "name": "draw",
        "parameters": PARAMETERS,
        "phases": [
            {"name": "render", "uses": "comfy", "graph": "g", "set": {"2.inputs.steps": "{{ params.steps }}"}}
        ],
        **changes,
    }
    return LoadedWorkflow(WorkflowDefinition.model_validate(definition), {"render": GRAPH})


def planned(params: dict[str, Any], *plans: PromptPlan) -> PlannedJob:
    return PlannedJob(params, None, len(plans), [], [], InputCollection(), "seed", list(plans))


def test_a_render_from_nothing_is_as_large_as_its_graph_says() -> None:
    params = {"prompt": "x", "steps": 30, "sampler": "heun", "seed": 5}
    measures = measures_of(workflow(), {"params": params, "input": {}, "inputs": []})
    assert measures == {
        "files": 0.0, "params.steps": 30.0, "params.sampler": "heun", "render.steps": 30.0, "render.size": 799000.0,
        "work": 799000.0,
    }  # fmt: skip


def test_a_job_keeps_the_measures_of_a_few_of_its_prompts(tmp_path: Path) -> None:
    clip = str(make_clip(tmp_path / "clip.mp4", frames=24, size=(320, 192)))
    plans = [
        PromptPlan(number + 1, inputs=(clip,), values={"steps": steps, "seed": number})
        for number, steps in enumerate([10, 20] * 30)
    ]
    sample = read_sample(sample_of(planned({"prompt": "", "sampler": "euler"}, *plans), workflow()))
    assert {kind.measures["params.steps"] for kind in sample} == {10.0, 20.0}
    assert sum(kind.prompts for kind in sample) == 12
    assert sample[0].measures["frames"] == 24
    assert sample[0].measures["density"] == pytest.approx(
        Path(clip).stat().st_size / (320 * 192 * 24), rel=0.01
    )
    assert sample[0].measures["work"] == pytest.approx(320 * 192 * 24, rel=0.01)


def test_a_file_that_cannot_be_read_is_measured_by_what_is_asked_for(tmp_path: Path) -> None:
    plan = PromptPlan(1, inputs=(str(tmp_path / "gone.mp4"),))
    text = sample_of(planned({"steps": 4, "sampler": "euler"}, plan), workflow())
    assert text is not None
    assert json.loads(text)[0][1]["params.steps"] == 4.0
    assert read_sample(None)[0].measures == {}
