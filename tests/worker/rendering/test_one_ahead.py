"""The items of one prompt follow each other in ComfyUI: one renders, the next one waits there already."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.media_clips import codes_of, make_clip
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import write_per_frame
from video_queue.db.connection import Connection
from video_queue.domain.states import JobState, PromptState
from video_queue.domain.views import Job
from video_queue.wiring import Services

_FRAMES = 4


@pytest.fixture
def queue(new_comfy: Comfy, tmp_path: Path) -> Queue:
    """A queue with a workflow that inverts frames, and a ComfyUI whose nodes wait to be let through."""
    queue = queue_for(new_comfy, tmp_path)
    write_per_frame(queue)
    new_comfy.fault(hold_nodes=True)
    return queue


@pytest.fixture
def clip(tmp_path: Path) -> str:
    """A clip of a few frames that carry their numbers."""
    return str(make_clip(tmp_path / "clip.mp4", _FRAMES))


async def _first_with_one_behind(comfy: Comfy) -> tuple[str, str]:
    """The ids of the frame that waits at the gate, and of the one behind it."""
    state = await comfy.until(lambda state: state["waiting_node"] == "1" and state["pending"])
    [behind] = state["pending"]
    return state["running"], behind


def _frames_out(queue: Queue) -> list[int]:
    [path] = queue.settings.output_root.rglob("*.mp4")
    return codes_of(path)


_INVERTED = [0xFFFF ^ number for number in range(_FRAMES)]


def test_the_next_frame_waits_in_comfyui_while_one_renders(new_comfy: Comfy, queue: Queue, clip: str) -> None:
    async def step(_: Services, __: list[Job]) -> None:
        first, behind = await _first_with_one_behind(new_comfy)
        for _node in range(3):
            new_comfy.step()
        state = await new_comfy.until(lambda state: state["running"] not in (first, None))
        assert state["running"] == behind
        new_comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "per-frame", "inputs": [clip]}, during=step)
    assert job.state is JobState.SUCCEEDED
    assert (_frames_out(queue), set(new_comfy.executed().values())) == (_INVERTED, {1})


def test_of_a_cancelled_clip_the_frame_that_waits_never_starts(
    new_comfy: Comfy, queue: Queue, clip: str
) -> None:
    started: set[str] = set()

    async def cancel(services: Services, jobs: list[Job]) -> None:
        first, _ = await _first_with_one_behind(new_comfy)
        started.add(first)
        await services.actions.job_action(jobs[0].id, "cancel")
        await new_comfy.until(lambda state: state["interrupted"] and not state["pending"])
        new_comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "per-frame", "inputs": [clip]}, during=cancel)
    assert job.state is JobState.CANCELLED
    assert set(new_comfy.executed("LoadImage")) <= started
    assert asyncio.run(new_comfy.until(lambda state: state["running"] is None))["pending"] == []


def test_a_frame_that_was_cleared_from_comfyuis_queue_is_sent_again(
    new_comfy: Comfy, queue: Queue, clip: str
) -> None:
    async def clear(_: Services, __: list[Job]) -> None:
        _first, behind = await _first_with_one_behind(new_comfy)
        await asyncio.to_thread(httpx.post, f"{new_comfy.url}/queue", json={"clear": True}, trust_env=False)
        await new_comfy.until(lambda state: state["pending"] not in ([], [behind]))
        new_comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "per-frame", "inputs": [clip]}, during=clear)
    [prompt] = queue.prompts(job.id)
    assert (prompt.state, prompt.attempt) == (PromptState.SUCCEEDED, 1)
    assert _frames_out(queue) == _INVERTED


def test_when_comfyui_dies_only_the_frame_that_ran_is_blamed(tmp_path: Path, clip: str) -> None:
    comfy = Comfy(tmp_path / "comfy", faults={"hold_nodes": True})  # also when it is started again
    queue = queue_for(comfy, tmp_path)
    write_per_frame(queue)

    async def kill(services: Services, _: list[Job]) -> None:
        await _first_with_one_behind(comfy)
        comfy.process.kill()
        await asyncio.to_thread(comfy.process.start)
        await _first_with_one_behind(comfy)
        assert await services.db.read(_crashes) == [1, 0]
        comfy.fault(hold_nodes=False)

    try:
        [job] = queue.work({"workflow": "per-frame", "inputs": [clip]}, during=kill)
    finally:
        comfy.process.kill()
    assert job.state is JobState.SUCCEEDED
    assert _frames_out(queue) == _INVERTED


def _crashes(conn: Connection) -> list[int]:
    return [row["crashes"] for row in conn.execute("SELECT crashes FROM item WHERE seq = 1 ORDER BY item")]


def test_a_frame_that_is_refused_costs_nothing_of_the_one_before_it(
    new_comfy: Comfy, queue: Queue, clip: str
) -> None:
    """The refusal counts when its turn comes: a retry goes on from what was rendered."""

    async def refuse(_: Services, __: list[Job]) -> None:
        await new_comfy.until(lambda state: state["waiting_node"] == "1" and state["pending"])
        new_comfy.fault(reject=True)
        new_comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "per-frame", "inputs": [clip]}, during=refuse)
    [prompt] = queue.prompts(job.id)
    assert prompt.error is not None
    assert (job.state, prompt.error.code) == (JobState.FAILED, "comfy_rejected")
    new_comfy.fault(reject=False)
    queue.ask(lambda services: services.actions.job_action(job.id, "retry"))
    queue.work()
    assert (_frames_out(queue), set(new_comfy.executed().values())) == (_INVERTED, {1})
