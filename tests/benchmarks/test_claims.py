"""The benchmark runs and prints a line for every queue; its figures are not judged here."""

from __future__ import annotations

from tests.benchmarks.running import printed_by


def test_quick_run_prints_every_queue_and_the_kill() -> None:
    printed = printed_by("claims.py", "--quick")
    rows = ("one model", "two models in turn", "each job its own model", "from kill -9 to the first claim")
    assert [row for row in rows if row not in printed] == []
