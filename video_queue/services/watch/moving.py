"""Moving files away when their jobs are finished (`after: move`): never onto another file, and whole or not at all.

A run of pictures, and a folder that goes to another disk, takes many steps. Its target is chosen and written down
before the first; a move that was cut short is finished by moving again.
"""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from video_queue.domain.watches import WatchUnit
from video_queue.services.watch.sidecars import SUFFIX
from video_queue.services.watch.spec import WatchSpec
from video_queue.services.watch.tree import Mark, run_pattern
from video_queue.system.files.durable import copy_file, link_file, sync_file, sync_files
from video_queue.system.files.safe_join import safe_join


def choose_target(spec: WatchSpec, path: str, folder: Path) -> Path:
    """Where a unit is moved in `folder`: under its own path, or the next one that is free."""
    target = safe_join(folder, path, may_link=True)
    if spec.rules.unit is not WatchUnit.SEQUENCE:
        return next(name for name in _names(target) if not os.path.lexists(name))
    # The names of its pictures stay, so a run whose name is in use has a folder of its own.
    stem = target.stem.rstrip("#_-. ") or "run"
    names = (target, *(target.parent / f"{stem}_{number}" / target.name for number in range(2, 10_000)))
    return next(name for name in names if not _pictures(name))


def move_unit(spec: WatchSpec, path: str, target: Path, mark: Mark) -> Path | None:
    """Move a unit of a watch to the target chosen for it; where it is now. None if it is not `mark` any more.

    Raises:
        OSError: it cannot be moved, or not all of it yet.
    """
    source = spec.folder / path
    if spec.rules.unit is WatchUnit.SEQUENCE:
        return _move_run(source, target, mark)
    if not os.path.lexists(source):
        return target if os.path.lexists(target) else None
    status = source.stat()
    if source.is_file() and (status.st_size, status.st_mtime_ns) != mark:
        return None
    return move_away(source, target)


def moved_path(spec: WatchSpec, path: str, target: Path) -> Callable[[str], str]:
    """The new path of each path of a unit that was moved; of others their own."""
    old, new = str(spec.folder / path), str(target)
    if spec.rules.unit is not WatchUnit.SEQUENCE:
        return lambda text: new + text[len(old) :] if text == old or text.startswith(old + os.sep) else text
    (old_folder, name), new_folder = os.path.split(old), os.path.dirname(new)  # noqa: PTH120 - texts
    pattern = run_pattern(name)

    def moved(text: str) -> str:
        folder, picture = os.path.split(text)
        if folder == old_folder and pattern.fullmatch(picture):
            return os.path.join(new_folder, picture)  # noqa: PTH118 - texts
        return new_folder if text == old_folder else text

    return moved


def _move_run(run: Path, target: Path, mark: Mark) -> Path | None:
    pictures = {path: path.stat() for path in _pictures(run)}
    sizes, times = (
        [item.st_size for item in pictures.values()],
        [item.st_mtime_ns for item in pictures.values()],
    )
    if not _pictures(target) and (sum(sizes), max(times, default=0)) != mark:
        return None
    for picture, status in pictures.items():
        if status.st_mtime_ns <= mark[1]:  # else it came while the others were moved
            _move_file(picture, target.parent / picture.name)
    _move_settings(run, target)
    return target


def _pictures(run: Path) -> list[Path]:
    """What is there of the run `FOLDER/frame_####.png`."""
    pattern = run_pattern(run.name)
    try:
        return sorted(path for path in run.parent.iterdir() if pattern.fullmatch(path.name))
    except OSError:
        return []


def move_away(source: Path, target: Path) -> Path:
    """Move a file or folder, with its file of settings, to `target`, a file else to the next free name beside it.

    Returns:
        Where it is now.

    Raises:
        OSError: if it cannot be moved; it is still at `source` then, of a folder what was not moved yet.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    moved = _move_tree(source, target) if source.is_dir() else _move_file(source, target)
    _move_settings(source, moved)
    return moved


def _move_settings(source: Path, target: Path) -> None:
    settings = Path(f"{source}{SUFFIX}")
    if settings.is_file():
        _move_file(settings, Path(f"{target}{SUFFIX}"))


def _move_tree(source: Path, target: Path) -> Path:
    """A `target` that is there is what was copied when the move was cut short."""
    if not os.path.lexists(target):
        try:
            return source.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        part = target.with_name(f".{target.name}.vq-part")
        shutil.rmtree(part, ignore_errors=True)
        try:
            shutil.copytree(source, part, symlinks=True)
            sync_files([path for path in part.rglob("*") if path.is_file() and not path.is_symlink()], part)
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    _remove_copied(source, target)
    return target


def _remove_copied(source: Path, target: Path) -> None:
    """Remove of a folder what is the same in its copy; what came later stays."""
    for path in sorted(source.rglob("*"), reverse=True):
        copy = target / path.relative_to(source)
        if path.is_symlink() or (path.is_file() and copy.is_file() and _is_same(path, copy)):
            path.unlink()
        elif path.is_dir():
            with suppress(OSError):  # not empty
                path.rmdir()
    with suppress(OSError):
        source.rmdir()


def _is_same(first: Path, second: Path) -> bool:
    """Whether two files are one, or one is the whole copy of the other."""
    status, other = first.stat(), second.stat()
    return os.path.samestat(status, other) or (
        (status.st_size, status.st_mtime_ns) == (other.st_size, other.st_mtime_ns)
        and filecmp.cmp(first, second, shallow=False)
    )


def _move_file(source: Path, target: Path) -> Path:
    if target.is_file() and _is_same(source, target):  # a move that was cut short at its end
        source.unlink()
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    name = _link(source, target)
    if name is None:  # another disk, or a file system without links
        copy = target.with_name(f".{target.name}.vq-part")
        copy.unlink(missing_ok=True)
        try:
            copy_file(source, copy)
            shutil.copystat(source, copy)
            sync_file(copy)
            name = _link(copy, target) or _rename(copy, target)
        finally:
            copy.unlink(missing_ok=True)
    source.unlink()
    return name


def _link(source: Path, target: Path) -> Path | None:
    """The first free name, which is the file's second now; None where the file system has no links."""
    for name in _names(target):
        try:
            return name if link_file(source, name) else None
        except FileExistsError:
            continue
    raise AssertionError("there is always another name")


def _rename(source: Path, target: Path) -> Path:
    name = next(name for name in _names(target) if not os.path.lexists(name))
    return source.rename(name)


def _names(target: Path) -> Iterator[Path]:
    """`target`, then `NAME_2.ext` and so on."""
    yield target
    for number in count(2):
        yield target.with_name(f"{target.stem}_{number}{target.suffix}")
