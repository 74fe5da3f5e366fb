"""The next prompt is in ComfyUI before the end of the one before is written down; nothing of it is left over."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.busy_database import database_busy
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, queue_for, until
from video_queue.db import queue_state, renders
from video_queue.db.connection import Connection
from video_queue.domain.states import JobState, PromptState
from video_queue.domain.views import Job
from video_queue.wiring import Services

# What the render of a picture passes.
_NODES = 3
_NOW = "2026-01-01T00:00:00.000Z"


@pytest.fixture
def queue(new_comfy: Comfy, tmp_path: Path) -> Queue:
    """A queue, and a ComfyUI whose nodes wait to be let through."""
    new_comfy.fault(hold_nodes=True)
    return queue_for(new_comfy, tmp_path)


async def _first_with_the_next_prepared(comfy: Comfy, queue: Queue) -> str:
    """The id of the render that waits at the gate, once the next is prepared."""
    state = await comfy.until(lambda state: state["waiting_node"] == "1")
    runner = queue.worker._runner
    await until(lambda: runner and runner.comfy.first.ahead.is_ready)
    return str(state["running"])


def _ids_in_reserve(conn: Connection) -> list[str]:
    return [row["remote_id"] for row in conn.execute("SELECT remote_id FROM render_ahead")]


async def _until_next_runs(comfy: Comfy, first: str) -> None:
    comfy.step(_NODES)
    await comfy.until(lambda state: state["running"] not in (first, None) and state["waiting_node"] == "1")


def test_the_next_prompt_renders_while_the_end_of_the_one_before_is_still_to_be_written(
    new_comfy: Comfy, queue: Queue, pictures: list[str]
) -> None:
    """Frames that come for it meanwhile are read later; some that no program can use are among them."""
    new_comfy.fault(odd_frames=True)

    async def step(services: Services, _: list[Job]) -> None:
        first = await _first_with_the_next_prepared(new_comfy, queue)
        async with database_busy(services):
            await _until_next_runs(new_comfy, first)
        new_comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures}, during=step)
    assert job.state is JobState.SUCCEEDED
    assert list(new_comfy.executed().values()) == [1] * 4
    assert {prompt.attempt for prompt in queue.prompts(job.id)} == {1}
    assert queue.ask(lambda services: services.db.read(_ids_in_reserve)) == []


@pytest.mark.parametrize("what", ["paused", "held"])
def test_what_was_sent_ahead_of_a_pause_or_a_hold_is_ended_in_comfyui(
    new_comfy: Comfy, queue: Queue, pictures: list[str], what: str
) -> None:
    """The artist was quicker: the claim that was expected is not made."""

    def change(conn: Connection) -> None:
        if what == "paused":
            queue_state.pause_queue(conn, "user", None, _NOW)
        else:
            conn.execute("UPDATE prompt SET held_reason = 'user' WHERE idx = 2")

    def undo(conn: Connection) -> None:
        queue_state.resume_queue(conn, _NOW)
        conn.execute("UPDATE prompt SET held_reason = NULL")

    async def step(services: Services, _: list[Job]) -> None:
        first = await _first_with_the_next_prepared(new_comfy, queue)
        async with database_busy(services, then=change):
            await _until_next_runs(new_comfy, first)
        with new_comfy.opened_once_interrupted():
            await new_comfy.until(lambda state: not (state["running"] or state["pending"]))
        await services.db.transact(undo)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=step)
    queue.work()  # a worker that waits for nothing but what is held has ended
    job = queue.job(job.id)
    assert (job.state, job.counts.succeeded) == (JobState.SUCCEEDED, 2)
    assert sorted(new_comfy.executed().values()) == [1, 1]
    assert new_comfy.inputs() == []


def test_what_a_killed_process_had_sent_ahead_is_ended_in_comfyui(
    new_comfy: Comfy, queue: Queue, pictures: list[str]
) -> None:
    sent, unsent = str(uuid.uuid4()), str(uuid.uuid4())
    queue.ask(lambda services: services.db.transact(renders.reserve_ids, [sent, unsent]))
    graph: dict[str, Any] = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "ahead"}},
    }
    new_comfy.send("/prompt", prompt=graph, prompt_id=sent)

    async def watch(services: Services, _: list[Job]) -> None:
        with new_comfy.opened_once_interrupted():
            await new_comfy.until(lambda state: state["running"] != sent)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=watch)
    assert job.counts.succeeded == 1
    assert not new_comfy.executed()[sent]
    assert [prompt.state for prompt in queue.prompts(job.id)] == [PromptState.SUCCEEDED]
