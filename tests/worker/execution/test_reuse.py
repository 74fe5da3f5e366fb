"""Reuse on real clips: what an identical phase made is verified and copied, so that no job needs another's files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.media_clips import codes_of, make_clip
from tests.worker.conftest import Queue
from tests.worker.workflows import ROUND_TRIP
from video_queue.domain.actions import ActionOptions
from video_queue.domain.errors import VqError
from video_queue.domain.states import JobState, PhaseState
from video_queue.domain.views import Prompt
from video_queue.media.ffmpeg_binary import locate
from video_queue.settings import load_settings
from video_queue.wiring import Services

RUN, REUSED = [PhaseState.SUCCEEDED] * 2, [PhaseState.REUSED] * 2
HALF = [PhaseState.REUSED, PhaseState.SUCCEEDED]
COPY = """
inputs: {kind: video}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}", codec: ffv1}}
output: {phase: copy}
"""
TILES = """
inputs: {kind: video}
phases:
  - {name: parts, uses: media.split, with: {source: "{{ input.path }}", at_frame: 4}}
  - name: again
    uses: media.convert
    for_each: "{{ phases.parts.children }}"
    with: {source: "{{ item.path }}", mirror: horizontal}
output: {phase: again}
"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", frames=12)


def again(queue: Queue, clip: Path, **more: Any) -> Prompt:
    """The job once more; its prompt as it ended."""
    (job,) = queue.work({"workflow": "round-trip", "inputs": [str(clip)], "dedupe": False, **more})
    assert job.state == JobState.SUCCEEDED
    return queue.prompts(job.id)[0]


def states(prompt: Prompt) -> list[PhaseState]:
    return [phase.state for phase in prompt.phases]


def frames_of(prompt: Prompt) -> list[Path]:
    result = prompt.phases[0].result
    assert result is not None
    return [Path(image["path"]) for image in result["images"]]


@pytest.fixture
def first(queue: Queue, clip: Path) -> Prompt:
    """A prompt that made everything itself."""
    queue.workflow("round-trip", ROUND_TRIP)
    prompt = again(queue, clip)
    assert states(prompt) == RUN
    return prompt


def test_a_changed_encoder_does_not_extract_again(queue: Queue, clip: Path, first: Prompt) -> None:
    async def rerun(services: Services) -> None:
        await services.actions.job_action(first.job_id, "rerun", ActionOptions(params={"crf": 30}))

    queue.ask(rerun)
    queue.work()
    second = queue.prompts(first.job_id + 1)[0]
    assert states(second) == HALF

    # Its files are its own: the other job may go, and nothing needs it.
    async def delete(services: Services) -> None:
        await services.actions.job_action(first.job_id, "delete")

    queue.ask(delete)
    frames = frames_of(second)
    assert len(frames) == 12
    assert all(path.is_file() and path.is_relative_to(queue.settings.work_root / "2") for path in frames)
    # And it can be reused in turn.
    assert states(again(queue, clip, params={"crf": 31})) == HALF


def test_an_identical_job_reuses_the_published_file(queue: Queue, clip: Path, first: Prompt) -> None:
    second = again(queue, clip)
    assert states(second) == REUSED
    assert [phase.reused_from for phase in second.phases] == [f"{first.job_id}.1"] * 2
    path, other_path = (Path(prompt.artifacts[0].path) for prompt in (first, second))
    assert path != other_path
    assert codes_of(other_path) == list(range(12))
    assert [path.stat().st_nlink for path in (path, other_path)] == [1, 1]
    assert path.stat().st_ino != other_path.stat().st_ino


def test_a_phase_that_declines_reuse_is_made_each_time(queue: Queue, clip: Path, first: Prompt) -> None:
    queue.workflow("round-trip", ROUND_TRIP.replace("name: frames,", "name: frames, reuse: false,"))
    assert states(again(queue, clip)) == RUN


def test_a_working_file_that_was_edited_is_not_reused(queue: Queue, clip: Path, first: Prompt) -> None:
    for frame in frames_of(first):
        content = bytearray(frame.read_bytes())
        content[-1] ^= 1
        frame.write_bytes(content)
    assert states(again(queue, clip, params={"crf": 30})) == RUN


def test_reuse_can_be_declined(queue: Queue, clip: Path, first: Prompt) -> None:
    assert states(again(queue, clip, reuse=False)) == RUN


def test_a_retry_from_a_phase_makes_it_again(queue: Queue, clip: Path, first: Prompt) -> None:
    assert states(again(queue, clip, params={"crf": 30})) == HALF

    async def retry(services: Services) -> None:
        await services.actions.prompt_action(first.id, "retry", ActionOptions(from_phase="frames"))

    queue.ask(retry)
    queue.work()
    (redone,) = queue.prompts(first.job_id)
    assert (states(redone), redone.state) == (RUN, "succeeded")


