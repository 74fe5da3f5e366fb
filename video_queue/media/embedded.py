"""Texts that programs keep inside media files, by name: PNG's text chunks, EXIF, a container's tags.

ComfyUI writes `prompt` and `workflow` into them; where a picture has EXIF only, as `workflow:{...}` in plain tags.
Nothing is decoded; chunks and texts of more than `LIMIT` bytes are skipped.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from video_queue.media.pictures import open_picture
from video_queue.media.reading import open_media
from video_queue.media.unreadable import reason, unreadable

LIMIT = 32 << 20
PNG = b"\x89PNG\r\n\x1a\n"
# `comf` is what ComfyUI puts into animated PNG, whose other texts Pillow would not write.
_TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"comf"})
_EXIF_IFD = 0x8769
_USER_COMMENT_HEAD = 8
_NAMED = re.compile(r"\s*([A-Za-z_]{1,40})\s*:\s*(?=\{)")
_PICTURES = (b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")


def embedded_texts(path: Path) -> dict[str, str]:
    """Every text of a file by its name in small letters; of two with one name the first.

    Raises:
        VqError: input_missing, input_unreadable for a file that is no medium.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(16)
        if head.startswith(PNG):
            return _by_name(png_texts(file))
    if head.startswith(_PICTURES) or head[8:12] == b"WEBP" or head[8:12] in (b"avif", b"avis"):
        return _by_name(_picture_texts(path))
    with open_media(path) as container:
        tags = [container.metadata, *(stream.metadata for stream in container.streams)]
        return _by_name(pair for metadata in tags for pair in metadata.items())


def png_texts(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """(name, text) of the text chunks of a PNG, wherever they stand."""
    file.seek(len(PNG))
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind in _TEXT_CHUNKS and length <= LIMIT:
            name, _zero, rest = file.read(length).partition(b"\0")
            text = _chunk_text(kind, rest)
            if text is not None:
                yield name.decode("latin-1"), text
            file.seek(4, 1)
        else:
            file.seek(length + 4, 1)


def _chunk_text(kind: bytes, rest: bytes) -> str | None:
    """The text behind a chunk's name: https://www.w3.org/TR/png-3/#11textinfo"""
    if kind == b"zTXt":
        packed = _unpacked(rest[1:])
        return packed.decode("latin-1") if packed is not None else None
    if kind != b"iTXt":
        # Some write UTF-8 where the format has Latin-1.
        return _decoded(rest)
    if len(rest) < 2:
        return None
    text = rest[2:].split(b"\0", 2)[-1]
    plain = _unpacked(text) if rest[0] else text
    return plain.decode("utf-8", "replace") if plain is not None else None


def _unpacked(data: bytes) -> bytes | None:
    """What zlib packed, if it is not too much."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, LIMIT)
    except zlib.error:
        return None
    return text if unpacker.eof else None


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _picture_texts(path: Path) -> Iterator[tuple[str, str]]:
    """EXIF's texts and what the format itself has, under the names they begin with."""
    with open_picture(path) as image:
        try:
            exif = image.getexif()
            tags: dict[Any, Any] = {**exif.get_ifd(_EXIF_IFD), **exif, **image.info}
        except Exception as error:  # Pillow's readers raise errors of every type for broken files
            raise unreadable(path, "image", reason(error)) from error
    for key, value in tags.items():
        text = _exif_text(value)
        if match := _NAMED.match(text):
            yield match[1], text[match.end() :]
        elif text.lstrip().startswith("{"):
            yield str(key), text


def _exif_text(value: Any) -> str:
    """A tag's value as text; a UserComment begins with the name of its encoding."""
    if isinstance(value, bytes):
        if value.startswith(b"UNICODE\0"):
            body = value[_USER_COMMENT_HEAD:]
            return body.decode("utf-16-be" if body[:1] == b"\0" else "utf-16-le", "replace").strip("\0")
        return _decoded(value.removeprefix(b"ASCII\0\0\0")).strip("\0")
    return value.strip("\0") if isinstance(value, str) else ""


def _by_name(texts: Iterable[tuple[str, str]]) -> dict[str, str]:
    by_name: dict[str, str] = {}
    for name, text in texts:
        if len(text) <= LIMIT:
            by_name.setdefault(name.lower(), text)
    return by_name
