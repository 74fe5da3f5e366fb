"""The text of a file that a flag names."""

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
