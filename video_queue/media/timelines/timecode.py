"""Timecode: how editors label frames, after SMPTE ST 12-1.

Labels count whole frames a second, so at 29.97 they fall behind the clock. Drop-frame labels leave out the first two
(at 59.94 four) of each minute but the tenth, and stay with it.
"""

from __future__ import annotations

import re
from fractions import Fraction

_TEXT = re.compile(r"^(\d{1,2}):(\d\d):(\d\d)([:;.,])(\d{2,3})$")
_DROPPED = {Fraction(30000, 1001): 2, Fraction(60000, 1001): 4}  # labels a minute


def counted(rate: Fraction) -> int:
    """How many labels a second has."""
    return max(1, round(rate))


def can_drop(rate: Fraction) -> bool:
    """Whether drop-frame labels exist for this rate."""
    return rate in _DROPPED


def label(frame: int, rate: Fraction, *, drop: bool) -> str:
    """The label of the frame `frame` after 00:00:00:00; after a day it begins again."""
    base = counted(rate)
    if drop:
        frame = _with_dropped(frame, rate)
    frame %= base * 86400
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    width = len(str(base - 1))
    return f"{hours:02}:{minutes:02}:{seconds:02}{';' if drop else ':'}{frames:0{max(2, width)}}"


def parse_label(text: str, rate: Fraction) -> tuple[int, bool] | None:
    """The number of the frame that a label stands for, and whether it is drop-frame; None for another text."""
    match = _TEXT.match(text.strip())
    if not match:
        return None
    hours, minutes, seconds, frames = (int(match[place]) for place in (1, 2, 3, 5))
    base = counted(rate)
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= base:
        return None
    number = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    drop = match[4] != ":" and can_drop(rate)
    if drop:
        total = hours * 60 + minutes
        number -= _DROPPED[rate] * (total - total // 10)
    return number, drop


def _with_dropped(frame: int, rate: Fraction) -> int:
    """The frame's number with all labels that were left out before it."""
    dropped = _DROPPED[rate]
    minute = counted(rate) * 60 - dropped
    ten_minutes = minute * 10 + dropped
    tens, rest = divmod(frame, ten_minutes)
    missing = 9 * dropped * tens
    if rest >= minute + dropped:
        missing += dropped * ((rest - dropped) // minute)
    return frame + missing
