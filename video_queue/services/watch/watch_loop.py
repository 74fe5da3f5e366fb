"""Keeping all watches scanned: when a file is due, when the system says that something changed, and now and then.

What the system says is a hint and may get lost; the scans in between find everything.
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress

from video_queue.db import watches
from video_queue.db.queue_db import QueueDB
from video_queue.domain.events import Event, EventType
from video_queue.services.clock import Clock
from video_queue.services.watch.hints import Hints
from video_queue.services.watch.scanner import Scanned, Scanner

# A scan may take one part in so many of the time: an idle watch of any size stays below half a percent.
_PAUSE_PER_SECOND = 300
# Scans without a hint, in seconds: of a local folder, and of one that has to be polled.
_LOCAL_SECONDS, _POLL_SECONDS = 30.0, 5.0
# After a hint, so that a burst of changes is one scan; a scan is followed by a rest of so many times its length.
_HINT_SECONDS, _REST = 0.3, 10
_RELEVANT = frozenset(
    {EventType.WATCH_ADDED, EventType.WATCH_CHANGED, EventType.WATCH_REMOVED, EventType.JOB_FINISHED}
)
_LOG = logging.getLogger(__name__)


class WatchLoop:
    """Runs the scans of all watches of one home. `run` from the loop in which the scanner is used."""

    def __init__(self, db: QueueDB, scanner: Scanner, clock: Clock) -> None:
        self._db, self._scanner, self._clock = db, scanner, clock
        self._wake = asyncio.Event()
        self._due: dict[int, float] = {}
        self._rest_until: dict[int, float] = {}
        self._moving: set[int] = set()
        self._scans: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Scan whatever is due, until cancelled."""
        loop = asyncio.get_running_loop()

        def on_commit(events: tuple[Event, ...]) -> None:
            if any(event.type in _RELEVANT for event in events):
                loop.call_soon_threadsafe(self._on_change, events)

        unsubscribe = self._db.subscribe(on_commit)
        hints = Hints(self._hint, self._clock.monotonic)
        try:
            while True:
                await self._turn(hints)
        finally:
            unsubscribe()
            for scan in self._scans.values():
                scan.cancel()
            await asyncio.gather(*self._scans.values(), hints.close(), return_exceptions=True)
            self._scans.clear()

    async def _turn(self, hints: Hints) -> None:
        """Begin to scan what is due, then wait for the next."""
        self._wake.clear()
        rows = {row.id: row for row in await self._db.read(watches.list_watches) if row.enabled}
        self._due = {number: self._due.get(number, 0.0) for number in rows}
        self._moving = {number for number, row in rows.items() if row.spec["after"] == "move"}
        hints.follow(rows)
        for number in rows:
            if self._due[number] <= self._clock.monotonic() and number not in self._scans:
                self._due[number] = math.inf
                self._scans[number] = asyncio.create_task(self._scan(number, hints.has(number)))
        if not self._wake.is_set():
            now = self._clock.monotonic()
            waiting = (due - now for number, due in self._due.items() if number not in self._scans)
            seconds = min(waiting, default=_LOCAL_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.05, seconds)):
                    await self._wake.wait()

    async def _scan(self, number: int, has_hints: bool) -> None:
        """Scan one watch beside the others: one whose folder hangs holds up no other."""
        pause = _LOCAL_SECONDS
        try:
            scanned = await self._scanner.scan(number)
            pause = self._pause(number, scanned, has_hints)
        except Exception:  # noqa: BLE001 - whatever it is, the other watches go on
            _LOG.exception("the scan of watch %s failed", number)
        finally:
            del self._scans[number]
        # A hint that came meanwhile has set an earlier time.
        due = self._clock.monotonic() + pause
        self._due[number] = min(self._due.get(number, due), due)
        self._wake.set()

    def _pause(self, number: int, scanned: Scanned, has_hints: bool) -> float:
        """How long after a scan the next is due, in seconds."""
        rest = scanned.seconds * _REST
        self._rest_until[number] = self._clock.monotonic() + rest
        usual = _LOCAL_SECONDS if has_hints else _POLL_SECONDS
        pause = max(usual, scanned.seconds * _PAUSE_PER_SECOND)
        if scanned.due is None:
            return pause
        return min(pause, max(scanned.due - self._clock.now(), rest))

    def _on_change(self, events: tuple[Event, ...]) -> None:
        """Watches that changed are due; after a finished job those that move files away."""
        if any(event.type == EventType.JOB_FINISHED for event in events):
            for number in self._moving:
                self._hint(number)
        for event in events:
            if event.type in _RELEVANT and event.type != EventType.JOB_FINISHED:
                self._hint(event.data["watch"])

    def _hint(self, number: int) -> None:
        soon = max(self._clock.monotonic() + _HINT_SECONDS, self._rest_until.get(number, 0.0))
        self._due[number] = min(self._due.get(number, soon), soon)
        self._wake.set()
