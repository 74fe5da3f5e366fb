"""Checks of the watched folders: whether each is there, can be read and says what changes, and whether the system
lets so many folders be watched.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from video_queue.db.watches import WatchRow
from video_queue.domain.watches import WatchState
from video_queue.services.doctor.check import Check, check
from video_queue.system.files.answers import answers
from video_queue.system.home.disk import network_file_system

_ANSWER_SECONDS = 2.0
# Other programs of the user (editors, file managers) count too.
_USABLE = 0.75
# A tree of more folders is not counted to its end.
_COUNTED = 1_000_000


async def watch_checks(rows: list[WatchRow], limits: Path) -> list[Check]:
    """One check for each watch, and one for the limits of Linux, in the folder `limits` (none elsewhere)."""
    if not rows:
        return []
    checks, hinted = [], []
    for row in rows:
        if await answers(Path(row.path), _ANSWER_SECONDS):
            item, is_hinted = await asyncio.to_thread(_folder, row)
            hinted += [row] if is_hinted else []
        else:
            fix = f"Connect its share again, or vq watch rm {row.id}."
            item = check(f"watch {row.id}", "warn", f"{row.path} does not answer", fix=fix)
        checks.append(item)
    if limits.is_dir():
        checks.append(await asyncio.to_thread(inotify, hinted, limits))
    return checks


def _folder(row: WatchRow) -> tuple[Check, bool]:
    """The check, and whether the system is asked for hints of this folder."""
    name, folder = f"watch {row.id}", Path(row.path)
    if not folder.is_dir():
        fix = f"Connect its drive or make the folder; vq watch rm {row.id} forgets it."
        return check(name, "warn", f"{folder} is not there", fix=fix), False
    if not os.access(folder, os.R_OK | os.X_OK):
        return check(name, "fail", f"{folder} cannot be read", fix=f"chmod u+rx {folder}"), False
    if row.enabled and row.state is WatchState.FAILING:
        fix = f"vq watch files {row.id} --state waiting lists what waits."
        return check(name, "warn", f"{folder}: {row.reason}", fix=fix), False
    kind = network_file_system(folder)
    is_polled = kind is not None if row.spec["poll"] is None else bool(row.spec["poll"])
    why = f" (a network disk: {kind})" if kind else ""
    how = f"is read every few seconds{why}" if is_polled else "says what changes"
    paused = "" if row.enabled else "; paused"
    return check(name, "ok", f"{folder} can be read and {how}{paused}"), row.enabled and not is_polled


def inotify(rows: Iterable[WatchRow], limits: Path) -> Check:
    """What Linux allows a user to watch (inotify(7)), compared with what these watches need."""
    rows = list(rows)
    most = _COUNTED, len(rows)
    needed = sum(1 for row in rows for _ in islice(_folders(row), _COUNTED)), len(rows)
    names = "max_user_watches", "max_user_instances"
    allowed = tuple(_limit(limits / name, limit) for name, limit in zip(names, most, strict=True))
    for name, count, limit in zip(names, needed, allowed, strict=True):
        if count > limit * _USABLE:
            message = f"{count} are needed for the watched folders, fs.inotify.{name} is {limit}"
            fix = f"sudo sysctl fs.inotify.{name}={2 * max(count, limit)}; until then they are read every few seconds."
            return check("inotify", "warn", message, fix=fix)
    return check("inotify", "ok", f"{needed[0]} folders are watched, fs.inotify.{names[0]} is {allowed[0]}")


def _limit(file: Path, otherwise: int) -> int:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return 2 * otherwise + 1


def _folders(row: WatchRow) -> Iterator[str]:
    """The folders of a watch that the system has to watch."""
    if not (row.spec["recursive"] or row.spec["unit"] == "folder"):
        yield row.path
        return
    for place, _, _ in os.walk(row.path):
        yield place
