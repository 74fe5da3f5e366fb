"""Pictures with more than 8 bits a channel through PyAV: 16-bit PNG and TIFF, DPX, OpenEXR.

OpenEXR holds light, not screen values, so it is brought to sRGB as a picture for the screen has it. Every function
raises VqError: input_missing, input_unreadable.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from video_queue.media.unreadable import MAX_PIXELS, reason, require_regular, unreadable

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

# Formats that only PyAV reads; 16-bit PNG and TIFF are read by both, by Pillow with 8 bits.
ONLY_DEEP = frozenset({".exr", ".dpx"})
_DEMUXERS = {
    ".exr": "exr_pipe",
    ".dpx": "dpx_pipe",
    ".png": "png_pipe",
    ".tif": "tiff_pipe",
    ".tiff": "tiff_pipe",
}
_EXR_MAGIC = b"\x76\x2f\x31\x01"
_TILED, _MULTIPART = 0x200, 0x1000
_LARGEST_HEADER = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class DeepFacts:
    """A deep picture's size, format, bits a channel (of floats 16) and transparency."""

    width: int
    height: int
    codec: str
    depth: int
    alpha: bool


def probe_deep(path: Path) -> DeepFacts:
    """What the picture is; it is decoded for that."""
    frame = _decoded(path)
    parts = frame.format.components
    depth = min(16, max(part.bits for part in parts))
    alpha = any(part.is_alpha for part in parts)
    return DeepFacts(frame.width, frame.height, path.suffix.lower()[1:], depth, alpha)


def load_deep(path: Path, *, alpha: bool) -> NDArray[np.uint16]:
    """(height, width, 3 or 4): the picture with 16 bits a channel, decoded to its end."""
    if alpha and path.suffix.lower() == ".exr":
        return _screen_values(_decoded(path, linear=True).reformat(format="gbrapf32le").to_ndarray())
    frame = _decoded(path).reformat(format="rgba64le" if alpha else "rgb48le")
    return frame.to_ndarray().astype("uint16", copy=False)


def _screen_values(light: NDArray[Any]) -> NDArray[np.uint16]:
    """(height, width, 4) of linear light, multiplied by alpha as OpenEXR has it, as sRGB that is not."""
    import numpy as np  # here: a start does without

    alpha = np.clip(light[..., 3:], 0, 1)
    light = np.clip(
        np.divide(light[..., :3], alpha, out=np.zeros_like(light[..., :3]), where=alpha > 0), 0, 1
    )
    screen = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(np.concatenate([screen, alpha], axis=2) * 65535).astype(np.uint16)


def _decoded(path: Path, *, linear: bool = False) -> VideoFrame:
    import av
    from av.error import FFmpegError

    require_regular(path)
    suffix = path.suffix.lower()
    if suffix == ".exr":
        _require_whole_exr(path)
    options = {"max_pixels": str(MAX_PIXELS)}
    if suffix == ".exr" and not linear:
        options["apply_trc"] = "iec61966_2_1"
    try:
        with av.open(f"file:{path.absolute()}", format=_DEMUXERS[suffix]) as container:
            stream = container.streams.video[0]
            stream.codec_context.options = options
            frames: list[Any] = list(container.decode(stream))
    except (FFmpegError, OSError, ValueError, ArithmeticError, MemoryError, IndexError) as error:
        raise unreadable(path, "image", reason(error)) from error
    if not frames:
        raise unreadable(path, "image", "it holds no picture")
    frame: VideoFrame = frames[0]
    return frame


def _require_whole_exr(path: Path) -> None:
    """Raise VqError where the end of an OpenEXR file is missing: its reader leaves that black and says nothing."""
    with path.open("rb") as file:
        head = file.read(_LARGEST_HEADER)
    size = path.stat().st_size
    if head[:4] != _EXR_MAGIC:
        raise unreadable(path, "image", "it is no OpenEXR file")
    flags = struct.unpack_from("<I", head, 4)[0] if len(head) >= 8 else 0
    if flags & _MULTIPART:
        return
    try:
        table = _end_of_header(head)
        first = struct.unpack_from("<Q", head, table)[0]
        offsets = struct.unpack_from(f"<{max(1, (first - table) // 8)}Q", head, table)
    except (struct.error, ValueError, OverflowError, MemoryError):
        raise unreadable(path, "image", "its header is damaged") from None
    place = max(offsets) + (16 if flags & _TILED else 4)
    with path.open("rb") as file:
        file.seek(min(place, size))
        length = file.read(4)
    if len(length) < 4 or place + 4 + struct.unpack("<i", length)[0] > size:
        raise unreadable(path, "image", "it ends early")


def _end_of_header(head: bytes) -> int:
    """Where the table of offsets begins: attributes are a name, a type, a length and a value, up to an empty name."""
    place = 8
    while head[place : place + 1] not in (b"\0", b""):
        for _ in range(2):
            place = head.index(b"\0", place) + 1
        place += 4 + struct.unpack_from("<I", head, place)[0]
    return place + 1
