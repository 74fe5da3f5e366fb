"""Sizes as they are written, and the size that a job renders at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INPUT = "input"
_SIZE = re.compile(r"\s*([0-9]{1,5})\s*[xX×*]\s*([0-9]{1,5})\s*")
_MAX_SIDE = 32768


def parse_size(value: Any) -> tuple[int, int] | None:
    """(width, height) from "832x480", {"width", "height"} or [width, height]; None for anything else."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        sides: list[Any] = [int(match[1]), int(match[2])]
    elif isinstance(value, Mapping) and value.keys() == {"width", "height"}:
        sides = [value["width"], value["height"]]
    elif isinstance(value, list | tuple) and len(value) == 2:
        sides = list(value)
    else:
        return None
    whole = all(isinstance(side, int) and not isinstance(side, bool) for side in sides)
    return (sides[0], sides[1]) if whole and all(1 <= side <= _MAX_SIDE for side in sides) else None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The size a job renders at; without width and height it is its input's. `flip` swaps the sides.

    `text` is how a job stores it: `832x480`, `input`, `input flip` (an explicit size is stored swapped already).
    """

    width: int | None = None
    height: int | None = None
    flip: bool = False

    @property
    def text(self) -> str:
        """The resolution as `parse_stored` reads it."""
        if self.width is not None:
            return f"{self.width}x{self.height}"
        return f"{INPUT} flip" if self.flip else INPUT

    def size(self, width: int | None, height: int | None) -> tuple[int | None, int | None]:
        """(width, height) for an input of the given size; None where neither knows."""
        if self.width is not None:
            return self.width, self.height
        return (height, width) if self.flip else (width, height)


def parse_stored(text: str | None) -> Resolution | None:
    """The Resolution that `Resolution.text` wrote; None for None."""
    if text is None:
        return None
    size = parse_size(text)
    return Resolution(*size) if size else Resolution(flip=text.endswith("flip"))
