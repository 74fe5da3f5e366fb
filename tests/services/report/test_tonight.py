"""What comes next: what it needs, and everything that keeps it back, each with what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.db import queue_state
from video_queue.db.connection import Connection
from video_queue.domain.states import LaneState
from video_queue.domain.tonight import Tonight
from video_queue.domain.watches import NewWatch
from video_queue.wiring import Services


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    """A queue on an empty home."""
    return Queue(tmp_path / "home")


def _tonight(queue: Queue) -> Tonight:
    return Tonight.model_validate(queue.ask(lambda services: services.tonight.read()))


def _kinds(plan: Tonight) -> list[str]:
    return [item.kind for item in plan.obstacles]


def test_what_waits_needs_room_as_earlier_renders_did(queue: Queue, tmp_path: Path) -> None:
    clips = [str(make_clip(tmp_path / f"{name}.mp4", 24)) for name in "abcdef"]
    empty = _tonight(queue)
    assert (empty.waiting, empty.models, _kinds(empty)) == (0, "unused", [])

    queue.submit(workflow="transcode", inputs=clips[:1])
    assert (_tonight(queue).unknown_sizes, _tonight(queue).disks[0].needed) == (1, 0)
    [done] = queue.work({"workflow": "transcode", "inputs": clips[1:4]})[:1]
    [output] = queue.ask(lambda services: services.reports.read(None)).outputs[:1]
    assert done.counts.succeeded == 3
    queue.submit(workflow="transcode", inputs=clips[4:])
    plan = _tonight(queue)
    assert (plan.waiting, plan.unknown_sizes) == (2, 0)
    assert 2 * 0.5 * output.bytes < plan.disks[0].needed < 2 * 2 * output.bytes
    assert plan.done_at is not None
    assert plan.seconds is not None


def test_a_disk_that_will_be_full_is_said_before_the_night(queue: Queue, tmp_path: Path) -> None:
    clips = [str(make_clip(tmp_path / f"{name}.mp4", 24)) for name in "abcd"]
    queue.work({"workflow": "transcode", "inputs": clips})
    queue.execute(f"UPDATE timing SET bytes = {10**15}, measures = '{{}}' WHERE bytes IS NOT NULL")
    queue.submit(workflow="transcode", inputs=clips[1:], dedupe=False)
    [obstacle] = _tonight(queue).obstacles
    assert obstacle.kind == "disk"
    assert "will be full" in obstacle.text


def test_everything_that_keeps_work_back_is_named_with_what_to_do(queue: Queue, tmp_path: Path) -> None:
    clip, drop = str(make_clip(tmp_path / "a.mp4", 4)), tmp_path / "drop"
    drop.mkdir()
    job = queue.submit(workflow="transcode", inputs=[clip])
    queue.submit(workflow="transcode", inputs=[clip], held=True, name="Later", dedupe=False)
    queue.ask(
        lambda services: services.watches.add(NewWatch(path=str(drop), submission={"workflow": "transcode"}))
    )
    shutil.rmtree(drop)
    queue.ask(lambda services: services.watches.scanner.scan(1))
    queue.ask(lambda services: services.queue.pause())
    queue.execute(
        f"UPDATE prompt SET message = 'ComfyUI would refuse it: no such model' WHERE job_id = {job.id}"
    )
    queue.execute(f"UPDATE job SET uses_gpu = 1 WHERE id = {job.id}")

    async def read(services: Services) -> Tonight:
        def let_wait(conn: Connection) -> None:
            queue_state.set_lane(conn, "gpu", LaneState.WAITING, "comfy_unreachable", services.clock.iso())

        await services.db.transact(let_wait)
        return await services.tonight.read()

    plan = queue.ask(read)
    assert _kinds(plan) == ["paused", "lane", "refused", "held", "watch"]
    assert plan.done_at is None
    assert plan.models == "missing"
    assert [item.id for item in plan.obstacles] == [None, None, job.id, 2, 1]
    assert all(item.text for item in plan.obstacles)
