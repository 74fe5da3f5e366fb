"""Finding leftovers: what lies in the home and which of it nothing needs any more. Nothing is removed here.

The disk is listed first and the rows are read then: what came in between is of no job that was asked for, and stays.
Disks may be slow, so nothing here runs on a thread of the database.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from video_queue.db.leftovers import Ended, JobEnd
from video_queue.domain.cleaning import Leftover, LeftoverKind
from video_queue.domain.states import PromptState
from video_queue.services.roots import UPLOADS
from video_queue.settings import Settings

TRASH = ".trash-"
_DAY = 86400.0
_GB = 1e9
_KEPT_COPIES = 3


def jobs_on_disk(settings: Settings) -> set[int]:
    """The numbers of jobs that have working files or logs."""
    folders = [*_entries(settings.work_root), *_entries(settings.logs_dir / "prompts")]
    return {int(folder.name) for folder in folders if folder.name.isdigit()}


def uploads_on_disk(settings: Settings) -> tuple[set[str], set[str]]:
    """The names of uploads, and those of them that a preset or a caption style names."""
    names = {entry.name for entry in _entries(settings.home / UPLOADS)}
    kept = [*settings.presets_dir.rglob("*"), *settings.caption_styles_dir.rglob("*.[yj]*")]
    texts = [path.read_text("utf-8", "replace") for path in kept if path.is_file()]
    return names, {name for name in names if any(name in text for text in texts)}


def cancelled_work(folder: Path) -> Leftover | None:
    """The folder of a cancelled prompt; None where there is none."""
    entry = next((entry for entry in _entries(folder.parent) if entry.name == folder.name), None)
    return _leftover(LeftoverKind.WORK, entry, "its prompt was cancelled") if entry else None


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds leftovers of one home, seen at `now` (seconds since the epoch).

    `jobs` is what rows say of `jobs_on_disk`, `unnamed` are the uploads that nothing names.
    """

    settings: Settings
    now: float
    jobs: Mapping[int, JobEnd]
    unnamed: Collection[str] = ()

    def work(self, days: float | None) -> Iterator[Leftover]:
        """Working files of prompts that ended so many days ago, and of jobs that are no more; None keeps all."""
        root = self.settings.work_root
        for folder in _entries(root):
            if folder.name.startswith(TRASH):
                yield _trash(folder)
            elif folder.is_dir(follow_symlinks=False):
                yield from self._work_of_job(folder, days)

    def finished_work(self) -> list[Leftover]:
        """Working files of all prompts that succeeded, the oldest first: what can go when the disk is full."""
        items: list[tuple[str, Leftover]] = []
        for folder in _entries(self.settings.work_root):
            for entry, end in self._ended_prompts(folder):
                if end.state == PromptState.SUCCEEDED:
                    item = _leftover(LeftoverKind.WORK, entry, "the disk is full, and its prompt succeeded")
                    items.append((end.at, item))
        return [item for _, item in sorted(items, key=lambda pair: pair[0])]

    def logs(self, days: float | None) -> Iterator[Leftover]:
        """Logs of jobs that ended so many days ago, and of jobs that are no more."""
        for folder in _entries(self.settings.logs_dir / "prompts"):
            if reason := self._over(folder, days):
                yield _leftover(LeftoverKind.LOGS, folder, reason)

    def cache(self, kind: LeftoverKind, gigabytes: float | None) -> Iterator[Leftover]:
        """The oldest thumbnails or proxies above so much in all; they are made again when they are looked at."""
        if gigabytes is None:
            return
        entries = _entries(self.settings.cache_dir / kind)
        files = sorted(((entry.stat().st_mtime, entry) for entry in entries), key=lambda pair: pair[0])
        excess = sum(entry.stat().st_size for _, entry in files) - gigabytes * _GB
        for _, entry in files:
            if excess <= 0:
                return
            excess -= entry.stat().st_size
            yield _leftover(kind, entry, f"{kind} take more than {gigabytes:g} GB")

    def uploads(self, days: float | None) -> Iterator[Leftover]:
        """Uploads older than so many days that no job names."""
        if days is None:
            return
        for entry in _entries(self.settings.home / UPLOADS):
            age = (self.now - entry.stat(follow_symlinks=False).st_mtime) / _DAY
            if age >= days and entry.name in self.unnamed:
                yield _leftover(LeftoverKind.UPLOADS, entry, f"no job names it, and it came {_age(age)}")

    def backups(self, days: float | None) -> Iterator[Leftover]:
        """Copies made before an upgrade or a repair, older than so many days; the newest few stay."""
        if days is None:
            return
        copies = sorted(
            (entry for entry in _entries(self.settings.backups_dir) if entry.name.startswith("before-")),
            key=lambda entry: entry.stat().st_mtime,
        )
        for entry in copies[:-_KEPT_COPIES]:
            age = (self.now - entry.stat().st_mtime) / _DAY
            if age >= days:
                yield _leftover(LeftoverKind.BACKUPS, entry, f"it was made {_age(age)}")

    def _work_of_job(self, folder: os.DirEntry[str], days: float | None) -> Iterator[Leftover]:
        if reason := self._over(folder, days):
            yield _leftover(LeftoverKind.WORK, folder, reason)
            return
        if self._job(folder) is None:
            return
        yield from (_trash(entry) for entry in _entries(folder.path) if entry.name.startswith(TRASH))
        for entry, ended in self._ended_prompts(folder):
            if self._is_over(ended.at, days):
                yield _leftover(LeftoverKind.WORK, entry, f"its prompt ended {_age(self._days(ended.at))}")

    def _ended_prompts(self, folder: os.DirEntry[str]) -> Iterator[tuple[os.DirEntry[str], Ended]]:
        job = self._job(folder)
        for entry in _entries(folder.path) if job and not folder.is_symlink() else []:
            if job and entry.name.isdigit() and (end := job.prompts.get(int(entry.name))):
                yield entry, end

    def _job(self, folder: os.DirEntry[str]) -> JobEnd | None:
        """The job that a folder is named after; None where it is none's, or too new to be judged."""
        return self.jobs.get(int(folder.name)) if folder.name.isdigit() else None

    def _over(self, folder: os.DirEntry[str], days: float | None) -> str:
        """Why all that a job has in a folder may go; empty where it may not."""
        job = self._job(folder)
        if job is None or not job.exists:
            return "" if job is None else "its job was deleted"
        return (
            f"its job ended {_age(self._days(job.end.at))}"
            if job.end and self._is_over(job.end.at, days)
            else ""
        )

    def _is_over(self, at: str, days: float | None) -> bool:
        return days is not None and self._days(at) >= days

    def _days(self, at: str) -> float:
        return (self.now - datetime.fromisoformat(at).astimezone(UTC).timestamp()) / _DAY


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where there is none or it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _leftover(kind: LeftoverKind, entry: os.DirEntry[str], reason: str) -> Leftover:
    return Leftover(kind=kind, path=entry.path, bytes=_bytes_of(entry), reason=reason)


def _trash(entry: os.DirEntry[str]) -> Leftover:
    return _leftover(LeftoverKind.WORK, entry, "an earlier cleaning left it")


def _bytes_of(entry: os.DirEntry[str]) -> int:
    """The bytes of a file, or of all files below a folder."""
    try:
        if not entry.is_dir(follow_symlinks=False):
            return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0
    return sum(_bytes_of(child) for child in _entries(entry.path))


def _age(days: float) -> str:
    return "less than a day ago" if days < 1 else f"{days:.0f} {'day' if round(days) == 1 else 'days'} ago"
