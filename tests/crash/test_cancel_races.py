"""The short form of `cancel_races`."""

from __future__ import annotations

import random
from pathlib import Path

from tests.crash.cancel_races import run_cancel_races


def test_a_cancel_at_the_last_moment_never_stops_another_render(tmp_path: Path) -> None:
    ended, problems = run_cancel_races(tmp_path, 100, random.Random(7))
    assert problems == []
    assert sum(ended.values()) == 100
