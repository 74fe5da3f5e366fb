"""The benchmark runs and prints its figure; it is not judged here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_small_run_prints_the_rate() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "submits.py", "--quick"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "jobs a second" in done.stdout
