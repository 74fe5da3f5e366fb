"""The benchmark runs and prints a line for every figure; they are not judged here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_small_run_prints_every_figure() -> None:
    script = ROOT / "benchmarks" / "watch.py"
    done = subprocess.run(
        [sys.executable, script, "--files", "20", "--tree", "20", "--idle", "0.1"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = ("scan of 20 files", "idle watch of 20 files", "20 files at once")
    assert [row for row in rows if row not in done.stdout] == []
