"""What a claim costs in deep queues, and how soon work goes on after a kill: `python benchmarks/claims.py`.

Jobs of 20 prompts wait for the gpu, up to 10,000 jobs: of one model, of two in turn, and each of a model of its own, so
that the choice of what goes on with the loaded models finds its match at once, nearby, or never. Only the claim is
timed, as a part of the transaction that ends the prompt before. Then `vq serve` is killed (kill -9) with few prompts
queued and with 10,000, and started at once; timed is from the kill to the next prompt that begins. --quick only shows
that it runs.
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
import json
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from benchmarks.figure import print_figure
from benchmarks.queue import DONE, NOW, claim
from benchmarks.queue_load import new_job, new_prompts
from tests.media_clips import make_clip
from video_queue.db import affinity, prompts
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.enqueue import enqueue_job
from video_queue.db.queue_db import QueueDB

_PROMPTS_OF_A_JOB = 20
_CLAIMS = 2000
_KILLS = 5
SHAPES: dict[str, Callable[[int], str]] = {
    "one model": lambda _: "A",
    "two models in turn": lambda number: "AB"[number % 2],
    "each job its own model": lambda number: f"model-{number}",
}
_WORKFLOW = """
inputs: {kind: video}
parameters: {crf: {type: int, default: 20, sweepable: true}, again: {type: int, default: 1, sweepable: true}}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}", crf: "{{ params.crf }}"}, reuse: false}
output: {phase: copy, name: "{{ params.again }}"}
"""


def fill(conn: Connection, jobs: int, model_of: Callable[[int], str]) -> None:
    """So many jobs whose prompts wait for the gpu with these models."""
    for number in range(jobs):
        families = json.dumps([model_of(number)])
        items = [replace(item, families=families) for item in new_prompts(_PROMPTS_OF_A_JOB)]
        enqueue_job(conn, new_job(_PROMPTS_OF_A_JOB), items, NOW)


def next_claim(conn: Connection, done: Claim | None) -> tuple[Claim | None, float]:
    """End a prompt and claim the next; with the milliseconds of the claim."""
    if done is not None:
        prompts.persist_prompt_result(conn, done.prompt_id, done.attempt, DONE, NOW)
    start = time.perf_counter()
    claimed = claim(conn)
    spent = 1000 * (time.perf_counter() - start)
    if claimed is not None:
        affinity.note_render(conn, claimed.prompt_id)
    return claimed, spent


async def measure(place: Path, jobs: int, model_of: Callable[[int], str], count: int) -> list[float]:
    """Milliseconds of so many claims, in a queue of so many jobs."""
    async with await QueueDB.open(place, backups=None, now=NOW) as db:
        await db.transact(fill, jobs, model_of)
        times, done = [], None
        for _ in range(min(count, jobs * _PROMPTS_OF_A_JOB)):
            done, spent = await db.transact(next_claim, done)
            times.append(spent)
    return times


def show_claims(console: Console, place: Path, sizes: tuple[int, ...], count: int) -> None:
    """A row for each shape and size of queue."""
    longest_median = 0.0
    table = Table(
        "models", "jobs", "prompts", "median", "p99", "longest", title="Milliseconds of a claim, gpu lane"
    )
    for shape, model_of in SHAPES.items():
        for jobs in sizes:
            times = sorted(asyncio.run(measure(place / f"{shape}-{jobs}.db", jobs, model_of, count)))
            figures = (statistics.median(times), times[int(len(times) * 0.99)], times[-1])
            row = (f"{jobs:,}", f"{jobs * _PROMPTS_OF_A_JOB:,}", *(f"{figure:.2f}" for figure in figures))
            table.add_row(shape, *row)
            longest_median = max(longest_median, statistics.median(times))
    console.print(table)
    print_figure("claim_ms", longest_median)


@contextmanager
def serving(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`vq serve` as a process, which is killed at the end."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "video_queue", "--home", str(home), "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=HERE.parent, env=kept, stdout=subprocess.DEVNULL) as server:
        try:
            yield server
        finally:
            server.kill()


def begun(home: Path) -> int:
    """How many prompts of a home have begun so far, each attempt counted."""
    with closing(sqlite3.connect(home / "vq.db", timeout=60)) as db:
        return int(
            db.execute("SELECT coalesce(max(id), 0) FROM event WHERE type = 'prompt.started'").fetchone()[0]
        )


def wait_for_next(home: Path, before: int) -> None:
    while begun(home) <= before:
        time.sleep(0.005)


def kills(place: Path, queued: int, rounds: int) -> list[float]:
    """Seconds from a kill to the first prompt that begins after it, with so many queued."""
    home = place / "home"
    (home / "workflows").mkdir(parents=True)
    (home / "vq.toml").write_text(f"roots = [{json.dumps(str(place))}]\nmin_free_gb = 0\n")
    (home / "workflows" / "copy.yaml").write_text(_WORKFLOW)
    clip = make_clip(place / "clip.mp4", frames=30)
    sweep = f"again={json.dumps(list(range(1, queued + 1)))}"
    submit = ["submit", "copy", str(clip), "--sweep", sweep, "-q"]
    subprocess.run(
        [sys.executable, "-m", "video_queue", "--home", str(home), *submit], cwd=HERE.parent, check=True
    )
    with serving(home):
        wait_for_next(home, 0)
    times = []
    for _ in range(rounds):
        before, start = begun(home), time.perf_counter()
        with serving(home):
            wait_for_next(home, before)
            times.append(time.perf_counter() - start)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=10_000, help="of the deepest queue")
    parser.add_argument("--quick", action="store_true", help="small and imprecise")
    options = parser.parse_args()
    jobs, count, rounds = (100, 50, 1) if options.quick else (options.jobs, _CLAIMS, _KILLS)
    console = Console(width=None if sys.stdout.isatty() else 120)
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as name:
        place = Path(name)
        show_claims(console, place, (jobs // 10, jobs), count)
        for queued in (jobs,) if options.quick else (jobs // 100, jobs):
            times = kills(place / f"{queued}", queued, rounds)
            shown = f"median {statistics.median(times):.2f} s, longest {max(times):.2f} s (goal: 2)"
            console.print(f"from kill -9 to the first claim, {queued:,} prompts queued: {shown}")
        print_figure("resume_seconds", statistics.median(times))


if __name__ == "__main__":
    main()
