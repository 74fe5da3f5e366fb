"""The benchmark runs and prints a line for every figure; they are not judged here."""

from __future__ import annotations

from tests.benchmarks.running import printed_by


def test_a_small_run_prints_every_figure() -> None:
    printed = printed_by("watch.py", "--files", "20", "--tree", "20", "--idle", "0.1")
    rows = ("scan of 20 files", "idle watch of 20 files", "20 files at once")
    assert [row for row in rows if row not in printed] == []
