"""Progress of running phases: announced at most four times a second, written to the row once a second."""

from __future__ import annotations

import asyncio

from video_queue.db import phases, prompts
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.events import Event, EventType
from video_queue.media.phase_run import Report
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed

_ANNOUNCE_SECONDS = 0.25
_STORE_SECONDS = 1.0


class Progress:
    """The progress of the phase that a claim stands at. `report` may be called from any thread, without limit."""

    def __init__(self, db: QueueDB, feed: EventFeed, clock: Clock, claim: Claim, phase: str) -> None:
        self._db, self._feed, self._clock = db, feed, clock
        self._claim, self._phase = claim, phase
        self._loop = asyncio.get_running_loop()
        self._announced = -_ANNOUNCE_SECONDS
        self._stored = clock.monotonic()
        self._storing: asyncio.Task[None] | None = None

    def report(self, fraction: float, message: str = "") -> None:
        """How far the phase is (0..1), and what it does."""
        now = self._clock.monotonic()
        if now - self._announced >= _ANNOUNCE_SECONDS:
            self._announced = now
            self._announce(fraction, message)
        if now - self._stored >= _STORE_SECONDS:
            self._stored = now
            self._loop.call_soon_threadsafe(self._store, fraction, message)

    def part(self, start: float, share: float) -> Report:
        """A report function for a part of the phase: its 0..1 fills `share` from `start` on."""

        def report(fraction: float, message: str = "") -> None:
            self.report(start + share * fraction, message)

        return report

    async def finish(self) -> None:
        """Until nothing is being written any more."""
        if self._storing:
            await asyncio.wait([self._storing])

    def _announce(self, fraction: float, message: str) -> None:
        event = Event(
            type=EventType.PROMPT_PROGRESS,
            at=self._clock.iso(),
            job_id=self._claim.job_id,
            prompt_id=self._claim.prompt_id,
            data={"phase": self._phase, "progress": round(fraction, 4), "message": message},
        )
        self._feed.announce((event,))

    def _store(self, fraction: float, message: str) -> None:
        if self._storing is None or self._storing.done():
            write = self._db.transact(_store_progress, self._claim, fraction, message or None)
            self._storing = asyncio.ensure_future(write)
            self._storing.add_done_callback(_drop_error)


def _drop_error(storing: asyncio.Task[None]) -> None:
    """Progress is for show: where it cannot be written, the phase goes on."""
    if not storing.cancelled():
        storing.exception()


def _store_progress(conn: Connection, claim: Claim, fraction: float, message: str | None) -> None:
    phases.set_phase_progress(conn, claim.prompt_id, claim.attempt, claim.phase_seq, fraction)
    prompts.set_prompt_message(conn, claim.prompt_id, claim.attempt, message)
