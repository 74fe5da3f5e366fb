"""The benchmark runs and prints a line for one and for two; its figures are not judged here."""

from __future__ import annotations

from tests.benchmarks.running import printed_by


def test_quick_run_prints_one_and_two() -> None:
    printed = printed_by("instances.py", "--quick")
    assert [row for row in ("one instance:", "two instances:") if row not in printed] == []
