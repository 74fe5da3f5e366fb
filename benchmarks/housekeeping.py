"""What becomes of the database when a long history is pruned beside the work: `python -m benchmarks.housekeeping`.

A home with 100,000 finished prompts (half of them in one job) is cleaned of its history and its file given back in
steps, while prompts are claimed and finished as fast as they can be. Printed are the file's sizes, how long it took,
and how long the worker's transactions waited. `--quick` only shows that it can be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.queue_load import NOW, enqueue_job, fill, new_job, new_prompts
from video_queue.db import claims, prompts, tally
from video_queue.db.connection import Connection
from video_queue.db.prompts import PromptResult
from video_queue.db.queue_db import QueueDB
from video_queue.domain.cleaning import LeftoverKind
from video_queue.domain.states import JobState, PromptState
from video_queue.settings import load_settings
from video_queue.wiring import Services, close_services, open_services

DONE = PromptResult(PromptState.SUCCEEDED)
_IN_ONE_STEP = 10_000
# What a prompt of two phases leaves besides its own row.
_PHASES = """
    INSERT INTO phase (prompt_id, seq, name, state, attempt, progress, seconds, arguments, result, reuse_key, files)
    SELECT p.id, s.value, 'phase', 'succeeded', 1, 1, 3.5, :text, :text, hex(randomblob(32)), :text
    FROM prompt p, json_each('[0, 1]') s WHERE p.id BETWEEN :first AND :last
"""
_ARTIFACTS = """
    INSERT INTO artifact (job_id, prompt_id, phase, kind, role, name, path, bytes, sha256)
    SELECT job_id, id, 'encode', 'video', 'output', 'clip.mp4',
        '/outputs/restyle/' || job_id || '/clip_' || id || '.mp4', 1000000, hex(randomblob(32))
    FROM prompt WHERE id BETWEEN :first AND :last
"""
_EVENTS = """
    INSERT INTO event (type, at, job_id, prompt_id, data)
    SELECT 'prompt.finished', :now, job_id, id, '{"index": 12, "state": "succeeded", "error": null}'
    FROM prompt WHERE id BETWEEN :first AND :last
"""


@dataclass(slots=True)
class Waits:
    """How long each transaction of the worker took, in seconds, and whether it is to go on."""

    seconds: list[float] = field(default_factory=list)
    go_on: bool = True

    def __str__(self) -> str:
        """Count, median, the slowest of a hundred and the longest in milliseconds."""
        waits = sorted(second * 1e3 for second in self.seconds)
        figures = f"median {statistics.median(waits):.1f} ms, p99 {waits[len(waits) * 99 // 100]:.1f} ms"
        return f"{len(waits):,} claims, {figures}, longest {waits[-1]:.1f} ms"


async def work(db: QueueDB, waits: Waits, pause: float) -> None:
    """Claim and finish prompts until told to stop."""
    claim = partial(claims.claim_next_prompt, lane="media", now=0.0, at=NOW, logs="/logs", lookahead=2)
    while waits.go_on:
        begun = time.perf_counter()
        claimed = await db.transact(claim)
        if claimed is None:
            return
        await db.transact(prompts.persist_prompt_result, claimed.prompt_id, claimed.attempt, DONE, NOW)
        waits.seconds.append(time.perf_counter() - begun)
        await asyncio.sleep(pause)


def fill_whole(conn: Connection, count: int) -> None:
    """A history of `count` prompts, half of them in one job, with phases, files and events."""
    fill(conn, count // 2)
    many = count - count // 2
    job_id = enqueue_job(conn, new_job(many), new_prompts(many), NOW)
    conn.execute("UPDATE prompt SET state = 'succeeded', attempt = 1 WHERE job_id = ?", (job_id,))
    conn.execute(
        "UPDATE job SET queued = 0, succeeded = ?, state = 'succeeded', started_at = ?, finished_at = ? WHERE id = ?",
        (many, NOW, NOW, job_id),
    )
    tally.count_change(conn, "job", JobState.QUEUED, JobState.SUCCEEDED)
    tally.count_change(conn, "prompt", PromptState.QUEUED, PromptState.SUCCEEDED, many)


def add_work(conn: Connection, count: int) -> None:
    """A job whose prompts wait in the media lane and need no gpu."""
    enqueue_job(conn, new_job(count), new_prompts(count), NOW)
    conn.execute("UPDATE prompt SET lane = 'media', needs_gpu = 0 WHERE state = 'queued'")


async def fill_home(services: Services, count: int, waiting: int) -> None:
    """The history and a job that waits."""
    await services.db.transact(fill_whole, count)
    for first in range(1, count + 1, _IN_ONE_STEP):
        values = {"first": first, "last": first + _IN_ONE_STEP - 1, "text": "y" * 300, "now": NOW}
        for statement in (_PHASES, _ARTIFACTS, _EVENTS):
            await services.db.transact(lambda conn, s=statement, v=values: conn.execute(s, v))
    await services.db.transact(add_work, waiting)


async def measure(home: Path, count: int, seconds: float) -> list[tuple[str, str]]:
    """The rows of the table."""
    services = await open_services(load_settings(home, {}, {}))
    try:
        await fill_home(services, count, waiting=count // 2 + 1000)
        rows = [("file, full", _size(services))]
        quiet, busy, shrinking = Waits(), Waits(), Waits()
        task = asyncio.create_task(work(services.db, quiet, 0.002))
        await asyncio.sleep(seconds)
        quiet.go_on = False
        await task
        for waits, job, name in (
            (busy, partial(services.housekeeper.clean, [LeftoverKind.HISTORY], days=0), "pruned"),
            (shrinking, services.housekeeper.shrink, "given back in steps"),
        ):
            task = asyncio.create_task(work(services.db, waits, 0.002))
            begun = time.perf_counter()
            await job()
            took = time.perf_counter() - begun
            waits.go_on = False
            await task
            rows.append((f"file, {name} in {took:.1f} s", _size(services)))
        rows += [
            ("worker alone", str(quiet)),
            ("worker while it is pruned", str(busy)),
            ("worker while it shrinks", str(shrinking)),
        ]
        return rows
    finally:
        await close_services(services)


def _size(services: Services) -> str:
    path = services.settings.db_path
    log = path.with_name(path.name + "-wal")
    return f"{path.stat().st_size / 1e6:.1f} MB, its log {log.stat().st_size / 1e6:.1f} MB"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few prompts: only that it runs")
    parser.add_argument("--prompts", type=int, default=100_000)
    options = parser.parse_args()
    count, seconds = (2000, 0.2) if options.quick else (options.prompts, 3.0)
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as folder:
        rows = asyncio.run(measure(Path(folder) / "home", count, seconds))
    table = Table("what", "figure", title=f"{count:,} finished prompts pruned beside the work")
    for row in rows:
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
