"""The package that is handed out: made twice it is the same, and it runs from where it was unpacked."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import video_queue

ROOT = Path(__file__).parents[1]


def build(folder: Path) -> dict[str, Path]:
    """Wheel and source distribution, by extension."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return {path.suffix: path for path in folder.iterdir()}


def test_the_package_is_whole_and_made_twice_the_same(tmp_path: Path) -> None:
    packages, again = build(tmp_path / "one"), build(tmp_path / "two")
    for suffix in (".whl", ".gz"):
        assert packages[suffix].read_bytes() == again[suffix].read_bytes()
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(packages[".whl"]) as wheel:
        wheel.extractall(unpacked)
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "video_queue"], cwd=ROOT, check=True, capture_output=True
    )
    missing = [
        name for name in tracked.stdout.decode().split("\0") if name and not (unpacked / name).is_file()
    ]
    assert missing == []
    run = subprocess.run(
        [sys.executable, "-m", "video_queue", "--version"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(unpacked)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == f"video_queue {video_queue.__version__}"
