"""Moving files away when their jobs are finished (`after: move`): never onto another file, and whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from video_queue.domain.errors import VqError
from video_queue.domain.watches import WatchUnit
from video_queue.services.watch.sidecars import SUFFIX
from video_queue.services.watch.spec import WatchSpec, first_picture
from video_queue.services.watch.tree import Mark
from video_queue.system.files.durable import copy_file, link_file, sync_file
from video_queue.system.files.sequences import expand_sequence, sequences_with


def move_unit(spec: WatchSpec, path: str, target: Path, mark: Mark) -> Path | None:
    """Move a file, folder or run of a watch to `target`; where it is now. None if a file is not `mark` any more.

    Raises:
        OSError: it cannot be moved.
    """
    source = spec.folder / path
    if spec.rules.unit is WatchUnit.SEQUENCE:
        return _move_run(source, target)
    status = source.stat()
    if source.is_file() and (status.st_size, status.st_mtime_ns) != mark:
        return None
    return move_away(source, target)


def _move_run(run: Path, target: Path) -> Path:
    try:
        pictures = expand_sequence(sequences_with(Path(first_picture(str(run))))[0])
    except VqError as error:
        raise OSError(error.message) from error
    for picture in pictures:
        move_away(Path(picture), target.parent / Path(picture).name)
    return target


def move_away(source: Path, target: Path) -> Path:
    """Move a file or folder, with its file of settings, to `target` or the next free name beside it; where it is now.

    Raises:
        OSError: if it cannot be moved; it is still at `source` then.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    moved = _move_tree(source, target) if source.is_dir() else _move_file(source, target)
    settings = Path(f"{source}{SUFFIX}")
    if settings.is_file():
        _move_file(settings, Path(f"{moved}{SUFFIX}"))
    return moved


def _move_tree(source: Path, target: Path) -> Path:
    name = next(name for name in _names(target) if not os.path.lexists(name))
    shutil.move(source, name)
    return name


def _move_file(source: Path, target: Path) -> Path:
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
