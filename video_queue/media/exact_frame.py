"""One frame of a clip, or one picture, as a WebP for the eye: for before and after, and to compare. Blocking."""

from __future__ import annotations

import io
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from video_queue.domain.catalogue import fail
from video_queue.media.clips.picking import frame_at
from video_queue.media.facts import probe
from video_queue.media.pictures import PICTURE_SUFFIXES, load_picture
from video_queue.media.reading import FrameTimes, read_times

if TYPE_CHECKING:
    from PIL import Image

LONGEST_SIDE = 1920
_QUALITY = 92
# A page asks for the same frame of four clips at once; more than two at a time help nobody.
_decoding = threading.BoundedSemaphore(2)


def picture_bytes(path: Path, *, longest: int = LONGEST_SIDE) -> bytes:
    """A picture as WebP, at most `longest` pixels a side.

    Raises:
        VqError: input_missing, input_unreadable.
    """
    with _decoding, load_picture(path) as picture:
        return _webp(picture, longest)


def frame_bytes(
    path: Path,
    stop: threading.Event,
    *,
    number: int | None = None,
    moment: float | None = None,
    longest: int = LONGEST_SIDE,
) -> bytes:
    """The frame `number` of a clip, or the one that is shown at `moment` (seconds), as WebP; beyond the end the last.

    Raises:
        VqError: input_missing, input_unreadable.
        StoppedError: `stop` was set.
    """
    from video_queue.media.clips.frame_pictures import pictures_at  # PyAV and Pillow: a start does without

    if path.suffix.lower() in PICTURE_SUFFIXES - {".gif"}:
        return picture_bytes(path, longest=longest)
    with _decoding:
        facts = probe(path)
        if facts.kind == "image":
            with load_picture(path) as picture:
                return _webp(picture, longest)
        status = path.stat()
        shown = _times(_File(path, status.st_size, status.st_mtime_ns))
        wanted = frame_at(shown.times, moment) if moment is not None else number or 0
        wanted = min(wanted, len(shown.times) - 1)
        for _, picture in pictures_at(path, facts, shown, [wanted], stop):
            return _webp(picture, longest)
    raise fail("input_unreadable.no_stream", path=str(path), kind="video")


class _File(NamedTuple):
    """A file as it is now."""

    path: Path
    size: int
    changed: int


@lru_cache(maxsize=32)
def _times(file: _File) -> FrameTimes:
    """When each frame of a clip is shown; all of it is read, once for as long as the file stays as it is."""
    return read_times(file.path)


def _webp(picture: Image.Image, longest: int) -> bytes:
    plain = picture.convert("RGBA" if picture.mode in ("RGBA", "LA", "PA", "P") else "RGB")
    plain.thumbnail((longest, longest))
    buffer = io.BytesIO()
    plain.save(buffer, "WEBP", quality=_QUALITY, method=1)
    return buffer.getvalue()
