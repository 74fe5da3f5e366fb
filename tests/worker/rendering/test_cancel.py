"""Stopping what ComfyUI renders: cancelled, paused, or because the worker ends. Nothing else there is touched."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.media_clips import codes_of, make_clip
from tests.worker.rendering.conftest import Comfy, queue_for, until
from tests.worker.rendering.workflows import write_per_frame
from video_queue.domain.actions import ActionOptions
from video_queue.domain.states import JobState, PromptState
from video_queue.domain.views import Job
from video_queue.wiring import Services


def test_a_cancelled_render_ends_in_comfyui_when_its_node_does(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    comfy.fault(hold_nodes=True)

    async def cancel(services: Services, jobs: list[Job]) -> None:
        await comfy.until(lambda state: state["waiting_node"] == "1")
        [first, _] = (await services.lookup.prompts(jobs[0].id)).items
        await services.actions.prompt_action(first.id, "cancel")
        await comfy.until(lambda state: state["interrupted"])
        comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=cancel)
    first, second = queue.prompts(job.id)
    assert (first.state, second.state) == (PromptState.CANCELLED, PromptState.SUCCEEDED)
    assert first.artifacts == []
    assert sum(comfy.executed().values()) == 1
    assert comfy.inputs() == []


def test_a_cancel_reaches_comfyui_though_the_post_is_not_answered(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue, comfy = queue_for(new_comfy, tmp_path), new_comfy
    comfy.fault(hold_nodes=True, no_answer=True)

    async def cancel(services: Services, jobs: list[Job]) -> None:
        await comfy.until(lambda state: state["waiting_node"] == "1")
        await services.actions.job_action(jobs[0].id, "cancel", ActionOptions())
        state = await comfy.until(lambda state: state["interrupted"])
        assert state["unanswered"] == 1
        comfy.fault(hold_nodes=False, no_answer=False)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=cancel)
    assert job.state is JobState.CANCELLED


def test_a_cancelled_job_leaves_no_prompt_in_comfyui(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    comfy.fault(slow=0.3)

    async def cancel(services: Services, jobs: list[Job]) -> None:
        await comfy.until(lambda state: state["running"])
        await services.actions.job_action(jobs[0].id, "cancel", ActionOptions(reason="enough"))

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures}, during=cancel)
    assert job.state is JobState.CANCELLED
    assert job.counts.cancelled == 4
    state = asyncio.run(comfy.until(lambda state: state["running"] is None))
    assert state["pending"] == []


def test_pause_now_renders_again_without_penalty(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    comfy.fault(hold_nodes=True)

    async def pause(services: Services, jobs: list[Job]) -> None:
        await comfy.until(lambda state: state["waiting_node"] == "1")
        await services.queue.pause("now")
        await comfy.until(lambda state: state["interrupted"])
        comfy.fault(hold_nodes=False)

        async def queued() -> bool:
            return (await services.lookup.job(jobs[0].id)).counts.queued == 1

        await until(queued)
        await comfy.until(lambda state: state["running"] is None)
        await services.queue.resume()

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=pause)
    [prompt] = queue.prompts(job.id)
    assert (prompt.state, prompt.error) == (PromptState.SUCCEEDED, None)
    assert sum(comfy.executed().values()) == 1


def test_a_worker_that_ends_leaves_its_render_and_follows_it_again(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    comfy.fault(hold_nodes=True)

    class EndedError(Exception):
        pass

    async def end(_: Services, __: list[Job]) -> None:
        await comfy.until(lambda state: state["waiting_node"] == "1")
        raise EndedError

    with pytest.raises(EndedError):
        queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=end)
    running = comfy.state()["running"]
    comfy.fault(hold_nodes=False)
    queue.work()
    [prompt] = queue.prompts(1)
    assert prompt.state is PromptState.SUCCEEDED
    assert list(comfy.executed()) == [running]
    assert comfy.inputs() == []


def test_an_interrupt_by_another_client_is_tried_again(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    comfy.fault(hold_nodes=True)

    async def interrupt(_: Services, __: list[Job]) -> None:
        await comfy.until(lambda state: state["waiting_node"] == "1")
        await asyncio.to_thread(httpx.post, f"{comfy.url}/interrupt", trust_env=False)
        comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=interrupt)
    [prompt] = queue.prompts(job.id)
    assert (prompt.state, prompt.attempt) == (PromptState.SUCCEEDED, 2)


def test_interrupts_of_different_frames_do_not_add_up(new_comfy: Comfy, tmp_path: Path) -> None:
    """Each frame is fine the second time: three attempts are allowed for one frame, not for the whole clip."""
    queue, comfy = queue_for(new_comfy, tmp_path), new_comfy
    write_per_frame(queue)
    clip = make_clip(tmp_path / "clip.mp4", 5)
    comfy.fault(hold_nodes=True)

    async def interrupt(_: Services, __: list[Job]) -> None:
        running: str | None = None
        for _frame in range(4):
            running = await _waiting(comfy, running)
            await asyncio.to_thread(httpx.post, f"{comfy.url}/interrupt", trust_env=False)
            comfy.step()
            behind = await _waiting(comfy, running)
            await comfy.until(lambda state: state["interrupted"])  # by us: the next attempt begins before it
            comfy.step()
            running = await _waiting(comfy, behind)
            await _let_through(comfy, running)
        comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "per-frame", "inputs": [str(clip)]}, during=interrupt)
    [prompt] = queue.prompts(job.id)
    assert (prompt.state, prompt.error) == (PromptState.SUCCEEDED, None)
    assert prompt.attempt > queue.settings.retry.max_attempts
    [path] = queue.settings.output_root.rglob("*.mp4")
    assert codes_of(path) == [0xFFFF ^ number for number in range(5)]


async def _waiting(comfy: Comfy, before: str | None) -> str | None:
    """The prompt that waits at the closed gate after the one `before`."""
    state = await comfy.until(lambda state: state["waiting_node"] and state["running"] != before)
    running: str | None = state["running"]
    return running


async def _let_through(comfy: Comfy, running: str | None) -> None:
    """Let the nodes of this prompt pass, one by one: those that are cached meet no gate."""
    node: str | None = None
    while True:
        state = await comfy.until(
            lambda state, seen=node: state["running"] != running or state["waiting_node"] not in (None, seen)
        )
        if state["running"] != running:
            return
        node = state["waiting_node"]
        comfy.step()
