"""The short form of `watch_kills`."""

from __future__ import annotations

import random
from pathlib import Path

from tests.crash import watch_kills


def test_every_file_has_exactly_one_job_however_often_the_server_was_killed(tmp_path: Path) -> None:
    report = watch_kills.run(tmp_path, files=24, kills=2, rng=random.Random(5))
    assert (report.lost, report.doubled) == ([], [])
