"""The benchmark runs and prints its figure; it is not judged here."""

from __future__ import annotations

from tests.benchmarks.running import printed_by


def test_a_small_run_prints_the_rate() -> None:
    printed = printed_by("submits.py", "--quick")
    assert "jobs a second" in printed
