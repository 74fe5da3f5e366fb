"""Putting a finished file or folder under its final name without ever replacing anything.

What a file system can do is tried out: hard links, a rename that refuses to replace, or neither (exFAT
has no hard links, SMB may refuse both). Nothing here knows of prompts or manifests.
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

Checkpoint = Callable[[str], None]

# FAT keeps modification times to two seconds, so a reservation is recognised within three.
_MARK_TOLERANCE = 3.0
_RENAME_NOREPLACE = 1  # linux/fs.h
_RENAME_EXCL = 4  # sys/stdio.h of macOS
_AT_FDCWD = -100
# Another file system may come to be where one was.
_TRY_AGAIN_SECONDS = 60.0


class PublishMethod(StrEnum):
    """How a name is given without replacing: `link` + unlink, a no-replace `rename`, or `reserve` + replace."""

    LINK = "link"
    RENAME = "rename"
    RESERVE = "reserve"


# When each file system was tried, by device and for files or folders, and what works there.
_tried: dict[tuple[int, bool], tuple[float, PublishMethod]] = {}


def no_checkpoint(_step: str) -> None:
    """The checkpoint of everyday use: nothing happens. Tests pass one that ends the process."""


def probe_publish_method(folder: Path, *, of_folder: bool = False) -> PublishMethod:
    """The best form that works in `folder`, tried out on empty files (or folders: `of_folder`).

    Folders cannot be hard-linked, so for them it is `rename` or `reserve`.

    Raises:
        OSError: if nothing can be created in `folder`.
    """
    trial = Path(tempfile.mkdtemp(prefix=".vq-probe-", dir=folder))
    try:
        if not of_folder and _can_link(trial):
            return PublishMethod.LINK
        return PublishMethod.RENAME if _can_rename(trial, of_folder) else PublishMethod.RESERVE
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def publish_method(folder: Path, *, of_folder: bool = False) -> PublishMethod:
    """As `probe_publish_method`, tried out once a minute for each file system."""
    key, now = (folder.stat().st_dev, of_folder), time.monotonic()
    tried_at, method = _tried.get(key, (-math.inf, None))
    if method is None or now - tried_at >= _TRY_AGAIN_SECONDS:
        method = probe_publish_method(folder, of_folder=of_folder)
        _tried[key] = now, method
    return method


def publish_file(
    staged: Path, final: Path, method: PublishMethod, *, mark: int, checkpoint: Checkpoint = no_checkpoint
) -> None:
    """Give the file (or folder, not by `link`) at `staged` the name `final`; `staged` is gone afterwards.

    `mark` is the modification time (whole seconds) by which a reservation is recognised after a crash.

    Raises:
        FileExistsError: if `final` exists; nothing was changed then.
        OSError: what the file system says.
    """
    if method is PublishMethod.LINK:
        os.link(staged, final)
        checkpoint("linked")
        staged.unlink()
    elif method is PublishMethod.RENAME:
        rename_without_replacing(staged, final)
    else:
        _reserve(final, mark, is_folder=staged.is_dir())
        checkpoint("reserved")
        replace_reserved(staged, final, mark)


def replace_reserved(staged: Path, final: Path, mark: int) -> None:
    """Put `staged` in the place of our own reservation at `final`.

    Raises:
        FileExistsError: if what is at `final` is not the empty reservation with our mark.
    """
    if not is_reserved(final, mark):
        raise FileExistsError(errno.EEXIST, "the reserved name is in use", str(final))
    try:
        staged.replace(final)
    except OSError as error:
        # A folder that is no longer empty cannot be replaced by another one: it is not ours any more.
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise FileExistsError(errno.EEXIST, "the reserved folder is in use", str(final)) from error
        raise


def is_reserved(final: Path, mark: int) -> bool:
    """Whether `final` is an empty file or folder whose modification time is our mark."""
    try:
        status = final.lstat()
        if stat.S_ISDIR(status.st_mode):
            is_empty = not any(final.iterdir())
        else:
            is_empty = stat.S_ISREG(status.st_mode) and status.st_size == 0
    except FileNotFoundError:
        return False
    return is_empty and abs(status.st_mtime - mark) < _MARK_TOLERANCE


def rename_without_replacing(source: Path, target: Path) -> None:
    """Rename by the platform's call that refuses to replace (renameat2, renamex_np, MoveFile).

    Raises:
        FileExistsError: if `target` is taken.
        OSError: with an errno of "not supported" where platform or file system has no such call.
    """
    if sys.platform == "win32":
        source.rename(target)  # os.rename never replaces on Windows
        return
    libc = ctypes.CDLL(None, use_errno=True)
    old, new = os.fsencode(source), os.fsencode(target)
    if sys.platform == "darwin":
        call = getattr(libc, "renamex_np", None)
        status = call(old, new, _RENAME_EXCL) if call else _not_supported()
    else:
        call = getattr(libc, "renameat2", None)  # glibc 2.28, musl 1.2.6
        status = call(_AT_FDCWD, old, _AT_FDCWD, new, _RENAME_NOREPLACE) if call else _not_supported()
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(source), None, str(target))


def _not_supported() -> int:
    ctypes.set_errno(errno.ENOSYS)
    return -1


def _reserve(final: Path, mark: int, *, is_folder: bool) -> None:
    """Create `final`, empty, and mark it. A process killed between these two calls leaves it unmarked: it may then
    be anyone's, and stays where it is.
    """
    if is_folder:
        final.mkdir()
    else:
        os.close(os.open(final, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    os.utime(final, (mark, mark))


def _can_link(trial: Path) -> bool:
    """Links must work, refuse to replace, and be recognisable as one file (some network mounts invent inodes)."""
    first, second = trial / "first", trial / "second"
    first.touch()
    try:
        os.link(first, second)
    except OSError:
        return False
    return first.samefile(second) and first.stat().st_nlink == 2 and _refuses(os.link, first, second)


def _can_rename(trial: Path, of_folder: bool) -> bool:
    source, taken = trial / "source", trial / "taken"
    for path in (source, taken):
        path.mkdir() if of_folder else path.touch()
    if not _refuses(rename_without_replacing, source, taken):
        return False
    try:
        rename_without_replacing(source, trial / "target")
    except OSError:
        return False
    return True


def _refuses(call: Callable[[Path, Path], None], source: Path, taken: Path) -> bool:
    try:
        call(source, taken)
    except FileExistsError:
        return True
    except OSError:
        return False
    return False
