"""One figure as a line that `benchmarks.all` reads: its name in benchmarks/goals.py, and its value."""

from __future__ import annotations

_SIGN = "figure:"


def print_figure(name: str, value: float) -> None:
    """Print `figure: NAME VALUE`."""
    print(f"{_SIGN} {name} {value:.6g}", flush=True)


def read_figures(printed: str) -> dict[str, float]:
    """The figures among the lines that a benchmark printed."""
    words = [line.split() for line in printed.splitlines() if line.startswith(_SIGN)]
    return {name: float(value) for _, name, value in words}
