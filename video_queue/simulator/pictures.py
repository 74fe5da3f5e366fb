"""Deterministic pictures: what the pretended diffusion nodes draw. The same words and numbers give the same pixels.

Arrays are uint8, height x width x 3 (RGB).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class PictureRecipe:
    """Everything that decides a drawn picture, apart from its size and source."""

    seed: int
    positive: str
    negative: str
    model: str
    cfg: float
    loras: tuple[tuple[str, float], ...] = field(default=())

    def numbers(self, index: int) -> NDArray[np.float64]:
        """Twelve numbers in [0, 1) that stand for this recipe; `index` is the place in the batch."""
        words = repr((self.seed, self.positive, self.negative, self.model, self.cfg, self.loras, index))
        digest = hashlib.sha384(words.encode()).digest()
        return np.frombuffer(digest, dtype=">u4").astype(np.float64) / 2.0**32


def draw(recipe: PictureRecipe, width: int, height: int, index: int = 0) -> Picture:
    """A picture from nothing: waves of two colours with a bright disc, placed by the recipe."""
    n = recipe.numbers(index)
    y, x = _grid(width, height)
    wave = np.sin(6.28 * (x * (1 + 3 * n[0]) + y * (1 + 3 * n[1]) + n[2]))
    wave = (wave + np.sin(6.28 * (x * 2 * n[3] - y * (1 + 2 * n[4]) + n[5]))) / 4 + 0.5
    low, high = _colour(n[6]), _colour((n[6] + 0.33 + 0.34 * n[7]) % 1.0)
    disc = np.hypot((x - n[8]) * width / max(height, 1), y - n[9]) < 0.1 + 0.15 * n[10]
    picture = low + (high - low) * wave[..., None]
    picture[disc] = picture[disc] * 0.3 + 0.7 * _colour((n[6] + 0.5) % 1.0)
    return _to_bytes(picture)


def restyle(source: Picture, recipe: PictureRecipe, denoise: float, index: int = 0) -> Picture:
    """The source, posterised and tinted by the recipe; `denoise` 0 keeps it, 1 keeps only its shapes.

    `index` moves nothing: every frame of a clip gets the same tint, so that a clip stays calm.
    """
    del index
    n = recipe.numbers(0)
    grey = source.astype(np.float32).mean(axis=2) / 255.0
    levels = 3 + int(4 * n[0])
    steps = np.floor(grey * levels).clip(0, levels - 1) / (levels - 1)
    dark, light = _colour(n[6]) * 0.35, 0.55 + 0.45 * _colour((n[6] + 0.15 + 0.3 * n[7]) % 1.0)
    toned = dark + (light - dark) * steps[..., None]
    amount = 0.25 + 0.75 * denoise if denoise > 0 else 0.0
    return _to_bytes(source.astype(np.float32) / 255.0 * (1 - amount) + toned * amount)


def noisy(picture: Picture, share: float, recipe: PictureRecipe) -> Picture:
    """The picture under `share` (0..1) of grain: what a preview shows in the middle of sampling."""
    seed = int(recipe.numbers(0)[11] * 2**32)
    grain = np.random.default_rng(seed).integers(0, 256, picture.shape, dtype=np.uint8)
    return _to_bytes((picture * (1 - share) + grain * share) / 255.0)


def _grid(width: int, height: int) -> tuple[Floats, Floats]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return y / max(height, 1), x / max(width, 1)


def _colour(hue: float) -> Floats:
    angles = 6.2832 * (hue + np.array([0.0, 1 / 3, 2 / 3]))
    return (0.5 + 0.45 * np.cos(angles)).astype(np.float32)


def _to_bytes(values: Any) -> Picture:
    return np.asarray(np.clip(values, 0.0, 1.0) * 255.0 + 0.5, dtype=np.uint8)
