"""The benchmark runs and prints a line for every way; its figures are not judged here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_quick_run_prints_every_row() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "comfy.py", "--quick"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = ("ComfyUI's own queue", "a client that polls once a second", "video_queue")
    assert [row for row in rows if row not in done.stdout] == []
