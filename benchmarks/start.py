"""How long `vq serve` takes until it listens, on homes with more and more prompts: `python benchmarks/start.py`.

And how long its first page of jobs takes then, over HTTP on one connection that stays open.
"""

from __future__ import annotations

# As in benchmarks/queue.py, which this needs.
# isort: off
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]
# isort: on

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import tempfile
import time

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.figure import print_figure
from benchmarks.queue import NOW, fill
from video_queue.db.queue_db import QueueDB

_ROUNDS, _PAGES = 5, 20


async def make_home(home: Path, count: int) -> None:
    """A home with `count` prompts that have succeeded."""
    home.mkdir()
    async with await QueueDB.open(home / "vq.db", backups=None, now=NOW) as db:
        await db.transact(fill, count)


def start(home: Path, end: signal.Signals) -> tuple[float, float]:
    """Seconds from the start of the process to its line `listening on`, and for a page; it is ended by the signal.

    The package's bytecode is kept, as where it is installed; the first start makes it.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "video_queue", "--home", str(home), "serve", "--port", "0"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=HERE.parent, env=kept, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        seconds = time.perf_counter() - began
        if not line.startswith(b"listening"):
            raise SystemExit("the server did not start")
        page = first_page(line.decode().split()[-1])
        server.send_signal(end)
    return seconds, page


def first_page(address: str) -> float:
    """Seconds for the first page of jobs with its counts, the median of some."""
    times = []
    with httpx.Client(base_url=address, trust_env=False) as http:
        for _ in range(_PAGES):
            began = time.perf_counter()
            http.get("/api/jobs").raise_for_status()
            times.append(time.perf_counter() - began)
    return statistics.median(times)


def measure(home: Path, end: signal.Signals) -> tuple[float, float]:
    """The medians over some starts, each after an end by this signal."""
    start(home, end)
    starts = [start(home, end) for _ in range(_ROUNDS)]
    return statistics.median(item[0] for item in starts), statistics.median(item[1] for item in starts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="the most prompts of a home")
    rows = parser.parse_args().rows
    columns = ("prompts", "after an end in order", "after a kill", "first page of jobs over HTTP, ms")
    table = Table(*columns, title="Seconds until the server listens")
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as place:
        for count in (0, rows // 10, rows):
            home = Path(place) / f"home-{count}"
            asyncio.run(make_home(home, count))
            figures = [measure(home, end) for end in (signal.SIGTERM, signal.SIGKILL)]
            listening, page = max(item[0] for item in figures), 1000 * max(item[1] for item in figures)
            table.add_row(f"{count:,}", *(f"{item[0]:.2f}" for item in figures), f"{page:.1f}")
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    print_figure("start_seconds", listening)
    print_figure("first_page_http_ms", page)


if __name__ == "__main__":
    main()
