"""Whether a file is all there, from how its container says it ends. Much cheaper than opening it with a decoder.

Sources: ISO/IEC 14496-12 (boxes), RFC 8794 and RFC 9559 (EBML, Matroska), the RIFF, PNG, JPEG and GIF formats.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

# How much of the end is searched: programs put a little behind the end of pictures.
_TAIL = 512
_BOXES = frozenset(["mp4", "m4v", "m4a", "m4b", "mov", "3gp", "3g2", "f4v", "heic", "heif", "avif"])
_EBML = frozenset(["mkv", "webm", "mka"])
_RIFF = frozenset(["wav", "avi", "webp"])
_ENDS = {"png": b"IEND\xaeB`\x82", "jpg": b"\xff\xd9", "jpeg": b"\xff\xd9", "gif": b";"}
# What a file of boxes begins with.
_FIRST_BOXES = frozenset(
    [b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"uuid", b"meta"]
)
# What may come after them.
_LATER_BOXES = frozenset([b"moof", b"mfra", b"sidx", b"emsg", b"udta"])
_UNKNOWN_RIFF = (0, 0xFFFFFFFF)


def missing_part(path: Path) -> str | None:
    """What is missing of a file by its own account, in words; None where nothing is, or its format does not say.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        return missing_part_of(file, path.suffix.lower().lstrip("."))


def missing_part_of(file: BinaryIO, ext: str) -> str | None:
    """As `missing_part`, for a file that is open; `ext` is its name's, in lower case, without the dot."""
    check = _check_for(ext)
    return check(file, os.fstat(file.fileno()).st_size) if check else None


def _check_for(ext: str) -> Callable[[BinaryIO, int], str | None] | None:
    if ext in _BOXES:
        return _missing_box
    if ext in _EBML:
        return _missing_of_segment
    if ext in _RIFF:
        return _missing_of_riff
    if ending := _ENDS.get(ext):
        return lambda file, size: _missing_ending(file, size, ending)
    return None


def _missing_box(file: BinaryIO, size: int) -> str | None:
    """Every top-level box must end inside the file, and one must be the index (or, for pictures, `meta`)."""
    names, offset = set(), 0
    while offset + 8 <= size:
        file.seek(offset)
        head = file.read(16)
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        elif length == 0 and any(name):
            length = size - offset
        if length < 8 or not name.isascii():
            break
        if offset + length > size:
            if name not in _FIRST_BOXES | _LATER_BOXES:
                if not offset:
                    return "it does not begin as a file of its kind does"
                break  # what programs put behind the last box
            return f"it ends {offset + length - size} bytes early"
        names.add(name)
        offset += length
    if not names & {b"moov", b"meta"}:
        return "its index is not there yet"
    return None


def _missing_of_segment(file: BinaryIO, size: int) -> str | None:
    offset = 0
    for wanted in (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"):
        file.seek(offset)
        head = file.read(12)
        if head[:4] != wanted:
            return "it does not begin as a Matroska file does"
        length, width = _ebml_size(head[4:])
        if length is None:
            return None
        offset += 4 + width + length
    return f"it ends {offset - size} bytes early" if offset > size else None


def _ebml_size(head: bytes) -> tuple[int | None, int]:
    """A variable-size integer and its width in bytes; None for an unknown size (a stream)."""
    width = 9 - head[0].bit_length() if head and head[0] else 9
    if width > 8 or len(head) < width:
        return None, width
    value = int.from_bytes(head[:width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), width


def _missing_of_riff(file: BinaryIO, size: int) -> str | None:
    head = file.read(8)
    if head[:4] != b"RIFF":
        return None
    length = int.from_bytes(head[4:8], "little")
    if length in _UNKNOWN_RIFF or length + 8 <= size:
        return None
    return f"it ends {length + 8 - size} bytes early"


def _missing_ending(file: BinaryIO, size: int, ending: bytes) -> str | None:
    file.seek(max(0, size - (_TAIL if len(ending) > 1 else 1)))
    return None if ending in file.read() else "its end is not there yet"
