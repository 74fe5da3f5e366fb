"""The promise under kills, ends, suspends and pauses, in its short form."""

from __future__ import annotations

import random
from pathlib import Path

from tests.crash.kill_loop import run_kill_loop


def test_nothing_is_lost_doubled_or_half_written(tmp_path: Path) -> None:
    report = run_kill_loop(tmp_path, prompts=12, troubles=5, rng=random.Random(7))
    assert report.problems == []
    assert report.troubles > 0
