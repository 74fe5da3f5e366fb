"""The short form of `storms`."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from tests.crash.storms import run_storms


def test_whatever_is_asked_at_the_same_time_counts_events_and_ends_are_right(tmp_path: Path) -> None:
    storms = asyncio.run(run_storms(tmp_path, 12, random.Random(1)))
    assert storms.problems == []
