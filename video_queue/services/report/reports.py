"""Reports: read one, and make a page of it that needs nothing else."""

from __future__ import annotations

import base64
import threading
from datetime import datetime
from pathlib import Path

from video_queue.db.queue_db import QueueDB
from video_queue.db.reports import read_report
from video_queue.domain.errors import VqError
from video_queue.domain.moments import iso
from video_queue.domain.report import Report
from video_queue.domain.views import Artifact
from video_queue.services.clock import Clock
from video_queue.services.posters import poster_of
from video_queue.services.report.page import report_page
from video_queue.system.processes.cancellation import in_thread


class Reports:
    """What happened from a moment on."""

    def __init__(self, db: QueueDB, clock: Clock, cache: Path) -> None:
        self._db, self._clock, self._cache = db, clock, cache

    async def read(self, since: datetime, until: datetime | None = None) -> Report:
        """The report from `since` to `until` (default: now)."""
        end = self._clock.iso() if until is None else iso(until)
        return await self._db.read(read_report, iso(since), end)

    async def page(self, since: datetime, until: datetime | None = None) -> str:
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
