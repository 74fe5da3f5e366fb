"""The housekeeper: removes leftovers when asked, once a day by itself, and at once when the work folder is full."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.cleaning import Cleaning, Leftover, LeftoverKind
from video_queue.domain.errors import VqError
from video_queue.services.clock import Clock
from video_queue.services.housekeeping.leftovers import TRASH, Finder
from video_queue.settings import Settings

_MINUTE, _DAY = 60.0, 86400.0
_GB = 1024**3
# Freeing stops at so many times the room that work needs, so that it does not begin again at once.
_ENOUGH = 1.5
_LOG = logging.getLogger(__name__)


class Housekeeper:
    """Cleans one home as `keep.*` says. Outputs, rows and what an unfinished prompt needs are never touched."""

    def __init__(self, db: QueueDB, settings: Settings, clock: Clock) -> None:
        self._db, self._settings, self._clock = db, settings, clock

    async def run(self) -> None:
        """Clean once a day, and make room whenever work would wait for the disk. Runs until cancelled."""
        cleaned: float | None = None
        while True:
            try:
                if cleaned is None or self._clock.monotonic() - cleaned >= _DAY:
                    cleaned = self._clock.monotonic()
                    _report("cleaned", await self.clean())
                _report("the disk is full: cleaned", await self.make_room())
            except (OSError, VqError) as error:  # a locked database passes
                _LOG.warning("nothing was cleaned: %s", error)
            await asyncio.sleep(_MINUTE)

    async def clean(
        self, kinds: Sequence[LeftoverKind] = (), *, days: float | None = None, dry_run: bool = False
    ) -> Cleaning:
        """Remove leftovers of these kinds (none: all), or only list them. `days` replaces the ages of `keep.*`."""
        items = await self._db.read(self._find, tuple(kinds) or tuple(LeftoverKind), days)
        if not dry_run:
            items = await asyncio.to_thread(_remove, items)
        return Cleaning(items=items, bytes=sum(item.bytes for item in items), dry_run=dry_run)

    async def make_room(self) -> Cleaning:
        """Remove working files of prompts that succeeded, the oldest first, until work finds room again."""
        items: list[Leftover] = []
        if await asyncio.to_thread(self._missing) > 0:
            items = await self._db.read(lambda conn: self._finder(conn).finished_work())
            items = await asyncio.to_thread(self._remove_until_enough, items)
        return Cleaning(items=items, bytes=sum(item.bytes for item in items), dry_run=False)

    def _find(self, conn: Connection, kinds: tuple[LeftoverKind, ...], days: float | None) -> list[Leftover]:
        finder, keep = self._finder(conn), self._settings.keep
        finders = {
            LeftoverKind.WORK: lambda: finder.work(keep.work_days if days is None else days),
            LeftoverKind.LOGS: lambda: finder.logs(keep.log_days if days is None else days),
            LeftoverKind.THUMBNAILS: lambda: finder.thumbnails(keep.thumbnails_gb),
            LeftoverKind.UPLOADS: lambda: finder.uploads(keep.upload_days if days is None else days),
            LeftoverKind.BACKUPS: lambda: finder.backups(keep.backup_days if days is None else days),
        }
        return [item for kind in kinds for item in finders[kind]()]

    def _finder(self, conn: Connection) -> Finder:
        return Finder(conn, self._settings, self._clock.now())

    def _missing(self, factor: float = 1.0) -> float:
        """Bytes that the work folder lacks until so many times what is to stay free; below 0 there is room."""
        try:
            free = shutil.disk_usage(self._settings.work_root).free
        except OSError:
            return 0
        return self._settings.min_free_gb * _GB * factor - free

    def _remove_until_enough(self, items: list[Leftover]) -> list[Leftover]:
        removed: list[Leftover] = []
        for item in items:
            if self._missing(_ENOUGH) <= 0:
                break
            removed += _remove([item])
        return removed


def _remove(items: list[Leftover]) -> list[Leftover]:
    """Those that are gone now. A folder gets another name first, so that nobody finds half of it."""
    removed = []
    for item in items:
        path = Path(item.path)
        try:
            if path.is_dir() and not path.is_symlink():
                _remove_folder(path)
            else:
                path.unlink()
            removed.append(item)
        except OSError as error:
            _LOG.warning("%s cannot be removed: %s", path, error.strerror or error)
    return removed


def _remove_folder(path: Path) -> None:
    trash = path if path.name.startswith(TRASH) else path.with_name(f"{TRASH}{secrets.token_hex(8)}")
    if trash != path:
        path.rename(trash)
    shutil.rmtree(trash)


def _report(what: str, cleaning: Cleaning) -> None:
    if cleaning.items:
        _LOG.info("%s: %d leftovers, %.1f MB", what, len(cleaning.items), cleaning.bytes / 1e6)
