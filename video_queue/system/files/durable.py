"""Durable writes: synced files and folders, hashes, and failures of a disk as errors that a person can act on."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from video_queue.domain.catalogue import fail
from video_queue.system.files.passing_errors import is_full

# Codes of drives and shares that are away or closed; not every platform has all of them.
_AWAY_NAMES = """ENOENT ENOTDIR EACCES EPERM EROFS EIO ENODEV ENXIO ESTALE EBUSY EXDEV
 ENOTCONN EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ETIMEDOUT ECONNRESET EAGAIN"""
_AWAY = frozenset(getattr(errno, name) for name in _AWAY_NAMES.split() if hasattr(errno, name))
_CHUNK = 4 * 1024 * 1024
_SYNCS_AT_ONCE = 8
_FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file (btrfs, xfs, bcachefs)


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn failures of writing into `folder` into errors that a person can act on.

    Raises:
        VqError: `disk_full.write`, `output_unavailable.folder`, or `bad_output.write` where waiting cannot help.
        FileExistsError: unchanged: the name is in use.
    """
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        detail = error.strerror or str(error)
        if is_full(error):
            raise fail("disk_full.write", path=str(folder)) from error
        if error.errno in _AWAY:
            raise fail("output_unavailable.folder", path=str(folder), detail=detail) from error
        raise fail("bad_output.write", path=str(folder), detail=detail) from error


def sync_and_hash(path: Path) -> str:
    """Make `path` durable; its sha256 in hex."""
    sync_file(path)
    return hash_file(path)


def sync_file(path: Path) -> None:
    """Make the contents of `path` durable."""
    # Windows syncs only handles that may write.
    with path.open("r+b" if sys.platform == "win32" else "rb") as file:
        _sync(file.fileno(), path)


def sync_files(paths: Collection[Path], root: Path) -> None:
    """Make files durable, and the names of the folders below `root` that lead to them."""
    folders = {parent for path in paths for parent in path.parents if parent.is_relative_to(root)}
    if len(paths) == 1:
        sync_file(*paths)
    else:  # side by side: the journal takes them in groups (1,000 small files: 0.3 s instead of 4 s)
        with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
            list(pool.map(sync_file, paths))
    for folder in sorted(folders, reverse=True):
        sync_folder(folder)


def give_name(partial: Path, path: Path) -> None:
    """Make a finished file durable, and only then let it be `path`."""
    sync_file(partial)
    partial.replace(path)


def hash_file(path: Path) -> str:
    """The sha256 of `path` in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Windows opens no folders and orders its names itself."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        _sync(handle, folder)
    finally:
        os.close(handle)


def _sync(handle: int, path: Path) -> None:
    """fsync; a file system that has none (some network mounts) is not a reason to fail."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise OSError(error.errno, error.strerror, str(path)) from error


def link_file(source: Path, target: Path) -> bool:
    """Make `target` a hard link of `source`; False where the file system cannot.

    Raises:
        FileExistsError: if there is a `target`.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        return False
    return True


def copy_file(source: Path, target: Path) -> None:
    """Make `target` a copy of `source`, sharing its blocks where the file system can (reflink).

    Raises:
        FileExistsError: if there is a `target`: it may be a hard link, and writing to it would change another file.
    """
    with source.open("rb") as reader, target.open("xb") as writer:
        if not _share_blocks(reader, writer):
            shutil.copyfileobj(reader, writer, _CHUNK)


def _share_blocks(reader: BinaryIO, writer: BinaryIO) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl  # Windows has none

    try:
        fcntl.ioctl(writer.fileno(), _FICLONE, reader.fileno())
    except OSError:
        return False
    return True
