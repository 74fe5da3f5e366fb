"""What wakes the lanes: every commit that changed a row, and time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.db.conftest import NOW
from video_queue.db import queue_state
from video_queue.db.queue_db import QueueDB
from video_queue.worker.wakeup import Wakeup


def test_every_commit_wakes_the_lanes_even_one_without_an_event(tmp_path: Path) -> None:
    async def body() -> None:
        async with await QueueDB.open(tmp_path / "vq.db", backups=None, now=NOW) as db:
            wakeup = Wakeup(asyncio.get_running_loop(), longest=60.0)
            db.subscribe(wakeup.on_commit)
            waiting = asyncio.create_task(wakeup.wait(wakeup.count))
            await db.transact(queue_state.set_lane_detail, "gpu", {})
            await waiting
            count = wakeup.count
            await db.transact(queue_state.read_lanes)
            await db.read(queue_state.read_lanes)
            await asyncio.sleep(0)
            assert (count, wakeup.count) == (1, 1)

    asyncio.run(body())


def test_a_missed_wakeup_is_late_and_not_lost() -> None:
    async def body() -> None:
        wakeup = Wakeup(asyncio.get_running_loop(), longest=0.01)
        await wakeup.wait(wakeup.count)
        await wakeup.wait(wakeup.count, 60.0)
        assert wakeup.count == 0

    asyncio.run(body())


def test_a_loop_ends_that_is_cancelled_at_the_moment_of_a_commit() -> None:
    async def wait_for_ever(wakeup: Wakeup) -> None:
        while True:
            await wakeup.wait(wakeup.count)

    async def main() -> None:
        wakeup = Wakeup(asyncio.get_running_loop())
        task = asyncio.create_task(wait_for_ever(wakeup))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        wakeup.wake()
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        assert done

    asyncio.run(main())
