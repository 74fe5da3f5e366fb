"""Finding leftovers: what lies in the home and which of it nothing needs any more. Nothing is removed here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from video_queue.db import leftovers
from video_queue.db.connection import Connection
from video_queue.db.leftovers import Ended
from video_queue.domain.cleaning import Leftover, LeftoverKind
from video_queue.domain.states import PromptState
from video_queue.services.roots import UPLOADS
from video_queue.settings import Settings

TRASH = ".trash-"
_DAY = 86400.0
_GB = 1e9
_KEPT_COPIES = 3


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds leftovers of one home, seen at `now` (seconds since the epoch)."""

    conn: Connection
    settings: Settings
    now: float

    def work(self, days: float | None) -> Iterator[Leftover]:
        """Working files of prompts that ended so many days ago, and of jobs that are no more; None keeps all."""
        root = self.settings.work_root
        for folder in _entries(root):
            if folder.name.startswith(TRASH):
                yield _trash(folder)
            elif folder.name.isdigit() and folder.is_dir(follow_symlinks=False):
                yield from self._work_of_job(folder, days)

    def finished_work(self) -> list[Leftover]:
        """Working files of all prompts that succeeded, the oldest first: what can go when the disk is full."""
        items: list[tuple[str, Leftover]] = []
        for folder in _entries(self.settings.work_root):
            if not folder.name.isdigit():
                continue
            for entry, end in self._ended_prompts(folder):
                if end.state == PromptState.SUCCEEDED:
                    item = _leftover(LeftoverKind.WORK, entry, "the disk is full, and its prompt succeeded")
                    items.append((end.at, item))
        return [item for _, item in sorted(items, key=lambda pair: pair[0])]

    def logs(self, days: float | None) -> Iterator[Leftover]:
        """Logs of jobs that ended so many days ago, and of jobs that are no more."""
        for folder in _entries(self.settings.logs_dir / "prompts"):
            if not folder.name.isdigit():
                continue
            try:
                end = leftovers.job_end(self.conn, int(folder.name))
            except LookupError:
                yield _leftover(LeftoverKind.LOGS, folder, "its job was deleted")
                continue
            if end and self._is_over(end.at, days):
                yield _leftover(LeftoverKind.LOGS, folder, f"its job ended {_age(self._days(end.at))}")

    def thumbnails(self, gigabytes: float | None) -> Iterator[Leftover]:
        """The oldest thumbnails above so much in all; they are made again when they are looked at."""
        if gigabytes is None:
            return
        entries = _entries(self.settings.cache_dir / "thumbnails")
        files = sorted(((entry.stat().st_mtime, entry) for entry in entries), key=lambda pair: pair[0])
        excess = sum(entry.stat().st_size for _, entry in files) - gigabytes * _GB
        for _, entry in files:
            if excess <= 0:
                return
            excess -= entry.stat().st_size
            yield _leftover(LeftoverKind.THUMBNAILS, entry, f"thumbnails take more than {gigabytes:g} GB")

    def uploads(self, days: float | None) -> Iterator[Leftover]:
        """Uploads older than so many days that no job names."""
        if days is None:
            return
        for entry in _entries(self.settings.home / UPLOADS):
            age = (self.now - entry.stat(follow_symlinks=False).st_mtime) / _DAY
            if age >= days and not leftovers.names_upload(self.conn, entry.path):
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
        try:
            end = leftovers.job_end(self.conn, int(folder.name))
        except LookupError:
            yield _leftover(LeftoverKind.WORK, folder, "its job was deleted")
            return
        if end and self._is_over(end.at, days):
            yield _leftover(LeftoverKind.WORK, folder, f"its job ended {_age(self._days(end.at))}")
            return
        yield from (_trash(entry) for entry in _entries(folder.path) if entry.name.startswith(TRASH))
        for entry, ended in self._ended_prompts(folder):
            if self._is_over(ended.at, days):
                yield _leftover(LeftoverKind.WORK, entry, f"its prompt ended {_age(self._days(ended.at))}")

    def _ended_prompts(self, folder: os.DirEntry[str]) -> Iterator[tuple[os.DirEntry[str], Ended]]:
        ends = leftovers.prompt_ends(self.conn, int(folder.name))
        for entry in _entries(folder.path):
            if entry.name.isdigit() and (end := ends.get(int(entry.name))):
                yield entry, end

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
