"""Ways in which programs bring a file into a folder, step by step: after each `yield` time passes and a scan looks.

The file is whole and closed only when the generator ends.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.other_disk import other_disk

Steps = Iterator[None]
Pattern = Callable[[Path, Path], Steps]


def _parts(source: Path, count: int = 4) -> list[bytes]:
    content = source.read_bytes()
    size = -(-len(content) // count)
    return [content[start : start + size] for start in range(0, len(content), size)]


def cp(source: Path, target: Path) -> Steps:
    """`cp`: open from the first to the last byte."""
    with target.open("wb") as file:
        for part in _parts(source):
            file.write(part)
            file.flush()
            yield


def cp_preserving(source: Path, target: Path) -> Steps:
    """`cp -p`: the old time is set at the end."""
    yield from cp(source, target)
    os.utime(target, (10**9, 10**9))


def cp_command(source: Path, target: Path) -> Steps:
    """The command itself."""
    subprocess.run(["cp", str(source), str(target)], check=True)
    return
    yield


def appended(source: Path, target: Path) -> Steps:
    """Each part by a program that opens, appends and closes."""
    for part in _parts(source):
        with target.open("ab") as file:
            file.write(part)
        yield


def slow_appended(source: Path, target: Path) -> Steps:
    """The same with long gaps: between two parts the file is stable and closed, but not whole."""
    *parts, last = _parts(source)
    for part in parts:
        with target.open("ab") as file:
            file.write(part)
        yield
        yield
        yield
    with target.open("ab") as file:
        file.write(last)


def rsync(source: Path, target: Path) -> Steps:
    """rsync: a hidden name with a random end, renamed when it is whole."""
    hidden = target.with_name(f".{target.name}.Xy12Zz")
    yield from cp(source, hidden)
    yield
    hidden.rename(target)


def rsync_command(source: Path, target: Path) -> Steps:
    """The command itself, where there is one."""
    if shutil.which("rsync"):
        subprocess.run(["rsync", "-a", str(source), str(target)], check=True)
    else:
        shutil.copy2(source, target)
    return
    yield


def rsync_inplace(source: Path, target: Path) -> Steps:
    """rsync --inplace: as cp; a short pause, then the time is set."""
    yield from cp(source, target)
    os.utime(target)


def moved(source: Path, target: Path) -> Steps:
    """`mv` on one file system: whole at once."""
    other = target.parent.parent / "elsewhere.mp4"
    shutil.copy(source, other)
    other.rename(target)
    return
    yield


def moved_across(source: Path, target: Path) -> Steps:
    """`mv` from another file system: a copy, then the old time."""
    with tempfile.TemporaryDirectory(dir=other_disk(target.parent)) as folder:
        other = Path(shutil.copy(source, folder))
        shutil.move(other, target)
    return
    yield


def samba(source: Path, target: Path) -> Steps:
    """Samba and the Explorer: the full length first, closed again, then the content."""
    target.touch()
    os.truncate(target, source.stat().st_size)
    yield
    yield
    with target.open("r+b") as file:
        for part in _parts(source):
            file.write(part)
            file.flush()
            yield


def partial(source: Path, target: Path) -> Steps:
    """Firefox, wget and others: NAME.part, renamed when it is whole."""
    part = target.with_name(target.name + ".part")
    yield from appended(source, part)
    yield
    yield
    part.rename(target)


def chrome(source: Path, target: Path) -> Steps:
    """Chrome: NAME.crdownload."""
    part = target.with_name(target.name + ".crdownload")
    yield from appended(source, part)
    part.rename(target)


def firefox(source: Path, target: Path) -> Steps:
    """Firefox: an empty file of the name beside NAME.part."""
    target.touch()
    part = target.with_name(target.name + ".part")
    yield from appended(source, part)
    yield
    part.replace(target)


def aria(source: Path, target: Path) -> Steps:
    """aria2: the real name at full length, and NAME.aria2 beside it until it is whole."""
    control = target.with_name(target.name + ".aria2")
    control.write_bytes(b"x")
    shutil.copy(source, target)
    yield
    yield
    yield
    control.unlink()


def syncthing(source: Path, target: Path) -> Steps:
    """Syncthing: .syncthing.NAME.tmp."""
    part = target.with_name(f".syncthing.{target.name}.tmp")
    yield from appended(source, part)
    part.rename(target)


def sparse(source: Path, target: Path) -> Steps:
    """A sparse file whose last part comes first; its parts are closed."""
    parts = _parts(source)
    size = len(parts[0])
    for number in reversed(range(len(parts))):
        with target.open("r+b" if target.exists() else "wb") as file:
            file.seek(number * size)
            file.write(parts[number])
        yield


def preallocated(source: Path, target: Path) -> Steps:
    """fallocate to the full length, then the content, one part after the other, open throughout."""
    with target.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, source.stat().st_size)
        yield
        for part in _parts(source):
            file.write(part)
            file.flush()
            yield
            yield


def touched(source: Path, target: Path) -> Steps:
    """Another program sets the time while a copy is on its way."""
    with target.open("wb") as file:
        for part in _parts(source):
            file.write(part)
            file.flush()
            os.utime(target, (10**9, 10**9))
            yield
    os.utime(target, (10**9, 10**9))


def linked(source: Path, target: Path) -> Steps:
    """A hard link or a link to a file elsewhere."""
    target.symlink_to(source)
    return
    yield


def replaced(source: Path, target: Path) -> Steps:
    """A short first version, put aside by a rename onto it (editors, atomic writers)."""
    target.write_bytes(source.read_bytes()[:2000])
    yield
    yield
    other = target.with_name(target.name + ".tmp")
    shutil.copy(source, other)
    yield
    other.replace(target)


def truncated_and_written(source: Path, target: Path) -> Steps:
    """Written, emptied, and written again."""
    target.write_bytes(source.read_bytes()[:4000])
    yield
    target.write_bytes(b"")
    yield
    yield from cp(source, target)


def mapped(source: Path, target: Path) -> Steps:
    """Written from its end to its beginning by one program that keeps it open."""
    content = source.read_bytes()
    with target.open("wb") as file:
        for start in range(len(content) - len(content) % 2000, -1, -2000):
            os.pwrite(file.fileno(), content[start : start + 2000], start)
            yield


PATTERNS: list[Pattern] = [
    cp, cp_preserving, cp_command, appended, slow_appended, rsync, rsync_command, rsync_inplace, moved, moved_across,
    samba, partial, chrome, firefox, aria, syncthing, sparse, preallocated, touched, linked, replaced,
    truncated_and_written, mapped,
]  # fmt: skip
