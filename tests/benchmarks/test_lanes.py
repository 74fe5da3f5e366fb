"""The benchmark runs and prints a line for both ways; its figures are not judged here."""

from __future__ import annotations

from tests.benchmarks.running import printed_by


def test_quick_run_prints_both_ways() -> None:
    printed = printed_by("lanes.py", "--quick")
    rows = ("a script, one clip after the other: GPU busy", "video_queue: GPU busy")
    assert [row for row in rows if row not in printed] == []
