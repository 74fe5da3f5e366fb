"""Choosing frames of a clip by number, rate, time or range: arithmetic over the frames' own times."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import ceil

from video_queue.media.facts import MediaFacts
from video_queue.media.reading import INDEXED, FrameTimes

# Time bases round: a Matroska frame at 0.0667 is written as 0.067. A time this close before a frame means that frame.
_CLOSE = 0.0006
# Seeking saves decoding, and costs opening the file a second time.
_SEEK_FROM_SECONDS = 5.0


def frame_at(times: Sequence[float], moment: float) -> int:
    """The number of the frame that is shown at `moment` (the first one before the clip begins)."""
    return max(0, bisect_right(times, moment + _CLOSE) - 1)


def frames_between(times: Sequence[float], start: float | None, end: float | None) -> range:
    """The frames whose time lies in `start` <= time < `end`."""
    first = 0 if start is None else bisect_right(times, start - _CLOSE)
    last = len(times) if end is None else bisect_right(times, end - _CLOSE)
    return range(first, max(first, last))


def frames_at_rate(times: Sequence[float], length: float, fps: float, within: range) -> list[int]:
    """The frame shown at each tick of `fps` from the first frame of `within` to the end of its last one."""
    if not within:
        return []
    begin = times[within[0]]
    finish = times[within[-1] + 1] if within[-1] + 1 < len(times) else length
    ticks = max(1, ceil((finish - begin) * fps - 0.01))
    return [min(within[-1], frame_at(times, begin + tick / fps)) for tick in range(ticks)]


def seek_before(facts: MediaFacts, shown: FrameTimes, first: int) -> tuple[list[str], int]:
    """Input options that skip to frame `first`, and how many frames they skip.

    The point lies half way between two frames, where no rounding matters. Nothing is skipped where that saves
    little, or where seeking is not exact (containers without an index).
    """
    if not first or shown.times[first] < _SEEK_FROM_SECONDS or not facts.container.startswith(INDEXED):
        return [], 0
    halfway = (shown.times[first - 1] + shown.times[first]) / 2
    return ["-ss", f"{shown.start + halfway:.6f}"], first


def frame_range(facts: MediaFacts, shown: FrameTimes, first: int, end: int) -> tuple[list[str], str]:
    """Input options and a filter that give exactly the frames `first` up to, not including, `end`."""
    seek, skipped = seek_before(facts, shown, first)
    return seek, f"trim=start_frame={first - skipped}:end_frame={end - skipped},setpts=PTS-STARTPTS"


def select_expression(numbers: Sequence[int]) -> str:
    """An expression in `n` that is true for exactly these ascending frame numbers.

    A binary tree of comparisons: a sum of many terms is refused by ffmpeg's parser from about a hundred on.
    """
    return _tree(_runs(numbers))


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _tree(runs: Sequence[tuple[int, int]]) -> str:
    if len(runs) == 1:
        first, last = runs[0]
        return f"eq(n,{first})" if first == last else f"between(n,{first},{last})"
    middle = len(runs) // 2
    return f"if(lt(n,{runs[middle][0]}),{_tree(runs[:middle])},{_tree(runs[middle:])})"


def piecewise(values: Sequence[tuple[int, str]], name: str) -> str:
    """An expression that is each text from its number on (ascending, counted by the variable `name`)."""
    if len(values) == 1:
        return values[0][1]
    middle = len(values) // 2
    return f"if(lt({name},{values[middle][0]}),{piecewise(values[:middle], name)},{piecewise(values[middle:], name)})"
