"""Stretches of silence and what lies between them: from levels to seconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from video_queue.domain.media.sound import Span
from video_queue.media.speech.levels import STEP, Levels

_CLICK = 2  # levels: a click this short does not end a silence


def quiet_spans(levels: Levels, threshold: float, shortest: float, length: float) -> list[Span]:
    """Where the levels stay below `threshold` for `shortest` seconds or more, up to `length`.

    Beyond the last level there is nothing to hear.
    """
    steps = max(len(levels), round(length / STEP))
    quiet = np.ones(steps, bool)
    quiet[: len(levels)] = levels < threshold
    for begin, end in _runs(~quiet):
        if end - begin <= _CLICK and begin > 0 and end < steps:
            quiet[begin:end] = True
    spans = [
        Span(start=round(begin * STEP, 6), end=round(length if end == steps else min(length, end * STEP), 6))
        for begin, end in _runs(quiet)
    ]
    return long_enough(spans, shortest)


def long_enough(spans: Sequence[Span], shortest: float) -> list[Span]:
    """Those of `shortest` seconds or more."""
    return [span for span in spans if span.end - span.start >= shortest - 1e-6]


def between(spans: Sequence[Span], length: float) -> list[Span]:
    """What lies between `spans` (ascending), from 0 to `length` seconds."""
    edges = [0.0, *(edge for span in spans for edge in (span.start, span.end)), length]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return [Span(start=round(start, 6), end=round(end, 6)) for start, end in gaps if end > start]


def _runs(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """The runs of true values: the first, and one after the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False]))))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]
