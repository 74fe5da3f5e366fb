"""Waking the lanes: commits ring the bell, so nobody polls."""

from __future__ import annotations

import asyncio

from video_queue.domain.events import Event, EventType

# News after which a lane may find something to do, or something in hand may have to stop.
_RINGING = frozenset(
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


class Bell:
    """Wakes every waiting coroutine of the worker's loop. `hear` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._rung = asyncio.Event()
        self._strokes = 0

    @property
    def strokes(self) -> int:
        """How often it rang: read it before looking for work, and hand it to `wait`."""
        return self._strokes

    def hear(self, news: tuple[Event, ...]) -> None:
        """Ring if any of the committed events may matter; a listener of QueueDB."""
        if any(event.type in _RINGING for event in news):
            self._loop.call_soon_threadsafe(self.ring)

    def ring(self) -> None:
        """Wake everybody; on the worker's loop."""
        self._strokes += 1
        self._rung.set()
        self._rung = asyncio.Event()

    async def wait(self, strokes: int, seconds: float | None = None) -> None:
        """Until it rings, unless it did since `strokes` was read; at most `seconds`."""
        if self._strokes != strokes:
            return
        try:
            await asyncio.wait_for(self._rung.wait(), seconds)
        except TimeoutError:
            return