def test_a_changed_input_is_another_one(queue: Queue, clip: Path, first: Prompt) -> None:
    stat = clip.stat()
    os.utime(clip, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))
    assert states(again(queue, clip)) == RUN


def test_another_take_of_the_same_size_and_time_is_another_one(
    queue: Queue, clip: Path, first: Prompt
) -> None:
    stat, content = clip.stat(), bytearray(clip.read_bytes())
    content[-1] ^= 1
    clip.write_bytes(content)
    os.utime(clip, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert states(again(queue, clip)) == RUN


def test_another_ffmpeg_makes_its_own_files(queue: Queue, clip: Path, first: Prompt, tmp_path: Path) -> None:
    other = tmp_path / "ffmpeg-of-tomorrow"
    real = locate(queue.settings.ffmpeg)
    answer = 'case "$*" in *-version) echo "ffmpeg version 99"; exit;; esac'
    other.write_text(f'#!/bin/sh\n{answer}\nexec {real} "$@"\n')
    other.chmod(0o755)
    queue.settings = load_settings(queue.home, {"min_free_gb": 0, "ffmpeg": str(other)}, {})
    assert states(again(queue, clip)) == RUN


def test_a_large_published_file_that_was_edited_in_place_is_made_again(queue: Queue, tmp_path: Path) -> None:
    queue.workflow("copy", COPY)
    noise = np.random.default_rng(1)
    clip = make_clip(
        tmp_path / "noise.mkv", 30, size=(1280, 720), codec="ffv1", sound=None,
        picture=lambda _number, size: noise.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8),
    )  # fmt: skip
    (job,) = queue.work({"workflow": "copy", "inputs": [str(clip)]})
    (artifact,) = queue.prompts(job.id)[0].artifacts
    assert artifact.bytes > 32 * 1024 * 1024
    with Path(artifact.path).open("r+b") as file:
        file.seek(artifact.bytes // 2)
        file.write(b"edited")
    (job,) = queue.work({"workflow": "copy", "inputs": [str(clip)], "dedupe": False})
    (prompt,) = queue.prompts(job.id)
    assert (states(prompt), prompt.error) == ([PhaseState.SUCCEEDED], None)


def test_files_that_are_not_intact_are_made_again(queue: Queue, clip: Path, first: Prompt) -> None:
    frame = frames_of(first)[3]
    content = bytearray(frame.read_bytes())
    content[-20] ^= 1  # the same size
    frame.write_bytes(content)
    output = Path(first.artifacts[0].path)
    output.write_bytes(output.read_bytes() + b"x")
    second = again(queue, clip)
    assert states(second) == RUN
    frames_of(second)[3].unlink()
    third = again(queue, clip, params={"crf": 31})
    assert states(third) == RUN


def test_prompts_of_one_job_reuse_each_other(queue: Queue, clip: Path) -> None:
    queue.workflow("round-trip", ROUND_TRIP)
    (job,) = queue.work(
        {"workflow": "round-trip", "inputs": [str(clip)], "sweep": {"crf": [20, 25, 30, 35, 40]}}
    )
    extracted = [states(prompt)[0] for prompt in queue.prompts(job.id)]
    assert PhaseState.REUSED in extracted
    assert all(prompt.phases[1].state == PhaseState.SUCCEEDED for prompt in queue.prompts(job.id))


def test_items_are_reused_as_a_whole(queue: Queue, clip: Path) -> None:
    queue.workflow("tiles", TILES)
    jobs = [queue.work({"workflow": "tiles", "inputs": [str(clip)], "dedupe": False})[0] for _ in range(2)]
    prompt, other = (queue.prompts(job.id)[0] for job in jobs)
    assert (states(prompt), states(other)) == (RUN, REUSED)
    assert len(other.artifacts) == 2
    assert [a.frames for a in other.artifacts] == [a.frames for a in prompt.artifacts] == [4, 8]


def test_a_job_that_succeeded_is_retried_from_a_phase_only(queue: Queue, first: Prompt) -> None:
    async def retry(services: Services) -> None:
        with pytest.raises(VqError):
            await services.actions.job_action(first.job_id, "retry")
        await services.actions.job_action(first.job_id, "retry", ActionOptions(from_phase="video"))

    queue.ask(retry)
    queue.work()
    (redone,) = queue.prompts(first.job_id)
    assert (states(redone), redone.attempt) == (RUN, 2)
