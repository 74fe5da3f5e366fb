"""Turning, mirroring and fitting pictures: the filters, and the exact sizes that they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from video_queue.media.facts import MediaFacts

_SAME_SHAPE = 0.01
_SCALER = "flags=lanczos+accurate_rnd"
_TURNS = {0: [], 90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}
_MIRRORS = {"none": [], "horizontal": ["hflip"], "vertical": ["vflip"]}


@dataclass(frozen=True)
class Shape:
    """Filters, the size they lead to, and what the artist should know."""

    filters: list[str]
    width: int
    height: int
    warnings: list[str]


def turn_filters(facts: MediaFacts, rotate: int, mirror: str) -> tuple[list[str], int, int]:
    """Filters for turning clockwise, then mirroring, and the size after them."""
    width, height = facts.width or 0, facts.height or 0
    if rotate in (90, 270):
        width, height = height, width
    return [*_TURNS[rotate], *_MIRRORS[mirror]], width, height


def target_size(size: str, width: int, height: int, sar: float = 1.0) -> tuple[int, int]:
    """The size `WxH`, `Wx` or `xH` means for a picture of `width` x `height`, made even."""
    across, _, down = size.partition("x")
    shape = width * sar / height
    wide = int(across) if across else round(int(down) * shape)
    tall = int(down) if down else round(int(across) / shape)
    return max(2, wide + wide % 2), max(2, tall + tall % 2)


def fit_filters(
    width: int, height: int, to: tuple[int, int], fit: Literal["pad", "crop", "stretch"], sar: float = 1.0
) -> list[str]:
    """Filters that bring a picture to exactly `to`: with bars, cut at the sides, or stretched; square pixels."""
    shape, target = width * sar / height, to[0] / to[1]
    if fit == "stretch" or abs(shape / target - 1) < _SAME_SHAPE:
        return [f"scale={to[0]}:{to[1]}:{_SCALER}", "setsar=1"]
    by_width = (shape > target) == (fit == "pad")
    scaled = (to[0], round(to[0] / shape)) if by_width else (round(to[1] * shape), to[1])
    even = tuple(max(2, side - side % 2 if fit == "pad" else side + side % 2) for side in scaled)
    finish = f"pad={to[0]}:{to[1]}:-1:-1" if fit == "pad" else f"crop={to[0]}:{to[1]}"
    return [f"scale={even[0]}:{even[1]}:{_SCALER}", finish, "setsar=1"]


def even_padding(width: int, height: int) -> list[str]:
    """Filters that repeat the last column or row of an odd size, which ffmpeg would silently cut off."""
    right, below = width % 2, height % 2
    if not right and not below:
        return []
    return [
        f"pad={width + right}:{height + below}:0:0",
        f"fillborders=right={right}:bottom={below}:mode=smear",
    ]


def shape_for(facts: MediaFacts, *, size: str | None, rotate: int, mirror: str, even: bool) -> Shape:
    """Everything `media.convert` does to a picture's shape; odd sizes grow by one pixel where `even` is needed."""
    filters, width, height = turn_filters(facts, rotate, mirror)
    sar = float(facts.sar if rotate in (0, 180) else 1 / facts.sar)
    if size is not None:
        to = target_size(size, width, height, sar)
        bars = abs((width * sar / height) / (to[0] / to[1]) - 1) >= _SAME_SHAPE
        warning = f"bars were added: {width}x{height} has another shape than {to[0]}x{to[1]}"
        warnings = [warning] if bars else []
        return Shape([*filters, *fit_filters(width, height, to, "pad", sar)], *to, warnings)
    if even and (width % 2 or height % 2):
        to = width + width % 2, height + height % 2
        warnings = [f"{width}x{height} grew to {to[0]}x{to[1]}: this format needs even sizes"]
        return Shape([*filters, *even_padding(width, height)], *to, warnings)
    return Shape(filters, width, height, [])
