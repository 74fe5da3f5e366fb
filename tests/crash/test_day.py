"""A day with every kind of trouble, in its short form."""

from __future__ import annotations

import random
from pathlib import Path

from tests.crash.day import run_day


def test_in_the_evening_everything_has_ended_as_it_should(tmp_path: Path) -> None:
    day = run_day(tmp_path, steps=30, most_inputs=4, rng=random.Random(1))
    assert day.problems == []
    assert day.done["submit"] > 0
