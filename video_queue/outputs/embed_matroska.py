"""Tags inside Matroska and WebM, without a remux (which loses the exact end of the sound).

One Tags element goes behind the last byte; the Segment's length and its SeekHead, which has room for more, are
updated. Frames, sound, times and the index stay untouched (RFC 9559).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from video_queue.system.files.durable import copy_file

_EBML, _SEGMENT, _SEEK_HEAD, _VOID = 0x1A45DFA3, 0x18538067, 0x114D9B74, 0xEC
_TAGS, _TAG, _TARGETS = 0x1254C367, 0x7373, 0x63C0
_SIMPLE_TAG, _TAG_NAME, _TAG_STRING = 0x67C8, 0x45A3, 0x4487
_SEEK, _SEEK_ID, _SEEK_POSITION = 0x4DBB, 0x53AB, 0x53AC


@dataclass(frozen=True, slots=True)
class _Element:
    """Where an element lies: its header at `start`, its body from `body` to `end`; `end` is 0 if unknown."""

    id: int
    start: int
    body: int
    end: int


def append_tags(source: Path, target: Path, tags: Mapping[str, str]) -> bool:
    """Copy `source` to `target` with `tags`. False, and no `target`, for a file with another layout than usual.

    Raises:
        OSError: when `target` cannot be written.
    """
    size = source.stat().st_size
    with source.open("rb") as file:
        top = list(_elements(file, 0, size))
        if [element.id for element in top] != [_EBML, _SEGMENT] or top[1].end != size:
            return False
        segment = top[1]
        head = list(_elements(file, segment.body, min(segment.end, segment.body + 64 * 1024), limit=2))
        if [element.id for element in head] != [_SEEK_HEAD, _VOID] or segment.body - segment.start != 12:
            return False
        seek_head, void = head
        file.seek(seek_head.body)
        entries = file.read(seek_head.end - seek_head.body)
    position = (size - segment.body).to_bytes(8, "big")
    entry = _element(_SEEK, _element(_SEEK_ID, _id(_TAGS)) + _element(_SEEK_POSITION, position))
    index = _element(_SEEK_HEAD, entries + entry)
    padding = _void(void.end - seek_head.start - len(index))
    if padding is None:
        return False
    body = _tags(tags)
    copy_file(source, target)
    with target.open("r+b") as writer:
        writer.seek(segment.start + 4)
        writer.write((size - segment.body + len(body) | 1 << 56).to_bytes(8, "big"))
        writer.seek(seek_head.start)
        writer.write(index + padding)
        writer.seek(size)
        writer.write(body)
    return True


def _elements(file: BinaryIO, start: int, end: int, limit: int = 4) -> Iterator[_Element]:
    """The first `limit` elements between two offsets."""
    at = start
    while at < end and limit:
        file.seek(at)
        head = file.read(12)
        id_length, size_length = _width(head, 0), _width(head, _width(head, 0))
        if not id_length or not size_length or len(head) < id_length + size_length:
            return
        raw = int.from_bytes(head[id_length : id_length + size_length], "big")
        length = raw & ((1 << 7 * size_length) - 1)
        body = at + id_length + size_length
        is_unknown = length == (1 << 7 * size_length) - 1
        yield _Element(int.from_bytes(head[:id_length], "big"), at, body, 0 if is_unknown else body + length)
        if is_unknown:
            return
        at, limit = body + length, limit - 1


def _width(head: bytes, at: int) -> int:
    """The length of the variable-size number at `at`, from its leading zero bits; 0 if it is none."""
    return 9 - head[at].bit_length() if at < len(head) and head[at] else 0


def _tags(tags: Mapping[str, str]) -> bytes:
    simple = b""
    for name, text in tags.items():
        body = _element(_TAG_NAME, name.upper().encode()) + _element(_TAG_STRING, text.encode())
        simple += _element(_SIMPLE_TAG, body)
    return _element(_TAGS, _element(_TAG, _element(_TARGETS, b"") + simple))


def _element(number: int, body: bytes) -> bytes:
    return _id(number) + (len(body) | 1 << 56).to_bytes(8, "big") + body


def _id(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _void(length: int) -> bytes | None:
    """A Void element of exactly `length` bytes in all, or None if there is no room for one."""
    if length == 0:
        return b""
    return b"\xec" + (length - 9 | 1 << 56).to_bytes(8, "big") + bytes(length - 9) if length >= 9 else None
