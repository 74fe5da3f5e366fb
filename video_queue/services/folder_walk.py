"""The files below folders, as far as requests may name them, nearer ones first, until a time is over."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from video_queue.services.roots import Place, Roots, place_of
from video_queue.system.files.collect import is_ignored


class Deadline:
    """Whether so many seconds have passed."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def __call__(self) -> bool:
        return time.monotonic() >= self._end


def walk(
    folders: Sequence[Path],
    roots: Roots,
    over: Callable[[], bool],
    reads: Callable[[Path], bool] = lambda _: True,
    wants: Callable[[str], bool] = lambda _: True,
) -> Iterator[os.DirEntry[str]]:
    """The files below `folders` as far as requests may name them: nearer ones first, each folder once, until `over`.

    Links to folders are not followed. A folder is left out where `reads(folder)` is false, a file where `wants(name)`.
    """
    waiting, seen = deque((folder, True) for folder in folders), set[Place]()
    home, own = roots.own_places()
    while waiting and not over():
        folder, is_first = waiting.popleft()
        if not reads(folder) or (is_first and not roots.allows(folder)):
            continue
        place = place_of(folder)
        if place is None or place in seen or place in own:
            continue
        seen.add(place)
        for entry in _entries(folder):
            if over():
                return
            try:
                if entry.is_dir(follow_symlinks=False):
                    if not is_ignored(entry.name):
                        waiting.append((Path(entry.path), False))
                    continue
                is_sought = wants(entry.name) and not is_ignored(entry.name) and entry.is_file()
                is_inside = not (place == home or entry.is_symlink())
            except OSError:
                continue
            if is_sought and (is_inside or roots.allows(Path(entry.path))):
                yield entry


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What lies in a folder; nothing of one that cannot be read."""
    try:
        with os.scandir(folder) as listing:
            yield from listing
    except OSError:
        return
