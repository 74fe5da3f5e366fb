"""The housekeeper: removes leftovers when asked, once a day by itself, and at once when the work folder is full."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from video_queue.db import leftovers, vacuum
from video_queue.db.queue_db import QueueDB
from video_queue.domain.cleaning import Cleaning, Leftover, LeftoverKind
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.moments import iso_of
from video_queue.services.clock import Clock
from video_queue.services.housekeeping.leftovers import (
    TRASH,
    Finder,
    cancelled_work,
    jobs_on_disk,
    uploads_on_disk,
)
from video_queue.services.jobs.deletion import Deletion
from video_queue.settings import Settings
from video_queue.system.files.answers import answers
from video_queue.system.processes.cancellation import in_thread

_MINUTE, _DAY = 60.0, 86400.0
_GB = 1024**3
# Freeing stops at so many times the room that work needs, so that it does not begin again at once.
_ENOUGH = 1.5
# Others have their turn between two steps of a vacuum.
_BETWEEN_STEPS = 0.005
_LOG = logging.getLogger(__name__)


class Housekeeper:
    """Cleans one home as `keep.*` says. Outputs, rows and what an unfinished prompt needs are never touched."""

    def __init__(self, db: QueueDB, settings: Settings, clock: Clock) -> None:
        self._db, self._settings, self._clock = db, settings, clock
        self._deletion = Deletion(db, settings, clock)
        self._cleaned = -math.inf

    async def run(self) -> None:
        """Clean once a day; drop what was cancelled, and make room for work, every minute. Runs until cancelled."""
        while True:
            try:
                if self._clock.monotonic() - self._cleaned >= _DAY:
                    self._cleaned = self._clock.monotonic()
                    _report("cleaned", await self.clean())
                _report("cancelled: cleaned", await self.drop_cancelled())
                _report("the disk is full: cleaned", await self.make_room())
                await self.shrink()
            except (OSError, VqError) as error:  # a locked database passes
                _LOG.warning("nothing was cleaned: %s", error)
            await asyncio.sleep(_MINUTE)

    async def clean(
        self, kinds: Sequence[LeftoverKind] = (), *, days: float | None = None, dry_run: bool = False
    ) -> Cleaning:
        """Remove leftovers of these kinds (none: all), or only list them. `days` replaces the ages of `keep.*`.

        Of finished jobs (`history`) only where that kind is named.
        """
        finder = await self._finder()
        items = await asyncio.to_thread(self._find, finder, tuple(kinds) or tuple(LeftoverKind), days)
        if LeftoverKind.HISTORY in (kinds or LeftoverKind):
            items += await self._history(days if kinds else None)
        if not dry_run:
            items = [item for item in items if await self._remove(item)]
        return Cleaning(items=items, bytes=sum(item.bytes for item in items), dry_run=dry_run)

    async def _history(self, days: float | None) -> list[Leftover]:
        """Jobs that ended longer ago than they are kept."""
        days = self._settings.keep.history_days if days is None else days
        if days is None:
            return []
        before = iso_of(max(0.0, self._clock.now() - days * _DAY))  # calendars have a beginning
        return [
            Leftover(kind=LeftoverKind.HISTORY, path=f"job {number}", bytes=0, reason=f"it ended {at[:10]}")
            for number, at in await self._db.read(leftovers.old_jobs, before)
        ]

    async def shrink(self) -> int:
        """Give back to the disk what is free in the database, in steps beside the work; how many bytes."""
        if not await self._db.read(vacuum.can_shrink):
            return 0
        before = await self._db.read(vacuum.size)
        more = True
        while more:
            more = await self._db.transact(vacuum.shrink_step)
            await asyncio.sleep(_BETWEEN_STEPS)
        await self._db.fold_log()
        freed = max(0, before - await self._db.read(vacuum.size))
        _LOG.info("the database is %.1f MB smaller", freed / 1e6)
        return freed

    async def drop_cancelled(self) -> Cleaning:
        """Remove the working files of prompts that were cancelled without `keep_work`."""
        removed: list[Leftover] = []
        for prompt_id, job_id, index in await self._db.read(leftovers.unwanted_work):
            folder = self._settings.work_root / str(job_id) / str(index)
            item = await asyncio.to_thread(cancelled_work, folder)
            if item is None or await self._remove(item):
                removed += [item] if item else []
                await self._db.transact(leftovers.note_work_gone, prompt_id)
        return Cleaning(items=removed, bytes=sum(item.bytes for item in removed), dry_run=False)

    async def make_room(self) -> Cleaning:
        """Remove working files of prompts that succeeded, the oldest first, until work finds room again."""
        removed: list[Leftover] = []
        if await self._missing() > 0:
            finder = await self._finder()
            for item in await asyncio.to_thread(finder.finished_work):
                if await self._missing(_ENOUGH) <= 0:
                    break
                removed += [item] if await self._remove(item) else []
        return Cleaning(items=removed, bytes=sum(item.bytes for item in removed), dry_run=False)

    def _find(self, finder: Finder, kinds: tuple[LeftoverKind, ...], days: float | None) -> list[Leftover]:
        keep = self._settings.keep
        finders = {
            LeftoverKind.WORK: lambda: finder.work(keep.work_days if days is None else days),
            LeftoverKind.LOGS: lambda: finder.logs(keep.log_days if days is None else days),
            LeftoverKind.THUMBNAILS: lambda: finder.cache(LeftoverKind.THUMBNAILS, keep.thumbnails_gb),
            LeftoverKind.PROXIES: lambda: finder.cache(LeftoverKind.PROXIES, keep.proxies_gb),
            LeftoverKind.UPLOADS: lambda: finder.uploads(keep.upload_days if days is None else days),
            LeftoverKind.BACKUPS: lambda: finder.backups(keep.backup_days if days is None else days),
        }
        return [item for kind in kinds if kind in finders for item in finders[kind]()]

    async def _finder(self) -> Finder:
        jobs = await asyncio.to_thread(jobs_on_disk, self._settings)
        uploads, kept = await asyncio.to_thread(uploads_on_disk, self._settings)
        ends = await self._db.read(leftovers.read_job_ends, jobs)
        named = {name for name in uploads - kept if await self._db.read(leftovers.names_upload, name)}
        return Finder(self._settings, self._clock.now(), ends, uploads - kept - named)

    async def _remove(self, item: Leftover) -> bool:
        """Whether it is gone now. Working files stay if their prompt was retried meanwhile."""
        if item.kind is LeftoverKind.HISTORY:
            return await self._delete_job(int(item.path.removeprefix("job ")))
        path = Path(item.path)
        if item.kind is LeftoverKind.WORK and not path.name.startswith(TRASH):
            job, *prompt = (int(part) for part in path.relative_to(self._settings.work_root).parts)
            now = await self._db.read(leftovers.read_job_end, job)
            if now.exists and not (now.prompts.keys() >= set(prompt) if prompt else now.end):
                return False
        return await asyncio.to_thread(_remove, path)

    async def _delete_job(self, number: int) -> bool:
        """Whether a job is gone now; not if it was retried meanwhile."""
        try:
            await self._deletion.delete(number, outputs=False)
        except VqError as error:
            if error.code not in (ErrorCode.UNKNOWN_JOB, ErrorCode.INVALID_STATE):
                raise
            return False
        return True

    async def _missing(self, factor: float = 1.0) -> float:
        """Bytes that the work folder lacks until so many times what is to stay free; below 0 there is room."""
        root = self._settings.work_root
        if not await answers(root):
            return 0
        try:
            usage = await in_thread(lambda _: shutil.disk_usage(root), give_up_seconds=1.0)
        except OSError:
            return 0
        return self._settings.min_free_gb * _GB * factor - usage.free


def _remove(path: Path) -> bool:
    """Whether it is gone now. A folder gets another name first, so that nobody finds half of it."""
    try:
        if path.is_dir() and not path.is_symlink():
            _remove_folder(path)
        else:
            path.unlink()
    except OSError as error:
        _LOG.warning("%s cannot be removed: %s", path, error.strerror or error)
        return False
    return True


def _remove_folder(path: Path) -> None:
    trash = path if path.name.startswith(TRASH) else path.with_name(f"{TRASH}{secrets.token_hex(8)}")
    if trash != path:
        path.rename(trash)
    shutil.rmtree(trash)


def _report(what: str, cleaning: Cleaning) -> None:
    if cleaning.items:
        _LOG.info("%s: %d leftovers, %.1f MB", what, len(cleaning.items), cleaning.bytes / 1e6)
