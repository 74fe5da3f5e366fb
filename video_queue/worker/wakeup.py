"""Waking the lanes: commits wake them, so that none has to poll."""

from __future__ import annotations

import asyncio

from video_queue.domain.events import Event, EventType

# Events after which a lane may find something to do, or an active prompt may have to stop.
_WAKING = frozenset(
    {
        EventType.JOB_CREATED,
        EventType.JOB_UPDATED,
        EventType.JOB_FINISHED,
        EventType.JOB_DELETED,
        EventType.PROMPT_PHASE_FINISHED,
        EventType.PROMPT_RETRYING,
        EventType.QUEUE_PAUSED,
        EventType.QUEUE_RESUMED,
        EventType.LANE_RUNNING,
    }
)


class Wakeup:
    """Wakes every waiting coroutine of the worker's loop. `on_events` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._next = asyncio.Event()
        self._count = 0

    @property
    def count(self) -> int:
        """How often it woke: read it before looking for work, and pass it to `wait`."""
        return self._count

    def on_events(self, events: tuple[Event, ...]) -> None:
        """Wake if any of the committed events may matter; a listener of QueueDB."""
        if any(event.type in _WAKING for event in events):
            self._loop.call_soon_threadsafe(self.wake)

    def wake(self) -> None:
        """Wake every waiter; on the worker's loop."""
        self._count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, count: int, seconds: float | None = None) -> None:
        """Until it wakes, unless it did since `count` was read; at most `seconds`."""
        if self._count != count:
            return
        try:
            await asyncio.wait_for(self._next.wait(), seconds)
        except TimeoutError:
            return
