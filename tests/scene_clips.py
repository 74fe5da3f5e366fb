"""Clips with known cuts: every shot has its own colours and a moving bar, and is cut hard or faded through black."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.media_clips import make_clip

SIZE = (160, 96)
Pixels = NDArray[np.uint8]


def shot(kind: int, number: int, size: tuple[int, int] = SIZE) -> Pixels:
    """Frame `number` of shot `kind`: blocks of light that follow from `kind` alone, and a bar that moves on."""
    width, height = size
    blocks = np.random.default_rng(kind).integers(40, 220, (4, 6, 3)).astype(np.uint8)
    picture = np.kron(blocks, np.ones((height // 4, width // 6 + 1, 1), np.uint8))[:, :width].copy()
    left = number * 3 % width
    picture[height // 3 : height // 2, left : left + 8] = 255
    return picture


def make_scenes(path: Path, cuts: Sequence[int], frames: int, *, sound: str | None = None) -> Path:
    """`frames` frames at 30 fps, a new shot from each of `cuts` on."""

    def picture(number: int, size: tuple[int, int]) -> Pixels:
        return shot(sum(number >= cut for cut in cuts), number, size)

    return make_clip(path, frames, size=SIZE, sound=sound, picture=picture)


def make_fade(path: Path, frames: int, black: int, length: int) -> Path:
    """Two shots; within `length` frames of `black` the picture is darker, at `black` it is black."""

    def picture(number: int, size: tuple[int, int]) -> Pixels:
        light = min(1.0, abs(number - black) / length)
        return (shot(int(number >= black), number, size) * light).astype(np.uint8)

    return make_clip(path, frames, size=SIZE, sound=None, picture=picture)
