"""The benchmark of housekeeping measures every row; its figures are not judged here."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.housekeeping import measure


def test_every_row_is_measured(tmp_path: Path) -> None:
    rows = asyncio.run(measure(tmp_path / "home", 400, 0.05))
    names = [name.partition(" in ")[0] for name, _ in rows]
    assert names[:3] == ["file, full", "file, pruned", "file, given back"]
    assert ["claims" in figure for name, figure in rows if name.startswith("worker")] == [True] * 3
