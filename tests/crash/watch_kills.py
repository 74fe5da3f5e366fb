"""Drop files into a watched folder, kill the server again and again at random moments, and count the jobs.

    python -m tests.crash.watch_kills --files 500 --kills 40

is the long run; `test_watch_kills.py` is its short form. Every file must come to exactly one job.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figure import print_figure
from tests.media_clips import make_clip
from tests.terminal.processes import Vq, make_home

_SECONDS = 300.0


@dataclass(frozen=True)
class Report:
    """What was found: files without a job, with more than one, and how often the server was killed."""

    files: int
    kills: int
    lost: list[str]
    doubled: list[str]


def run(folder: Path, files: int, kills: int, rng: random.Random) -> Report:
    """Drop the files in `kills` + 1 parts, with a kill at a random moment after each part but the last."""
    drop = folder / "drop"
    drop.mkdir()
    clip = make_clip(folder / "clip.mp4", frames=2)
    vq = Vq(make_home(folder / "home"), folder)
    added = vq("--json", "watch", "add", str(drop), "-w", "tiny", "--settle", "0.1s")
    assert added.code == 0, added.err
    names = [f"{number:05d}.mp4" for number in range(files)]
    parts = [names[part :: kills + 1] for part in range(kills + 1)]
    for part in parts[:-1]:
        killed_after(vq, drop, clip, part, rng)
    with vq.serving("--paused"):
        for name in parts[-1]:
            shutil.copy(clip, drop / name)
        wait_until_taken(vq.home / "vq.db", files)
    counts = Counter(jobs_of(vq.home / "vq.db"))
    lost = [name for name in names if not counts[name]]
    doubled = [name for name, count in counts.items() if count > 1]
    return Report(files, kills, lost, doubled)


def killed_after(vq: Vq, drop: Path, clip: Path, names: list[str], rng: random.Random) -> None:
    """A server that is killed a moment after the files were dropped."""
    process = vq.start("serve", "--port", "0", "--paused")
    assert process.stdout is not None
    process.stdout.readline()
    for name in names:
        shutil.copy(clip, drop / name)
    time.sleep(rng.uniform(0.0, 1.5))  # the random moment itself
    process.send_signal(signal.SIGKILL)
    process.communicate()


def wait_until_taken(database: Path, count: int) -> None:
    """Wait until so many files are on record as taken."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
            taken = conn.execute("SELECT count(*) FROM watch_file WHERE state = 'taken'").fetchone()[0]
        if taken >= count:
            return
        time.sleep(0.1)
    raise AssertionError(f"{taken} of {count} files were taken")


def jobs_of(database: Path) -> list[str]:
    """The file of every job."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
        texts = [row[0] for row in conn.execute("SELECT submission FROM job")]
    return [Path(json.loads(text)["inputs"][0]).name for text in texts]


def main() -> int:
    """The long run; 1 if a file has no job or two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vq-watch-") as folder:
        report = run(Path(folder), words.files, words.kills, random.Random(words.seed))
    print(report)
    print_figure("watch_kills", len(report.lost) + len(report.doubled))
    return 1 if report.lost or report.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
