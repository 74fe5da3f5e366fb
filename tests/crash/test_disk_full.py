"""The short form of `disk_full`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.disk_full import points, run_points
from tests.ram_disk import RamDisk


def test_a_disk_that_fills_up_at_any_moment_is_named_and_costs_nothing_but_time(tmp_path: Path) -> None:
    disk = RamDisk(tmp_path / "disk")
    disk.unmount()
    if not disk.is_real:
        pytest.skip("no disk can be mounted here")
    reports = run_points(tmp_path, points(40)[::4])
    assert [(report.point, report.problems) for report in reports if report.problems] == []
    assert sum(report.said for report in reports) > 1
