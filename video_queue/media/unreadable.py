"""What makes a file unreadable: the check before any is opened, the limit on sizes, and the error."""

from __future__ import annotations

import stat
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.system.files.passing_errors import is_away

MAX_PIXELS = 300_000_000


def require_regular(path: Path) -> None:
    """Raise VqError unless `path` is a readable, regular, non-empty file (no pipe, device or folder)."""
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError):
        raise fail("input_missing.file", path=str(path)) from None
    except ValueError as error:
        raise fail("input_unreadable.path", path=str(path), detail=str(error)) from None
    except OSError as error:
        raise input_error(path, error) from None
    if not stat.S_ISREG(status.st_mode):
        raise fail("input_unreadable.not_a_file", path=str(path))
    if status.st_size == 0:
        raise fail("input_unreadable.empty", path=str(path))


def input_error(path: Path, error: OSError) -> VqError:
    """What an error of the system at an input means: its share is away, and is waited for, or it cannot be read."""
    detail = error.strerror or str(error)
    if is_away(error):
        return fail("output_unavailable.input", input=str(path), detail=detail)
    return fail("input_unreadable.permission", path=str(path), detail=detail)


def require_answer(folder: Path) -> None:
    """Raise VqError while the drive or share of `folder` is away; a folder that is not there is none of that."""
    try:
        folder.stat()
    except OSError as error:
        if is_away(error):
            raise input_error(folder, error) from error


def unreadable(path: Path, kind: str, detail: str) -> VqError:
    """The error of a file that is not readable as `kind`."""
    return fail("input_unreadable.junk", path=str(path), kind=kind, detail=detail)


def reason(error: Exception) -> str:
    """The first line of an error's text, without the path that the caller names anyway."""
    if text := getattr(error, "strerror", None):
        return str(text)
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
