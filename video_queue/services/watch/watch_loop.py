"""Keeping all watches scanned: when a file is due, when the system says that something changed, and now and then.

What the system says (watchfiles) is a hint and may get lost; the scans in between find everything.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from video_queue.db import watches
from video_queue.db.queue_db import QueueDB
from video_queue.db.watches import WatchRow
from video_queue.domain.events import Event, EventType
from video_queue.domain.watches import WatchState
from video_queue.services.clock import Clock
from video_queue.services.watch.scanner import Scanner
from video_queue.system.home.disk import network_file_system

# A scan may take one part in so many of the time: an idle watch of any size stays below half a percent.
_PAUSE_PER_SECOND = 300
# Scans without a hint, in seconds: of a local folder, and of one that has to be polled.
_LOCAL_SECONDS, _POLL_SECONDS = 30.0, 5.0
# After a hint, so that a burst of changes is one scan; a scan is followed by a rest of so many times its length.
_HINT_SECONDS, _REST = 0.3, 10
# Hints that could not be had are asked for again after this time.
_NO_HINTS_SECONDS = 300.0
_STEP_MS, _DEBOUNCE_MS = 250, 500
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
        self._hints: dict[int, tuple[WatchRow, asyncio.Task[None]]] = {}
        self._no_hints: dict[int, float] = {}

    async def run(self) -> None:
        """Scan whatever is due, until cancelled."""
        loop = asyncio.get_running_loop()

        def on_commit(events: tuple[Event, ...]) -> None:
            if any(event.type in _RELEVANT for event in events):
                loop.call_soon_threadsafe(self._on_change, events)

        unsubscribe = self._db.subscribe(on_commit)
        try:
            async with self._ending_hints():
                while True:
                    await self._turn()
        finally:
            unsubscribe()

    async def _turn(self) -> None:
        """Scan what is due, then wait for the next."""
        self._wake.clear()
        rows = {row.id: row for row in await self._db.read(watches.list_watches) if row.enabled}
        self._due = {number: self._due.get(number, 0.0) for number in rows}
        self._moving = {number for number, row in rows.items() if row.spec["after"] == "move"}
        self._follow(rows)
        for number, row in rows.items():
            if self._due[number] <= self._clock.monotonic():
                await self._scan(row)
        if not self._wake.is_set():
            now = self._clock.monotonic()
            seconds = min((due - now for due in self._due.values()), default=_LOCAL_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.05, seconds)):
                    await self._wake.wait()

    async def _scan(self, row: WatchRow) -> None:
        self._due[row.id] = math.inf
        try:
            scanned = await self._scanner.scan(row.id)
        except Exception:
            self._due[row.id] = self._clock.monotonic() + _LOCAL_SECONDS
            raise
        now, rest = self._clock.monotonic(), scanned.seconds * _REST
        self._rest_until[row.id] = now + rest
        usual = _LOCAL_SECONDS if row.id in self._hints else _POLL_SECONDS
        pause = max(usual, scanned.seconds * _PAUSE_PER_SECOND)
        if scanned.due is not None:
            pause = min(pause, max(scanned.due - self._clock.now(), rest))
        # A hint that came meanwhile has set an earlier time.
        self._due[row.id] = min(self._due[row.id], now + pause)

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

    def _follow(self, rows: dict[int, WatchRow]) -> None:
        """Have the system say what changes in each folder that is watched now."""
        for number, (row, task) in list(self._hints.items()):
            now_row = rows.get(number)
            if task.done() or now_row is None or now_row.spec != row.spec or now_row.state is WatchState.AWAY:
                task.cancel()
                del self._hints[number]
        for number, row in rows.items():
            if number not in self._hints and self._wants_hints(row):
                self._hints[number] = row, asyncio.create_task(self._take_hints(row))

    def _wants_hints(self, row: WatchRow) -> bool:
        is_refused = self._clock.monotonic() < self._no_hints.get(row.id, 0.0)
        return not is_refused and row.state is not WatchState.AWAY and not _is_polled(row)

    async def _take_hints(self, row: WatchRow) -> None:
        from watchfiles import awatch  # only where something is watched

        try:
            async for _ in awatch(
                row.path,
                watch_filter=None,
                step=_STEP_MS,
                debounce=_DEBOUNCE_MS,
                recursive=bool(row.spec["recursive"]) or row.spec["unit"] == "folder",
                ignore_permission_denied=True,
            ):
                self._hint(row.id)
        except (OSError, RuntimeError) as error:
            self._no_hints[row.id] = self._clock.monotonic() + _NO_HINTS_SECONDS
            _LOG.warning("watch %s of %s gets no hints and is polled: %s", row.id, row.path, error)

    @asynccontextmanager
    async def _ending_hints(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            tasks = [task for _, task in self._hints.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _is_polled(row: WatchRow) -> bool:
    """Whether the system says nothing of changes in this folder: on a network, or because the watch says so."""
    if row.spec["poll"] is not None:
        return bool(row.spec["poll"])
    return network_file_system(Path(row.path)) is not None
