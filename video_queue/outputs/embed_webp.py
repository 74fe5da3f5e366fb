"""Texts inside WebP, as ComfyUI writes them: EXIF tags that begin with their name (`prompt:{...}`).

The picture's own chunks stay as they are; a file in the simple layout gets the header that names its EXIF
(https://developers.google.com/speed/webp/docs/riff_container).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

_HAS_EXIF, _HAS_ALPHA = 0x08, 0x10
# EXIF's tags Model, Make and ImageDescription, one text each.
_EXIF_TAGS = (0x0110, 0x010F, 0x010E)
_ASCII = 2

_Chunk = tuple[bytes, bytes]


def embed_webp(source: Path, target: Path, tags: Mapping[str, str]) -> bool:
    """Copy `source` to `target` with `tags` (at most three). False, and no `target`, for one that has EXIF already, or
    has another layout.

    Raises:
        OSError: when `target` cannot be written.
    """
    chunks = _chunks(source.read_bytes())
    header = _header(chunks)
    if header is None or any(kind == b"EXIF" for kind, _body in chunks):
        return False
    image = [chunk for chunk in chunks if chunk[0] not in (b"VP8X", b"XMP ")]
    last = [chunk for chunk in chunks if chunk[0] == b"XMP "]
    body = b"WEBP" + _joined([(b"VP8X", header), *image, (b"EXIF", _exif(tags)), *last])
    with target.open("xb") as writer:
        writer.write(b"RIFF" + struct.pack("<I", len(body)) + body)
    return True


def _chunks(data: bytes) -> list[_Chunk]:
    """Every chunk with its body; none unless they end exactly with the file."""
    chunks, at = [], 12
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return []
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        chunks.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return chunks if at == len(data) else []


def _header(chunks: list[_Chunk]) -> bytes | None:
    """The extended header: flags, and width and height less one in 24 bits each."""
    if not chunks:
        return None
    kind, body = chunks[0]
    if kind == b"VP8X" and len(body) == 10:
        return bytes([body[0] | _HAS_EXIF]) + body[1:]
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", body, 6))
        return _extended(_HAS_EXIF, width, height)
    if kind == b"VP8L" and len(body) > 5 and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        alpha = _HAS_ALPHA if bits >> 28 & 1 else 0
        return _extended(_HAS_EXIF | alpha, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return None


def _extended(flags: int, width: int, height: int) -> bytes:
    return bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def _exif(tags: Mapping[str, str]) -> bytes:
    """A TIFF directory of texts, in the order of their tags."""
    texts = sorted(
        (tag, f"{name}:{text}".encode() + b"\0")
        for tag, (name, text) in zip(_EXIF_TAGS, tags.items(), strict=False)
    )
    at = 8 + 2 + 12 * len(texts) + 4
    entries = b""
    for tag, text in texts:
        entries += struct.pack("<HHII", tag, _ASCII, len(text), at)
        at += len(text)
    directory = struct.pack("<H", len(texts)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + b"".join(text for _tag, text in texts)


def _joined(chunks: Iterable[_Chunk]) -> bytes:
    return b"".join(
        kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for kind, body in chunks
    )
