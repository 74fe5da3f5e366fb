"""Cutting long sound into pieces for a recogniser, where nobody speaks or where it is quietest."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from video_queue.domain.media.sound import Span
from video_queue.media.speech.levels import STEP, Levels
from video_queue.media.speech.silences import between, quiet_spans

_PAUSE = 0.5  # seconds between two sentences
_MARGIN = 0.15  # seconds that stay beside what is said
_WIDTH = 30  # levels: so long it has to be quiet


def even_pieces(levels: Levels, longest: float) -> list[Span]:
    """All of a sound in pieces of up to `longest` seconds, cut at the quietest moment of each one's second half."""
    return _spans(_cut(levels, 0, len(levels), round(longest / STEP)))


def spoken_pieces(levels: Levels, threshold: float, longest: float) -> list[Span]:
    """What is louder than `threshold`, sentence by sentence, in pieces of up to `longest` seconds."""
    length = len(levels) * STEP
    pieces: list[Span] = []
    for span in between(quiet_spans(levels, threshold, _PAUSE, length), length):
        first = max(0, round((span.start - _MARGIN) / STEP))
        end = min(len(levels), round((span.end + _MARGIN) / STEP))
        pieces += _spans(_cut(levels, first, end, round(longest / STEP)))
    return pieces


def _cut(levels: Levels, first: int, end: int, longest: int) -> list[tuple[int, int]]:
    cuts = [first]
    while end - cuts[-1] > longest:
        begin = cuts[-1] + longest // 2
        calm = np.convolve(levels[begin : cuts[-1] + longest], np.ones(_WIDTH), "valid")
        cuts.append(begin + int(np.argmin(calm)) + _WIDTH // 2)
    edges = [*cuts, end]
    return [pair for pair in pairwise(edges) if pair[1] > pair[0]]


def _spans(steps: Sequence[tuple[int, int]]) -> list[Span]:
    return [Span(start=round(first * STEP, 6), end=round(end * STEP, 6)) for first, end in steps]
