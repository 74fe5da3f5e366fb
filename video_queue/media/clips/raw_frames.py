"""Still pictures as raw frames for an encoder: read ahead in threads, upright, RGB, of one even size.

Reading them here rather than in ffmpeg names the broken file (VqError: input_missing, input_unreadable), and allows
any mix of formats and names.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from video_queue.domain.catalogue import fail
from video_queue.media.pictures import load_picture, probe_picture


def frame_size(path: Path) -> tuple[int, int, bool]:
    """Width and height of a picture as shown, and whether it has transparency."""
    facts = probe_picture(path)
    return facts.width, facts.height, facts.mode in ("RGBA", "LA", "PA")


def raw_frame(path: Path, size: tuple[int, int], padded: tuple[int, int]) -> bytes:
    """The picture's pixels as rgb24 rows; beyond its own size the last column and row are repeated.

    Raises:
        VqError: input_missing, input_unreadable, media_failed.frame_size.
    """
    picture = load_picture(path)
    if picture.size != size:
        actual, expected = f"{picture.width}x{picture.height}", f"{size[0]}x{size[1]}"
        raise fail("media_failed.frame_size", path=str(path), actual=actual, expected=expected)
    pixels = np.asarray(_eight_bit_rgb(picture))
    right, below = padded[0] - size[0], padded[1] - size[1]
    if right or below:
        pixels = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="edge")
    return pixels.tobytes()


async def raw_frames(
    paths: Sequence[Path], size: tuple[int, int], padded: tuple[int, int], *, ahead: int
) -> AsyncGenerator[bytes, None]:
    """The frames of `paths` in order, at most `ahead` of them read before they are needed."""
    waiting: deque[asyncio.Future[bytes]] = deque()
    try:
        for path in paths:
            waiting.append(asyncio.ensure_future(asyncio.to_thread(raw_frame, path, size, padded)))
            if len(waiting) > ahead:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for future in waiting:
            future.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _eight_bit_rgb(picture: Image.Image) -> Image.Image:
    """RGB with 8 bits; 16-bit greys are scaled, which Pillow's own conversion would cut off at 255."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        grey = np.asarray(picture).astype(np.uint32)
        return Image.fromarray((grey >> 8).astype(np.uint8)).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")
