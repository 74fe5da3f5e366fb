"""Which files other processes have open for writing, as far as this one may know."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

_PROC = Path("/proc")
_WRITING = os.O_WRONLY | os.O_RDWR


def can_ask() -> bool:
    """Whether this platform says who has a file open: Linux in /proc, Windows by refusing an exclusive open."""
    return sys.platform == "win32" or (_PROC / "self" / "fdinfo").is_dir()


def open_for_writing(paths: Collection[str]) -> set[str]:
    """Those of `paths` (absolute) that a process has open for writing; links are followed.

    Processes of other users are unknown on Linux: their files look closed. Elsewhere than on Linux and Windows the
    answer is empty (see `can_ask`).
    """
    if sys.platform == "win32":
        return {path for path in paths if _is_locked(path)}
    if not paths or not can_ask():
        return set()
    by_real = _by_real_path(paths)
    return {by_real[real] for real in _written_files(by_real)}


def _by_real_path(paths: Iterable[str]) -> dict[str, str]:
    """The paths by what they are with links followed; each folder is resolved once."""
    folders: dict[str, str] = {}
    by_real = {}
    for path in paths:
        parent, name = os.path.split(path)
        if parent not in folders:
            folders[parent] = os.path.realpath(parent)
        real = os.path.realpath(path) if os.path.islink(path) else os.path.join(folders[parent], name)  # noqa: PTH114, PTH118
        by_real[real] = path
    return by_real


def _written_files(wanted: Collection[str]) -> set[str]:
    """Those of the real paths that some descriptor in /proc may write to."""
    written = set()
    for process in os.scandir(_PROC):
        if process.name.isdigit():
            written |= _written_by(f"/proc/{process.name}", wanted)
    return written


def _written_by(process: str, wanted: Collection[str]) -> set[str]:
    try:
        descriptors = os.listdir(f"{process}/fd")  # noqa: PTH208 - thousands of them; texts are enough
    except OSError:  # ended, or another user's
        return set()
    written = set()
    for descriptor in descriptors:
        try:
            target = os.readlink(f"{process}/fd/{descriptor}")  # noqa: PTH115
            if target in wanted and _may_write(f"{process}/fdinfo/{descriptor}"):
                written.add(target)
        except OSError:  # closed meanwhile
            continue
    return written


def _may_write(info: str) -> bool:
    """Whether the flags of a descriptor (proc_pid_fdinfo(5), octal) let it write."""
    with open(info, encoding="ascii") as file:  # noqa: PTH123 - as above
        flags = next((line.split()[1] for line in file if line.startswith("flags:")), "0")
    return bool(int(flags, 8) & _WRITING)


def _is_locked(path: str) -> bool:
    """Whether Windows refuses to open a file for changing: another process has it open without sharing."""
    try:
        with open(path, "r+b"):  # noqa: PTH123 - as above
            return False
    except OSError:
        return True
