"""PNG files as they are for an encoder: ffmpeg's own decoder is quicker than Pillow, and a pipe takes any names.

Each is checked here first, chunk by chunk, so that a broken one is named (VqError: input_missing, input_unreadable). A
picture of another kind than the first is decoded, and goes on as a PNG of that kind. Source: the PNG specification.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import unpack_from

from PIL import Image

from video_queue.media.clips.raw_frames import RawPicture, frame_pixels
from video_queue.media.unreadable import require_regular, unreadable

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = frozenset([b"IHDR", b"IDAT", b"IEND"])
# Turned, animated or with one colour that is transparent: decoded by Pillow, as other formats are.
_SPECIAL = frozenset([b"eXIf", b"acTL", b"tRNS"])
_RGB, _RGBA = 2, 6


@dataclass(frozen=True)
class PngKind:
    """What pictures have in common: their size, 8 bits a channel, and whether they have transparency."""

    size: tuple[int, int]
    alpha: bool

    def header(self) -> bytes:
        """The content of their first chunk; of two with the same one frames follow each other without a seam."""
        return b"".join(side.to_bytes(4, "big") for side in self.size) + bytes(
            [8, _RGBA if self.alpha else _RGB, 0, 0, 0]
        )


def png_kind(path: Path, raw: RawPicture) -> PngKind | None:
    """The kind of a picture that ffmpeg may decode itself; None where `raw` says that its pixels must be changed."""
    if path.suffix.lower() != ".png" or raw.deep or raw.padded != raw.size:
        return None
    with path.open("rb") as file:
        head = file.read(33)
    for alpha in (False, True):
        kind = PngKind(raw.size, alpha)
        if head[:8] == _SIGNATURE and head[16:29] == kind.header() and alpha >= raw.alpha:
            return kind
    return None


def png_frame(path: Path, raw: RawPicture, kind: PngKind) -> bytes:
    """The picture as a PNG of this kind, without all that says more than its pixels.

    Raises:
        VqError: input_missing, input_unreadable, media_failed.frame_size.
    """
    require_regular(path)
    chunks = _plain_chunks(path, path.read_bytes(), kind)
    return chunks if chunks is not None else _encoded(path, raw, kind)


def _plain_chunks(path: Path, data: bytes, kind: PngKind) -> bytes | None:
    """The chunks that hold pixels; None where the picture is of another kind."""
    if data[:8] != _SIGNATURE or data[16:29] != kind.header():
        return None
    kept = [_SIGNATURE]
    for name, chunk in _chunks(path, data):
        if name in _SPECIAL:
            return None
        if name in _KEPT:
            kept.append(chunk)
    return b"".join(kept)


def _chunks(path: Path, data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The name and the whole of each chunk up to the end of the picture."""
    offset, name = len(_SIGNATURE), b""
    while name != b"IEND":
        if offset + 12 > len(data):
            raise unreadable(path, "image", "its end is not there")
        length, name = unpack_from(">I4s", data, offset)
        chunk = data[offset : offset + 12 + length]
        offset += len(chunk)
        if len(chunk) < 12 + length:
            raise unreadable(path, "image", "its end is not there")
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise unreadable(path, "image", "it is damaged")
        yield name, chunk


def _encoded(path: Path, raw: RawPicture, kind: PngKind) -> bytes:
    pixels = frame_pixels(path, RawPicture(raw.size, raw.padded, alpha=kind.alpha))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
