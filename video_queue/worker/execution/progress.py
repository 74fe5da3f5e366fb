"""Progress of running phases: told live at most four times a second, written to the row once a second."""

from __future__ import annotations

import asyncio

from video_queue.db import phases, prompts
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.events import Event, EventType
from video_queue.media.phase_run import Report
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed

_TELL_SECONDS = 0.25
_STORE_SECONDS = 1.0


class Progress:
    """The progress of one phase of one prompt. `report` may be called from any thread and as often as one likes."""

    def __init__(
        self,
        db: QueueDB,
        feed: EventFeed,
        clock: Clock,
        *,
        job_id: int,
        prompt_id: int,
        attempt: int,
        seq: int,
        phase: str,
    ) -> None:
        self._db, self._feed, self._clock = db, feed, clock
        self._job_id, self._prompt_id, self._attempt = job_id, prompt_id, attempt
        self._seq, self._phase = seq, phase
        self._loop = asyncio.get_running_loop()
        self._told = -_TELL_SECONDS
        self._stored = clock.monotonic()
        self._storing: asyncio.Task[None] | None = None

    def report(self, fraction: float, message: str = "") -> None:
        """How far the phase is (0..1), and what it does."""
        now = self._clock.monotonic()
        if now - self._told >= _TELL_SECONDS:
            self._told = now
            self._tell(fraction, message)
        if now - self._stored >= _STORE_SECONDS:
            self._stored = now
            self._loop.call_soon_threadsafe(self._store, fraction, message)

    def part(self, start: float, share: float) -> Report:
        """A report function for a part of the phase: its 0..1 fills `share` from `start` on."""

        def report(fraction: float, message: str = "") -> None:
            self.report(start + share * fraction, message)

        return report

    async def settle(self) -> None:
        """Until nothing is being written any more."""
        if self._storing:
            await asyncio.wait([self._storing])

    def _tell(self, fraction: float, message: str) -> None:
        data = {"phase": self._phase, "progress": round(fraction, 4), "message": message}
        event = Event(
            type=EventType.PROMPT_PROGRESS,
            at=self._clock.iso(),
            job_id=self._job_id,
            prompt_id=self._prompt_id,
            data=data,
        )
        self._feed.announce((event,))

    def _store(self, fraction: float, message: str) -> None:
        if self._storing is None or self._storing.done():
            self._storing = asyncio.ensure_future(self._write(fraction, message))

    async def _write(self, fraction: float, message: str) -> None:
        await self._db.transact(
            _store_progress, self._prompt_id, self._attempt, self._seq, fraction, message or None
        )


def _store_progress(
    conn: Connection, prompt_id: int, attempt: int, seq: int, fraction: float, message: str | None
) -> None:
    phases.set_phase_progress(conn, prompt_id, attempt, seq, fraction)
    prompts.set_prompt_message(conn, prompt_id, attempt, message)
