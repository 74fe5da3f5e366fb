"""Workflows that leave `output` out, run to their published files."""

from __future__ import annotations

from pathlib import Path

from tests.media_clips import codes_of, make_clip
from tests.worker.conftest import Queue
from video_queue.domain.states import JobState
from video_queue.domain.views import Artifact

THERE_AND_BACK = """
inputs: {kind: video}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - {name: clip, uses: media.encode, with: {frames: "{{ phases.frames.images }}", fps: "{{ input.fps }}"}}
  - {name: facts, uses: media.probe, with: {source: "{{ phases.clip.file }}"}}
"""
TURN = """
inputs: {kind: none}
parameters:
  clip: {type: file}
  rotate: {type: choice, options: [90, 180]}
phases:
  - {name: turn, uses: media.convert, with: {source: "{{ params.clip }}", rotate: "{{ params.rotate }}"}}
"""


def outputs(queue: Queue, submission: dict[str, object]) -> list[Artifact]:
    """What a job published, prompt by prompt."""
    (job,) = queue.work(submission)
    prompts = queue.prompts(job.id)
    assert job.state is JobState.SUCCEEDED, [prompt.error for prompt in prompts]
    return [artifact for prompt in prompts for artifact in prompt.artifacts]


def test_the_last_phase_that_makes_files_is_published_under_the_inputs_name(
    queue: Queue, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=12)
    queue.workflow("there-and-back", THERE_AND_BACK)
    (video,) = outputs(queue, {"workflow": "there-and-back", "inputs": [str(clip)]})
    assert video.name == "clip.mp4"
    assert codes_of(Path(video.path)) == list(range(12))


def test_without_inputs_files_are_numbered_by_prompt(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=6)
    queue.workflow("turn", TURN)
    submission = {"workflow": "turn", "params": {"clip": str(clip)}, "sweep": {"rotate": [90, 180]}}
    upright, upside_down = outputs(queue, submission)
    assert [upright.name, upside_down.name] == ["turn_1.mp4", "turn_2.mp4"]
    assert (upright.width, upright.height) == (upside_down.height, upside_down.width)
