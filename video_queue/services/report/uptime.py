"""Notes that the process works, so that a report can say when none did."""

from __future__ import annotations

import asyncio

from video_queue.db.queue_db import QueueDB
from video_queue.db.queue_state import is_busy
from video_queue.db.uptime import begin_uptime, note_alive
from video_queue.services.clock import Clock

# How exactly the end of a process that was killed is known: while it renders, and while it does nothing.
_BUSY_SECONDS = 15.0
_IDLE_SECONDS = 600.0


async def keep_uptime(db: QueueDB, clock: Clock) -> None:
    """Keep the row of this process up to date until cancelled."""
    uptime_id = await db.transact(begin_uptime, clock.iso())
    noted = clock.monotonic()
    while True:
        await asyncio.sleep(_BUSY_SECONDS)
        if clock.monotonic() - noted >= _IDLE_SECONDS or await db.read(is_busy):
            noted = clock.monotonic()
            await db.transact(note_alive, uptime_id, clock.iso())
