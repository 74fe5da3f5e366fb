"""The workflows that ship: each loads, has a form an artist understands, and keeps what its description promises."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from video_queue.domain.media.phases import PHASES
from video_queue.domain.plan import PromptPlan
from video_queue.domain.references import resolve
from video_queue.domain.submission import Submission
from video_queue.media.facts import MediaFacts
from video_queue.services.submission.prompt_builder import plan_job, resolve_settings
from video_queue.services.workflows.workflow_service import SHIPPED, WorkflowService
from video_queue.worker.execution.scope import prompt_scope

SERVICE = WorkflowService([SHIPPED])
NAMES = [info.name for info in SERVICE.list()]
CLIP = {"path": "/w/a.mp4"}
SCENE = {"start_frame": 0, "end_frame": 9}
# What phases give, whichever they are.
RESULTS = {
    **{name: [CLIP] for name in ("children", "clips", "videos", "approved", "files")},
    "images": [{"path": "/w/a.png"}],
    "file": CLIP,
    "scenes": [SCENE],
    "hash": ["0f"],
    "silences": [{"start": 0.5, "end": 1}],
    "plan": {"source": "/w/a.mp4", "frames": 9, "fps": 24.0, "chunks": [SCENE]},
}


def test_these_ship() -> None:
    assert set(NAMES) >= {
        "transcode",
        "video-to-frames",
        "frames-to-video",
        "contact-sheet",
        "split-and-join",
        "talk-cleanup",
    }


@pytest.mark.parametrize("name", NAMES)
def test_each_is_whole(name: str) -> None:
    info = SERVICE.info(name)
    assert info.problems == []
    assert info.title
    assert info.description.endswith(".")
    properties = SERVICE.schema(name)["properties"]
    assert all(field["x-ui"]["group"] and field["title"] for field in properties.values())
    helps = {key: field["x-ui"].get("help") or "" for key, field in properties.items()}
    assert [key for key, text in helps.items() if len(text) < 12 or text[-1] not in ".?"] == []
    orders = [field["x-ui"]["order"] for field in properties.values()]
    assert orders == sorted(orders)


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_of_each_are_valid_arguments(name: str, tmp_path: Path) -> None:
    loaded = SERVICE.get(name)
    required = {name: 1 for name, parameter in loaded.definition.parameters.items() if parameter.is_required}
    for file in ("clip.mp4", "f_1.png", "f_2.png"):
        (tmp_path / file).write_bytes(b"x")
    submission = Submission(workflow=name, input_dir=str(tmp_path), params=required)
    settings = resolve_settings(loaded.definition, submission)
    planned = plan_job(settings, submission, rng=random.Random(1), max_prompts=10)
    assert planned.problems == []
    plan, *_ = planned.prompts
    results = dict.fromkeys((phase.name for phase in loaded.definition.phases), RESULTS)
    facts = MediaFacts(
        tmp_path / "clip.mp4", "video", "mp4", width=64, height=32, fps=24.0, frames=9, duration=0.4
    )
    scope = prompt_scope(
        loaded.definition, plan=plan, params=planned.params, resolution=planned.resolution, job_id=1,
        job_name="", input_media=facts, phases=results,
        item={**CLIP, "index": 1},
    )  # fmt: skip
    wanted = [phase for phase in loaded.definition.phases if phase.when is None or resolve(phase.when, scope)]
    for phase in wanted:
        PHASES[phase.uses].params.model_validate(resolve(phase.with_, scope))


def test_outputs_of_transcode_begin_with_the_inputs_stem() -> None:
    assert SERVICE.get("transcode").definition.output.name.startswith("{{ input.stem }}")


def test_frames_to_video_takes_a_folder_fps_and_sound() -> None:
    loaded = SERVICE.get("frames-to-video").definition
    assert loaded.model_dump(mode="json")["inputs"]["kind"] == "sequence"
    assert {"fps", "audio"} <= loaded.parameters.keys()


def test_video_to_frames_gives_all_frames_by_default() -> None:
    loaded = SERVICE.get("video-to-frames")
    planned = dict.fromkeys(loaded.definition.parameters) | {"format": "png"}
    scope = prompt_scope(
        loaded.definition, plan=PromptPlan(1, ("/a.mp4",)), params=planned, resolution=None, job_id=1, job_name="",
        input_media=None, phases={},
    )  # fmt: skip
    arguments = PHASES["media.extract_frames"].params.model_validate(
        resolve(loaded.definition.phases[0].with_, scope)
    )
    assert arguments.model_dump(exclude_none=True).keys() <= {"source", "format", "depth"}
