"""The benchmark runs and prints its figure; it is not judged here."""

from __future__ import annotations

from benchmarks.figure import read_figures
from tests.benchmarks.running import printed_by


def test_a_small_run_prints_how_long_it_took() -> None:
    assert read_figures(printed_by("sockets.py", "--quick")).keys() == {"socket_p99_ms"}
