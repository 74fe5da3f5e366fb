"""What lies in a watched folder now, as units: files, numbered runs of pictures, or first-level folders.

A tree of 20,000 files is read several times a minute, so this is one loop over `os.scandir` with texts for paths.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from video_queue.domain.plan import ImageSequence
from video_queue.domain.watches import WatchUnit
from video_queue.system.files.answers import hangs
from video_queue.system.files.path_utils import lies_in
from video_queue.system.files.sequences import runs_with_names, sequences_with

_PART = 65536
_RUN_NAME = re.compile(r"(.*?)(#+)([^#]*)", re.DOTALL)
_KIND, _REGULAR, _FOLDER = 0o170000, stat.S_IFREG, stat.S_IFDIR


# A unit's bytes, and the time of its last change in nanoseconds.
Mark = tuple[int, int]


@dataclass(slots=True)
class Tree:
    """The units of a folder by path (relative, with slashes).

    `unread` are folders below it ("" for itself) that could not be read, with the reason; `reading` is what is being
    read now, in another thread, which may hang there.
    """

    units: dict[str, Mark] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    reading: str = ""


def read_tree(
    folder: Path,
    unit: WatchUnit,
    *,
    recursive: bool,
    accepts: Callable[[str], bool],
    known: Collection[str] = (),
    leave_out: Collection[Path] = (),
    into: Tree | None = None,
) -> Tree:
    """The units of `folder`, in the tree `into` if others are to see meanwhile where it is read. Empty files are none.

    `accepts(path)` says whether a file belongs to the watch; it is not asked for the `known` ones. `leave_out` are
    folders that are not entered, also through links.
    """
    tree = Tree() if into is None else into
    deep = recursive or unit is WatchUnit.FOLDER
    files = _read_files(tree, folder, deep, accepts, known, leave_out)
    tree.units = files if unit is WatchUnit.FILE else _grouped(folder, unit, files)
    return tree


def _read_files(
    tree: Tree,
    folder: Path,
    deep: bool,
    accepts: Callable[[str], bool],
    known: Collection[str],
    leave_out: Collection[Path],
) -> dict[str, Mark]:
    files: dict[str, Mark] = {}
    entered = {identity for folder in leave_out if (identity := _identity(folder))}
    pending = [("", str(folder))]
    while pending:
        prefix, place = pending.pop()
        try:
            _require_no_hang(tree, place)
            status = os.stat(place)  # noqa: PTH116 - texts throughout
            if (status.st_dev, status.st_ino) in entered:  # a loop of links
                continue
            entered.add((status.st_dev, status.st_ino))
            folders = _read_folder(tree, files, prefix, place, accepts, known)
        except OSError as error:
            tree.unread[prefix.rstrip("/")] = error.strerror or str(error)
            continue
        if deep:
            pending += [
                (f"{prefix}{entry.name}/", entry.path)
                for entry in folders
                if not entry.name.startswith(".") and not _leads_into(entry, leave_out)
            ]
    return files


def _read_folder(
    tree: Tree,
    files: dict[str, Mark],
    prefix: str,
    place: str,
    accepts: Callable[[str], bool],
    known: Collection[str],
) -> list[os.DirEntry[str]]:
    """Add the files of one folder to `files`; its folders. Each known file costs one call into the system."""
    folders = []
    with os.scandir(place) as entries:
        for entry in entries:
            path = prefix + entry.name
            try:
                if entry.is_symlink():
                    _require_no_hang(tree, entry.path)
                if path not in known:
                    if entry.is_dir():
                        folders.append(entry)
                        continue
                    if not accepts(path):
                        continue
                status = entry.stat()
                kind = status.st_mode & _KIND
                if kind == _REGULAR:
                    if status.st_size:
                        files[path] = (status.st_size, status.st_mtime_ns)
                elif kind == _FOLDER:  # where a file was, or a unit
                    folders.append(entry)
            except TimeoutError as error:
                tree.unread[path] = str(error.strerror)
            except OSError:  # gone meanwhile, or a link that leads nowhere
                continue
    return folders


def _require_no_hang(tree: Tree, place: str) -> None:
    """Send no second thread into a folder in which one hangs.

    Raises:
        TimeoutError: one does.
    """
    tree.reading = place
    if hangs(Path(place)):
        raise TimeoutError(errno.ETIMEDOUT, "it does not answer", place)


def _identity(folder: Path) -> tuple[int, int] | None:
    """What a folder is known by under each of its names; None where it is not there."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _leads_into(entry: os.DirEntry[str], folders: Collection[Path]) -> bool:
    """Whether an entry is a link into one of the folders."""
    return entry.is_symlink() and any(lies_in(Path(entry.path), folder) for folder in folders)


