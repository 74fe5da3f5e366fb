"""Still pictures as raw frames for an encoder: read ahead in threads, upright, RGB, of one even size.

Reading them here rather than in ffmpeg names the broken file (VqError: input_missing, input_unreadable), and allows
any mix of formats and names. The first picture decides whether they have 8 or 16 bits a channel.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from video_queue.domain.catalogue import fail
from video_queue.media.deep_pictures import load_deep
from video_queue.media.pictures import load_picture, probe_picture


@dataclass(frozen=True)
class RawPicture:
    """How frames reach the encoder: their size, `padded` to what it needs, `deep` with 16 bits, with `alpha` or not."""

    size: tuple[int, int]
    padded: tuple[int, int]
    deep: bool = False
    alpha: bool = False

    @property
    def pixels(self) -> str:
        """ffmpeg's name of the pixel format."""
        names = {
            (False, False): "rgb24",
            (False, True): "rgba",
            (True, False): "rgb48le",
            (True, True): "rgba64le",
        }
        return names[self.deep, self.alpha]


def frame_pixels(path: Path, raw: RawPicture) -> NDArray[Any]:
    """The picture's pixels, (height, width, channels); beyond its own size the last column and row are repeated.

    Raises:
        VqError: input_missing, input_unreadable, media_failed.frame_size.
    """
    pixels = _deep_pixels(path, alpha=raw.alpha) if raw.deep else _pixels(path, alpha=raw.alpha)
    width, height = raw.size
    if pixels.shape[:2] != (height, width):
        actual, expected = f"{pixels.shape[1]}x{pixels.shape[0]}", f"{width}x{height}"
        raise fail("media_failed.frame_size", path=str(path), actual=actual, expected=expected)
    right, below = raw.padded[0] - width, raw.padded[1] - height
    if right or below:
        pixels = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="edge")
    return pixels


def raw_frame(path: Path, raw: RawPicture) -> bytes:
    """The same as rows of bytes."""
    return frame_pixels(path, raw).tobytes()


async def read_ahead(
    paths: Sequence[Path], read: Callable[[Path], bytes], *, ahead: int
) -> AsyncGenerator[bytes, None]:
    """What `read` gives of `paths` in order, at most `ahead` of them before they are needed."""
    waiting: deque[asyncio.Future[bytes]] = deque()
    try:
        for path in paths:
            waiting.append(asyncio.ensure_future(asyncio.to_thread(read, path)))
            if len(waiting) > ahead:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for future in waiting:
            future.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _deep_pixels(path: Path, *, alpha: bool) -> NDArray[Any]:
    """16 bits a channel, little-endian; a picture with 8 bits is spread over the same range."""
    if probe_picture(path).depth > 8:
        return load_deep(path, alpha=alpha).astype("<u2", copy=False)
    return _pixels(path, alpha=alpha).astype("<u2") * np.uint16(257)


def _pixels(path: Path, *, alpha: bool) -> NDArray[Any]:
    return np.asarray(_eight_bit(load_picture(path), "RGBA" if alpha else "RGB"))


def _eight_bit(picture: Image.Image, mode: str) -> Image.Image:
    """RGB with 8 bits; 16-bit greys are scaled, which Pillow's own conversion would cut off at 255."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        grey = np.asarray(picture).astype(np.uint32)
        return Image.fromarray((grey >> 8).astype(np.uint8)).convert(mode)
    return picture if picture.mode == mode else picture.convert(mode)
