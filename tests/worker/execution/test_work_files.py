"""Working files of finished phases that a power cut took, or a clean-up: made again, and nothing else is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.media_clips import codes_of, make_clip
from tests.worker.conftest import Queue
from tests.worker.own_process import kill_when
from tests.worker.workflows import ROUND_TRIP
from video_queue.domain.states import PhaseState, PromptState
from video_queue.domain.views import Prompt

GATED = ROUND_TRIP.replace(
    "  - name: video\n",
    '  - {name: look, uses: review, with: {items: "{{ phases.frames.images }}"}}\n  - name: video\n',
)
LAST_LOOK = '  - {name: look, uses: review, with: {items: "{{ phases.video.file }}"}}\n'
TILES = """
inputs: {kind: video}
phases:
  - {name: parts, uses: media.split, with: {source: "{{ input.path }}", at_frame: 4}}
  - name: turned
    uses: media.convert
    for_each: "{{ phases.parts.children }}"
    with: {source: "{{ item.path }}", mirror: horizontal}
  - {name: look, uses: review, with: {items: "{{ phases.turned.file }}"}}
  - {name: whole, uses: media.merge, with: {inputs: "{{ phases.turned.file }}"}}
output: {phase: whole}
"""


def empty(path: Path) -> None:
    os.truncate(path, 0)


def shorten(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def waiting_at_the_gate(queue: Queue, clip: Path, text: str = GATED) -> Prompt:
    """A prompt that has finished the phases before a gate, and waits."""
    queue.workflow("round-trip", text)
    (job,) = queue.work({"workflow": "round-trip", "inputs": [str(clip)]})
    (prompt,) = queue.prompts(job.id)
    assert prompt.state is PromptState.REVIEW
    return prompt


def approve(queue: Queue, prompt: Prompt) -> Prompt:
    """The prompt after the gate was passed and the queue worked."""
    queue.ask(lambda services: services.actions.prompt_action(prompt.id, "approve"))
    queue.work()
    return queue.prompts(prompt.job_id)[0]


def files_of(prompt: Prompt, queue: Queue, pattern: str) -> list[Path]:
    return sorted((queue.settings.work_root / str(prompt.job_id)).rglob(pattern))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", frames=12)


@pytest.mark.parametrize("damage", [empty, shorten, Path.unlink])
def test_frames_that_a_power_cut_took_are_extracted_again(
    queue: Queue, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=90)
    queue.workflow("round-trip", ROUND_TRIP.replace("      crf: ", "      preset: slow\n      crf: "))
    job = queue.submit(workflow="round-trip", inputs=[str(clip)])
    kill_when(queue, "SELECT 1 FROM phase WHERE state = 'succeeded'")
    for frame in sorted(queue.settings.work_root.rglob("*.png"))[::3]:
        damage(frame)
    queue.work()
    (prompt,) = queue.prompts(job.id)
    assert (prompt.state, prompt.error) == (PromptState.SUCCEEDED, None)
    assert codes_of(Path(prompt.artifacts[0].path)) == list(range(90))


def test_a_prompt_whose_last_file_is_lost_before_it_is_published_makes_it_again(
    queue: Queue, clip: Path
) -> None:
    prompt = waiting_at_the_gate(queue, clip, ROUND_TRIP.replace("output:", LAST_LOOK + "output:"))
    empty(files_of(prompt, queue, "*.mp4")[0])
    prompt = approve(queue, approve(queue, prompt))
    assert (prompt.state, prompt.error) == (PromptState.SUCCEEDED, None)
    assert codes_of(Path(prompt.artifacts[0].path)) == list(range(12))


def test_a_review_is_asked_again_when_what_it_showed_is_made_again(queue: Queue, clip: Path) -> None:
    prompt = waiting_at_the_gate(queue, clip)
    empty(files_of(prompt, queue, "*.png")[3])
    prompt = approve(queue, prompt)
    assert prompt.state is PromptState.REVIEW
    prompt = approve(queue, prompt)
    assert prompt.state is PromptState.SUCCEEDED
    assert codes_of(Path(prompt.artifacts[0].path)) == list(range(12))


def test_of_a_phase_with_items_only_those_whose_files_are_gone_are_made_again(
    queue: Queue, clip: Path
) -> None:
    prompt = waiting_at_the_gate(queue, clip, TILES)
    first, second = (path for path in files_of(prompt, queue, "*.mp4") if "01-turned" in str(path))
    before = second.stat().st_mtime_ns
    shorten(first)
    prompt = approve(queue, prompt)
    assert prompt.state is PromptState.REVIEW
    assert second.stat().st_mtime_ns == before
    prompt = approve(queue, prompt)
    assert (prompt.state, prompt.error) == (PromptState.SUCCEEDED, None)


def test_frames_that_nothing_needs_any_more_are_not_made_again(queue: Queue, clip: Path) -> None:
    prompt = waiting_at_the_gate(queue, clip, ROUND_TRIP.replace("output:", LAST_LOOK + "output:"))
    for frame in files_of(prompt, queue, "*.png"):
        frame.unlink()
    prompt = approve(queue, prompt)
    assert prompt.state is PromptState.SUCCEEDED
    assert [phase.state for phase in prompt.phases] == [PhaseState.SUCCEEDED] * 3
    assert not files_of(prompt, queue, "*.png")


def test_files_that_are_lost_again_and_again_are_an_error(queue: Queue, clip: Path) -> None:
    prompt = waiting_at_the_gate(queue, clip)
    queue.execute("UPDATE prompt SET returns = 3")
    empty(files_of(prompt, queue, "*.png")[3])
    prompt = approve(queue, prompt)
    assert prompt.error is not None
    assert prompt.error.code == "input_unreadable"
