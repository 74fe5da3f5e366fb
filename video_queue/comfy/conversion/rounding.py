"""Numbers as the editor rounds them when a primitive writes into a widget: to the step, floats within their limits."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def rounded(kind: str, options: Mapping[str, Any], value: Any) -> Any:
    """The value that a widget of this kind takes; what is no finite number stays as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return value
    if kind == "INT":
        return _to_step(value, _number(options.get("step")) or 1, _number(options.get("min")) or 0)
    return _within_limits(value, options) if kind == "FLOAT" else value


def _to_step(value: float, step: float, least: float) -> float:
    """An integer at a whole number of steps from its smallest value."""
    if step == 1:
        return value if isinstance(value, int) else math.floor(value + 0.5)
    offset = math.fmod(least, step)
    return math.floor((value - offset) / step + 0.5) * step + offset


def _within_limits(value: float, options: Mapping[str, Any]) -> float:
    step = _number(options.get("step")) or 0.5
    digits = max(0, -math.floor(math.log10(abs(step))))
    unit = _number(options.get("round")) or (10.0**-digits if digits else 0)
    if not unit:
        return value
    nearest = round(math.floor(value / unit + 0.5) * unit, min(digits, 15))
    least, most = _number(options.get("min")) or 0, _number(options.get("max"))
    return min(max(nearest, least), 2048 if most is None else most)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_number else None
