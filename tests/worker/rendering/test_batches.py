"""A batch goes on by itself, whatever happens to some of its prompts: every commit wakes the lanes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import write_graph
from tests.worker.waiting import until
from video_queue.domain.states import FINISHED_JOB, JobState, PromptState
from video_queue.domain.views import Job, Prompt
from video_queue.wiring import Services

# The first frame of a clip, prepared by the media lane and inverted by the gpu lane.
FIRST_FRAME = """
inputs: {kind: video}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - name: render
    uses: comfy
    for_each: "{{ phases.frames.images }}"
    graph: first.render.api.json
    files: {"1.inputs.image": "{{ item.path }}"}
output: {phase: render}
"""
# What a render of the graph passes.
_NODES = 3


@pytest.fixture
def clips(tmp_path: Path) -> list[str]:
    """Seven clips of one frame each."""
    paths = [tmp_path / f"clip{number}.mp4" for number in range(7)]
    return [str(make_clip(path, frames=1, sound=None, first=n)) for n, path in enumerate(paths)]


@pytest.fixture
def queue(new_comfy: Comfy, tmp_path: Path) -> Queue:
    """A queue with the workflow `first`, and a ComfyUI whose nodes wait to be let through."""
    queue = queue_for(new_comfy, tmp_path, media_jobs=1)
    queue.workflow("first", FIRST_FRAME)
    write_graph(queue, "first.render")
    new_comfy.fault(hold_nodes=True)
    return queue


async def _prompts(services: Services, job: Job) -> list[Prompt]:
    return (await services.lookup.prompts(job.id)).items


async def _until_prepared(services: Services, job: Job, index: int) -> None:
    """Until a prompt's frame is extracted."""

    async def extracted(_: str | None) -> bool:
        return (await _prompts(services, job))[index - 1].phases[0].state == "succeeded"

    await until(services, extracted)


async def _until_ended(services: Services, job: Job, index: int) -> None:
    async def ended(_: str | None) -> bool:
        return (await _prompts(services, job))[index - 1].finished_at is not None

    await until(services, ended)


def test_three_failed_renders_in_a_row_do_not_stop_a_batch(
    new_comfy: Comfy, queue: Queue, clips: list[str]
) -> None:
    async def fail_three(services: Services, jobs: list[Job]) -> None:
        [job] = jobs
        new_comfy.step(_NODES)
        await _until_prepared(services, job, 4)
        new_comfy.fault(node_error="ImageInvert")
        for index in (2, 3, 4):
            new_comfy.step(_NODES - 1)
            await _until_ended(services, job, index)
        new_comfy.fault(node_error=False)
        new_comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "first", "inputs": clips}, during=fail_three)
    assert (job.state, job.counts.succeeded, job.counts.failed) == (JobState.PARTIAL, 4, 3)


def test_others_are_prepared_when_the_prepared_are_cancelled(
    new_comfy: Comfy, queue: Queue, clips: list[str]
) -> None:
    async def cancel_prepared(services: Services, jobs: list[Job]) -> None:
        [job] = jobs
        await _until_prepared(services, job, 3)
        for prompt in (await _prompts(services, job))[1:3]:
            await services.actions.prompt_action(prompt.id, "cancel")
        await _until_prepared(services, job, 5)
        new_comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "first", "inputs": clips}, during=cancel_prepared)
    assert (job.counts.succeeded, job.counts.cancelled) == (5, 2)


def test_a_held_job_whose_prompts_stand_prepared_stops_no_other(
    new_comfy: Comfy, queue: Queue, clips: list[str]
) -> None:
    async def hold(services: Services, jobs: list[Job]) -> None:
        first, second = jobs
        await _until_prepared(services, first, 3)
        await services.actions.job_action(first.id, "hold")
        new_comfy.fault(hold_nodes=False)
        await _until_ended(services, second, 3)
        assert (await services.lookup.job(first.id)).finished_at is None

    [_, second] = queue.work(
        {"workflow": "first", "inputs": clips[:4]}, {"workflow": "first", "inputs": clips[4:]}, during=hold
    )
    assert second.state is JobState.SUCCEEDED


PILOT = """
inputs: {kind: video}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}"}}
  - {name: check, uses: review, with: {items: "{{ phases.copy.file }}"}}
output: {phase: copy}
"""


def test_an_approved_pilot_goes_on(new_comfy: Comfy, queue: Queue, clips: list[str]) -> None:
    queue.workflow("pilot", PILOT)

    async def approve(services: Services, jobs: list[Job]) -> None:
        async def in_review(_: str | None) -> Prompt | None:
            first = (await _prompts(services, jobs[0]))[0]
            return first if first.state is PromptState.REVIEW else None

        pilot = await until(services, in_review)
        # Another job keeps the queue at work; the rest of the pilot's job stays held.
        await services.actions.prompt_action(pilot.id, "approve")
        await _until_ended(services, jobs[0], 1)
        await services.actions.job_action(jobs[0].id, "cancel")
        new_comfy.fault(hold_nodes=False)

    [job, _] = queue.work(
        {"workflow": "pilot", "inputs": clips[:3], "limit": 1, "review": True},
        {"workflow": "first", "inputs": clips[:1]},
        during=approve,
    )
    assert job.state in FINISHED_JOB
    assert job.counts.succeeded == 1
