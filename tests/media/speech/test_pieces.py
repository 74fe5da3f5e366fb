"""Long sound is cut where nobody speaks; nothing of it is lost, and no piece is too long."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from video_queue.media.speech.levels import STEP, Levels
from video_queue.media.speech.pieces import even_pieces, spoken_pieces


def levels(seconds: float, *pauses: tuple[float, float]) -> Levels:
    """A voice at about -20 dB, and -60 dB in the pauses."""
    values = np.random.default_rng(1).normal(-20, 3, round(seconds / STEP))
    for start, end in pauses:
        values[round(start / STEP) : round(end / STEP)] = -60
    return values


def test_pieces_are_cut_in_the_pauses_and_cover_everything() -> None:
    pauses = ((7, 8), (15.2, 16), (21, 22))
    pieces = even_pieces(levels(30, *pauses), 10)
    assert pieces[0].start == 0
    assert pieces[-1].end == 30
    assert all(before.end == after.start for before, after in pairwise(pieces))
    assert all(0 < piece.end - piece.start <= 10 for piece in pieces)
    cuts = [piece.end for piece in pieces[:-1]]
    assert [any(start <= cut <= end for start, end in pauses) for cut in cuts] == [True] * 3


@pytest.mark.parametrize("seconds", [0.2, 10, 10.01, 47.3])
def test_a_voice_without_pauses_is_cut_all_the_same(seconds: float) -> None:
    pieces = even_pieces(levels(seconds), 10)
    assert sum(piece.end - piece.start for piece in pieces) == pytest.approx(seconds)
    assert max(piece.end - piece.start for piece in pieces) <= 10


def test_what_is_said_has_a_margin_and_silence_is_left_out() -> None:
    pieces = spoken_pieces(levels(20, (0, 2), (5, 7), (18, 20)), -40, 8)
    assert (pieces[0].start, pieces[0].end) == (pytest.approx(1.85), pytest.approx(5.15))
    assert (pieces[1].start, pieces[-1].end) == (pytest.approx(6.85), pytest.approx(18.15))
    assert max(piece.end - piece.start for piece in pieces) <= 8
    assert spoken_pieces(np.full(500, -60.0), -40, 8) == []
