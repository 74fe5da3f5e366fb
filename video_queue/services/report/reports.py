"""Reports: read one, make a page of it that needs nothing else, and know since when the page was not used."""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from video_queue.db.queue_db import QueueDB
from video_queue.db.reports import read_report
from video_queue.db.visits import note_seen, note_visit, read_away_since
from video_queue.domain.errors import VqError
from video_queue.domain.moments import iso, iso_of
from video_queue.domain.report import Report, Visit
from video_queue.domain.views import Artifact
from video_queue.services.clock import Clock
from video_queue.services.posters import poster_of
from video_queue.services.report.page import report_page
from video_queue.system.processes.cancellation import in_thread

# Without use of the page for so long the artist was away.
_AWAY_SECONDS = 2 * 3600.0
# The span where that never was so.
_DEFAULT_SECONDS = 12 * 3600.0


class Reports:
    """What happened from a moment on."""

    def __init__(self, db: QueueDB, clock: Clock, cache: Path) -> None:
        self._db, self._clock, self._cache = db, clock, cache

    async def read(self, since: datetime | None, until: datetime | None = None) -> Report:
        """The report from `since` (default: the last time away, else twelve hours ago) to `until` (default: now)."""
        end = self._clock.iso() if until is None else iso(until)
        begin = iso(since) if since else await self._db.read(read_away_since)
        return await self._db.read(read_report, begin or iso_of(self._clock.now() - _DEFAULT_SECONDS), end)

    async def visit(self) -> Visit:
        """Note that the page is used; after two hours without, since when it was not."""
        return await self._db.transact(
            note_visit, self._clock.iso(), iso_of(self._clock.now() - _AWAY_SECONDS)
        )

    async def seen(self, jobs: Sequence[int]) -> None:
        """Note that what these jobs made so far was seen."""
        await self._db.transact(note_seen, jobs, self._clock.iso())

    async def page(self, since: datetime | None, until: datetime | None = None) -> str:
        """The report as one HTML page with its pictures in it."""
        report = await self.read(since, until)
        pictures = await in_thread(lambda stop: self._pictures(report.outputs, stop))
        return report_page(report, pictures)

    def _pictures(self, artifacts: list[Artifact], stop: threading.Event) -> dict[int, str]:
        """Small WebPs as base64 by artifact, of those that have one. Blocking."""
        pictures: dict[int, str] = {}
        for artifact in artifacts:
            if stop.is_set() or artifact.kind not in ("video", "image"):
                continue
            try:
                picture = poster_of(artifact, self._cache)
                pictures[artifact.id] = base64.b64encode(picture.read_bytes()).decode()
            except (
                OSError,
                VqError,
            ):  # moved since, or on a drive that is away: the report names it all the same
                continue
        return pictures
