"""A history that was recorded from real runs, and made-up ones of known laws, replayed: how good estimates were."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import islice
from pathlib import Path
from statistics import median

import pytest

from benchmarks.eta import Prediction, read_recording, replay
from benchmarks.eta_histories import HISTORIES

RECORDING = Path(__file__).parent / "eta_recording.jsonl"


def share_in_range(predictions: list[Prediction]) -> float:
    return sum(item.held for item in predictions) / len(predictions)


def test_what_was_estimated_of_real_encodes_is_what_they_took() -> None:
    """Clips of little and of much to see, by their density a thousand times apart; processor seconds of each."""
    [runs] = read_recording(RECORDING).values()
    predictions = replay(runs)
    assert 0.7 <= share_in_range(predictions) <= 0.95
    assert median(item.error for item in predictions[10:]) <= 0.4
    assert median(item.error for item in predictions if item.alike) <= 0.3


@pytest.mark.parametrize("name", list(HISTORIES))
def test_times_are_followed_whatever_they_grow_with(name: str) -> None:
    predictions = replay(islice(HISTORIES[name](random.Random(1)), 50))
    by_kind = defaultdict(list)
    for item in predictions:
        by_kind[item.before >= 5].append(item.error)
    assert median(by_kind[True]) <= 0.25
    assert share_in_range(predictions) >= 0.6
