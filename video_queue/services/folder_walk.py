"""The files below folders, as far as requests may name them, nearer ones first, until a time is over."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from video_queue.services.roots import Roots
from video_queue.system.files.collect import is_ignored


class Deadline:
    """Whether so many seconds have passed."""

    def __init__(self, seconds: float) -> None:
        self._began, self.seconds = time.monotonic(), seconds

    def __call__(self) -> bool:
        return time.monotonic() - self._began >= self.seconds


def walk(
    folders: Sequence[Path],
    roots: Roots,
    over: Callable[[], bool],
    reads: Callable[[Path], bool] = lambda _: True,
) -> Iterator[os.DirEntry[str]]:
    """The files below `folders` as far as requests may name them: nearer ones first, each folder once, until `over`.

    Links to folders are not followed. A folder is left out where `reads(folder)` is false.
    """
    waiting, seen = deque(folders), set[tuple[int, int]]()
    while waiting and not over():
        folder = waiting.popleft()
        if not reads(folder):
            continue
        for entry in _entries(folder, roots, seen):
            if over():
                return
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.is_file() and (not entry.is_symlink() or roots.allows(Path(entry.path))):
                    yield entry
            except OSError:
                continue


def _entries(folder: Path, roots: Roots, seen: set[tuple[int, int]]) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder that was not read before; nothing of one that may not or cannot be read."""
    try:
        if not roots.allows(folder):
            return
        status = folder.stat()
        place = status.st_dev, status.st_ino
        if place in seen:
            return
        seen.add(place)
        home = roots.is_home(folder)
        with os.scandir(folder) as listing:
            for entry in listing:
                if not is_ignored(entry.name) and (not home or roots.allows(Path(entry.path))):
                    yield entry
    except (OSError, ValueError):
        return
