"""Texts inside FLAC (Vorbis comments) and MP3 (ID3's own texts), as ComfyUI writes them; the sound stays as it is.

https://www.rfc-editor.org/rfc/rfc9639#name-vorbis-comment, https://id3.org/id3v2.4.0-structure
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

_STREAM_INFO, _COMMENTS = 0, 4
_LAST_BLOCK, _LONGEST_BLOCK = 0x80, 2**24
_LONGEST_TAG = 2**28


def embed_flac(source: Path, target: Path, tags: Mapping[str, str]) -> bool:
    """Copy `source` to `target` with `tags` after the comments that it has. False, and no `target`, for another layout.

    Raises:
        OSError: when `target` cannot be written.
    """
    with source.open("rb") as reader:
        blocks = _flac_blocks(reader)
        if not blocks or blocks[0][0] != _STREAM_INFO:
            return False
        old = next((body for kind, body in blocks if kind == _COMMENTS), struct.pack("<II", 0, 0))
        if (comments := _with_comments(old, tags)) is None:
            return False
        rest = [block for block in blocks[1:] if block[0] != _COMMENTS]
        with target.open("xb") as writer:
            writer.write(b"fLaC" + _joined([blocks[0], (_COMMENTS, comments), *rest]))
            shutil.copyfileobj(reader, writer, 1024 * 1024)
    return True


def _flac_blocks(reader: BinaryIO) -> list[tuple[int, bytes]]:
    """Every metadata block with its kind; `reader` stands at the sound then. None where they are cut."""
    if reader.read(4) != b"fLaC":
        return []
    blocks: list[tuple[int, bytes]] = []
    while len(head := reader.read(4)) == 4:
        size = int.from_bytes(head[1:], "big")
        blocks.append((head[0] & ~_LAST_BLOCK, reader.read(size)))
        if len(blocks[-1][1]) < size:
            return []
        if head[0] & _LAST_BLOCK:
            return blocks
    return []


def _with_comments(old: bytes, tags: Mapping[str, str]) -> bytes | None:
    """The comments with those of `tags`; None where they do not fit into one block."""
    vendor = 4 + int.from_bytes(old[:4], "little")
    if len(old) < vendor + 4:
        return None
    count = int.from_bytes(old[vendor : vendor + 4], "little") + len(tags)
    own = b"".join(_sized(f"{name}={text}".encode()) for name, text in tags.items())
    body = old[:vendor] + struct.pack("<I", count) + old[vendor + 4 :] + own
    return body if len(body) < _LONGEST_BLOCK else None


def _sized(text: bytes) -> bytes:
    return struct.pack("<I", len(text)) + text


def _joined(blocks: list[tuple[int, bytes]]) -> bytes:
    last = len(blocks) - 1
    return b"".join(
        bytes([kind | (_LAST_BLOCK if index == last else 0)]) + len(body).to_bytes(3, "big") + body
        for index, (kind, body) in enumerate(blocks)
    )


def embed_mp3(source: Path, target: Path, tags: Mapping[str, str]) -> bool:
    """Copy `source` to `target` with `tags` after the frames of its ID3 tag, or in a new one. False, and no `target`,
    where that is of a kind that is not written any more.

    Raises:
        OSError: when `target` cannot be written.
    """
    with source.open("rb") as reader:
        head = reader.read(10)
        version, frames = 4, b""
        if head[:3] == b"ID3":
            version, flags = head[3], head[5]
            if version not in (3, 4) or flags:
                return False
            frames = _frames(reader.read(_from_syncsafe(head[6:10])), version)
        elif len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
            return False
        else:
            reader.seek(0)
        body = frames + b"".join(_text_frame(name, text, version) for name, text in tags.items())
        if len(body) >= _LONGEST_TAG:
            return False
        with target.open("xb") as writer:
            writer.write(b"ID3" + bytes([version, 0, 0]) + _syncsafe(len(body)) + body)
            shutil.copyfileobj(reader, writer, 1024 * 1024)
    return True


def _frames(body: bytes, version: int) -> bytes:
    """The frames without the padding behind them."""
    at = 0
    while at + 10 <= len(body) and body[at]:
        size = body[at + 4 : at + 8]
        at += 10 + (_from_syncsafe(size) if version == 4 else int.from_bytes(size, "big"))
    return body[:at]


def _text_frame(name: str, text: str, version: int) -> bytes:
    """A text with a name of its own; ComfyUI's editor looks for the zero behind it."""
    body = b"\0" + name.encode("latin-1") + b"\0" + text.encode("latin-1", "replace") + b"\0"
    size = _syncsafe(len(body)) if version == 4 else len(body).to_bytes(4, "big")
    return b"TXXX" + size + b"\0\0" + body


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _from_syncsafe(data: bytes) -> int:
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
    return number
