"""Waking the lanes: every commit wakes them, so that none has to poll."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from video_queue.domain.events import Event

# Seconds after which a lane checks again in any case: a wakeup that was missed is late, never lost.
_LONGEST_WAIT = 5.0
# Commits come in bursts. What is beside the lanes reads rows once for each burst, and leaves its beginning to them.
BURST_SECONDS = 0.01


class Wakeup:
    """Wakes every waiting coroutine of the worker's loop. `on_commit` may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, longest: float = _LONGEST_WAIT) -> None:
        self._loop, self._longest = loop, longest
        self._next = asyncio.Event()
        self._count = 0

    @property
    def count(self) -> int:
        """How often it woke: read it before looking for work, and pass it to `wait`."""
        return self._count

    def on_commit(self, _: tuple[Event, ...]) -> None:
        """Wake, whatever was committed: a claim that finds nothing costs less than a list of what may matter.

        A listener of QueueDB.
        """
        self._loop.call_soon_threadsafe(self.wake)

    def wake(self) -> None:
        """Wake every waiter; on the worker's loop."""
        self._count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, count: int, seconds: float | None = None) -> None:
        """Until it wakes, unless it did since `count` was read; at most `seconds`, and never long."""
        longest = self._longest if seconds is None else min(seconds, self._longest)
        if self._count != count:
            return
        # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the wakeup.
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await self._next.wait()
