"""Files that flags name: read as text, or written."""

from __future__ import annotations

from pathlib import Path


def read_text(path: Path) -> str:
    """The file's text, UTF-8 with or without a byte order mark.

    Raises:
        VqError: `input_missing`, or `validation` for a file that cannot be read as text.
    """
    from video_queue.domain.catalogue import fail

    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise fail("input_missing.file", path=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise fail("validation.value_file", path=str(path), detail=str(error)) from error


def write_named(path: Path, content: bytes) -> None:
    """Write the file, over what was there.

    Raises:
        VqError: `validation.write_file`.
    """
    from video_queue.domain.catalogue import fail

    try:
        path.write_bytes(content)
    except OSError as error:
        detail = error.strerror or str(error)
        raise fail("validation.write_file", path=str(path), detail=detail) from error