def _grouped(folder: Path, unit: WatchUnit, files: dict[str, Mark]) -> dict[str, Mark]:
    if unit is WatchUnit.FOLDER:
        marks: dict[str, list[Mark]] = defaultdict(list)
        for path, mark in files.items():
            if "/" in path:
                marks[path.partition("/")[0]].append(mark)
        return {name: _summed(parts) for name, parts in marks.items()}
    by_folder: dict[str, dict[str, Mark]] = defaultdict(dict)
    for path, mark in files.items():
        parent, _, name = path.rpartition("/")
        by_folder[parent][name] = mark
    return dict(run for parent, parts in by_folder.items() for run in _runs(folder, parent, parts))


def _runs(folder: Path, parent: str, by_name: dict[str, Mark]) -> Iterator[tuple[str, Mark]]:
    prefix = f"{parent}/" if parent else ""
    for run, names in runs_with_names(folder / parent, names=by_name):
        yield prefix + run_name(run), _summed(by_name[name] for name in names)


def unit_of(folder: Path, unit: WatchUnit, path: str) -> str:
    """The unit that the file at `path` belongs to."""
    if unit is WatchUnit.FOLDER:
        return path.partition("/")[0]
    if unit is WatchUnit.SEQUENCE:
        try:
            runs = sequences_with(folder / path)
        except OSError:  # its folder is gone
            runs = []
        parent = path.rpartition("/")[0]
        return f"{parent}/{run_name(runs[0])}".lstrip("/") if runs else path
    return path


def run_name(run: ImageSequence) -> str:
    """How a run is called in the ledger: `frame_####.png`."""
    return f"{run.prefix}{'#' * run.digits}{run.ext}"


def run_pattern(name: str) -> re.Pattern[str]:
    """The names of all pictures that `run_name` called so, however few of them are left."""
    prefix, digits, tail = _RUN_NAME.fullmatch(name).groups()  # type: ignore[union-attr]
    width = len(digits)
    number = f"[0-9]{{{width}}}|[1-9][0-9]{{{width},}}" if width > 1 else "0|[1-9][0-9]*"
    return re.compile(f"{re.escape(prefix)}(?:{number}){re.escape(tail)}", re.DOTALL)


def _summed(marks: Iterable[Mark]) -> Mark:
    sizes, times = zip(*marks, strict=True)
    return sum(sizes), max(times)


def quick_hash(path: Path) -> str:
    """What tells the contents of a file from others: size, beginning, middle and end; for a folder names and sizes.

    Raises:
        OSError: if it cannot be read.
    """
    if not path.is_dir():
        with path.open("rb") as file:
            return quick_hash_of(file)
    digest = hashlib.sha256()
    for part in sorted(path.rglob("*")):
        if part.is_file():
            digest.update(f"{part.relative_to(path).as_posix()} {part.stat().st_size}\n".encode())
    return digest.hexdigest()[:32]


def quick_hash_of(file: BinaryIO) -> str:
    """The `quick_hash` of a file that is open."""
    size = os.fstat(file.fileno()).st_size
    digest = hashlib.sha256(str(size).encode())
    for start in sorted({0, max(0, size // 2 - _PART // 2), max(0, size - _PART)}):
        file.seek(start)
        digest.update(file.read(_PART))
    return digest.hexdigest()[:32]
