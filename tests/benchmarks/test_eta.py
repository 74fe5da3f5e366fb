"""Made-up histories of known laws, replayed: how good estimates were."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import islice
from statistics import median

import pytest

from benchmarks.eta import Prediction, replay
from benchmarks.eta_histories import HISTORIES


def share_in_range(predictions: list[Prediction]) -> float:
    return sum(item.held for item in predictions) / len(predictions)


@pytest.mark.parametrize("name", list(HISTORIES))
def test_times_are_followed_whatever_they_grow_with(name: str) -> None:
    predictions = replay(islice(HISTORIES[name](random.Random(1)), 50))
    by_kind = defaultdict(list)
    for item in predictions:
        by_kind[item.before >= 5].append(item.error)
    assert median(by_kind[True]) <= 0.25
    assert share_in_range(predictions) >= 0.6
