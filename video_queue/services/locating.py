"""Files that a browser was given and that already lie on this disk: found by name, size and a sample of the content.

A page never learns the path of a dropped file. Where the artist works is looked through first; a search ends in time,
and stays inside the roots.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from video_queue.db import places
from video_queue.db.queue_db import QueueDB
from video_queue.services.folder_walk import Deadline, walk
from video_queue.services.roots import UPLOADS, Roots
from video_queue.settings import Settings
from video_queue.system.files.answers import call
from video_queue.system.files.path_utils import parts_below, real_path
from video_queue.system.files.samples import sample_hash

MOST_FILES = 1000
_SECONDS = 2.0
_PATIENCE = 1.0  # with a folder that does not answer
_MOST_SILENT = 2
_JOBS = 100
_ARTISTS, _OUTPUT, _UPLOAD = range(3)  # whose copy is taken, the first before the others


class SoughtFile(BaseModel):
    """A file as a page knows it: its name, `bytes`, and the SHA-256 of its sample.

    The sample is the whole of a file of up to 196,608 bytes; of a longer one the first 65,536 bytes, as many from
    half of its size (rounded down) on, and the last as many. `within` is its path below what was dropped
    (`shoot/day 1/a.mp4`), if it was in a folder.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=255)]
    bytes: Annotated[int, Field(ge=0, lt=2**63)]
    sample: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    within: Annotated[str, Field(max_length=4096)] = ""


class LocatedFile(BaseModel):
    """Where a file lies; null where it was not found."""

    path: str | None


class LocatedFiles(BaseModel):
    """The files in the order in which they were sought. `complete` is false where the time was over before the end."""

    files: list[LocatedFile]
    complete: bool


async def locate(
    files: Sequence[SoughtFile], db: QueueDB, settings: Settings, roots: Roots, *, seconds: float = _SECONDS
) -> LocatedFiles:
    """Find files on this disk within `seconds`; of several with equal content the one in the artist's own folders."""
    inputs = await db.read(places.input_folders, _JOBS)
    watched = await db.read(places.watched_folders)
    outputs = [str(settings.output_root), *await db.read(places.output_folders, _JOBS)]
    uploads = settings.home / UPLOADS
    ranks = Ranks([Path(folder) for folder in outputs], uploads)
    first = [Path(folder) for folder in dict.fromkeys([*inputs, *watched])]
    last = [*(Path(folder) for folder in dict.fromkeys(outputs)), uploads]
    silent = set[Path]()
    while True:
        search, over = _Search(files, roots, ranks, frozenset(silent)), Deadline(seconds)
        try:
            await call(partial(search.run, first, last, over), search.now, seconds=_PATIENCE)
            break
        except TimeoutError:  # a share that does not answer: once more without it
            silent.add(search.now())
            if len(silent) > _MOST_SILENT:
                break
    items = search.results()
    await call(partial(_keep_uploads, items, uploads), uploads)
    return LocatedFiles(files=items, complete=not (silent or over()))


def _keep_uploads(items: Sequence[LocatedFile], uploads: Path) -> None:
    """Let uploads that were found again be as new: one that nothing names yet is removed after some days."""
    for item in items:
        parts = parts_below(Path(item.path), real_path(uploads)) if item.path else None
        if parts:
            with suppress(OSError):
                os.utime(real_path(uploads) / parts[0])


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which of several equal files is meant: the artist's before an output, an output before an upload."""

    outputs: Sequence[Path]
    uploads: Path

    def of(self, path: Path) -> int:
        """The lower the better."""
        if parts_below(path, real_path(self.uploads)) is not None:
            return _UPLOAD
        return _OUTPUT if any(parts_below(path, folder) is not None for folder in self.outputs) else _ARTISTS


class _Search:
    """Files that are sought at once outside the folders `silent`, and the best match of each."""

    def __init__(
        self, files: Sequence[SoughtFile], roots: Roots, ranks: Ranks, silent: Collection[Path]
    ) -> None:
        self._files, self._roots, self._ranks, self._silent = files, roots, ranks, silent
        self._by_name: dict[tuple[str, int], list[int]] = {}
        for number, file in enumerate(files):
            self._by_name.setdefault((_plain(file.name), file.bytes), []).append(number)
        self._names = {name for name, _ in self._by_name}
        self._best: dict[int, tuple[tuple[int, bool], str]] = {}
        self._open = set(range(len(files)))
        self._at = Path()

    def run(self, first: Sequence[Path], last: Sequence[Path], over: Callable[[], bool]) -> None:
        """Search the folders `first`, the roots, then `last`, until all are found in the best place."""
        for folders in ([*first, *self._roots.folders()], last):
            for entry in walk(folders, self._roots, over, self._reads, self._wants):
                self._compare(entry)
                if not self._open:
                    return

    def results(self) -> list[LocatedFile]:
        """Where the files are, as far as is known now."""
        best = dict(self._best)
        return [LocatedFile(path=best[n][1] if n in best else None) for n in range(len(self._files))]

    def now(self) -> Path:
        """The folder that is read now."""
        return self._at

    def _reads(self, folder: Path) -> bool:
        self._at = folder
        return folder not in self._silent

    def _wants(self, name: str) -> bool:
        return _plain(name) in self._names

    def _compare(self, entry: os.DirEntry[str]) -> None:
        try:
            size = entry.stat().st_size
            numbers = self._by_name.get((_plain(entry.name), size), [])
            sample = sample_hash(Path(entry.path), size) if numbers else ""
        except OSError:
            return
        for number in numbers:
            if self._files[number].sample == sample:
                self._keep(number, Path(entry.path))

    def _keep(self, number: int, path: Path) -> None:
        within = _plain(self._files[number].within.strip("/"))
        elsewhere = bool(within) and not _plain(path.as_posix()).endswith(f"/{within}")
        order = (self._ranks.of(path), elsewhere)
        if number not in self._best or order < self._best[number][0]:
            self._best[number] = (order, str(path))
        if order == (_ARTISTS, False):
            self._open.discard(number)


def _plain(text: str) -> str:
    """A name as it is compared: macOS keeps accents apart from their letters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
