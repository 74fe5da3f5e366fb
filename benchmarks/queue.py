"""How fast the queue is beside its peers, in one run on this machine: `python benchmarks/queue.py`.

Needs the extra `bench`. Four tables: submitting a big job, enqueueing 1,000 items, claim + complete, and the first
page with its counts, at growing sizes of history. `--quick` only shows that every row can be measured.
"""

from __future__ import annotations

# Run as a script, this folder leads sys.path and this file would hide the standard library's `queue`.
# isort: off
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]
# isort: on

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from rich.console import Console
from rich.table import Table

from benchmarks.figure import print_figure
from benchmarks.queue_load import (
    GRAPH,
    NOW,
    PLAN,
    enqueue,
    fill,
    fill_many_jobs,
    fill_one_job,
    new_job,
    new_prompts,
)
from benchmarks.queue_peers import LITE, LITE_FULL, Absent, Peer, RawSame, all_peers, raw_connection
from video_queue.db import claims, job_lists, prompts
from video_queue.db.choice import Gpu
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.enqueue import jobs_to_expand
from video_queue.db.prompts import PromptResult
from video_queue.db.queue_db import QueueDB
from video_queue.domain.states import PromptState
from video_queue.domain.submission import Submission
from video_queue.settings import load_settings
from video_queue.wiring import close_services, open_services

OURS = "video_queue"
DONE = PromptResult(PromptState.SUCCEEDED)
WORKFLOW = """
parameters:
  prompt: {type: text, default: an oil painting of a harbour at dusk}
  denoise: {type: float, default: 0.5, min: 0.0, max: 1.0}
  seed: {type: seed, default: 1}
phases:
  - {name: render, uses: comfy, graph: bench.render.api.json, set: {"1.inputs.text": "{{ params.prompt }}"}}
output: {phase: render, name: "picture_{{ params.seed }}"}
"""


@dataclass(slots=True)
class Row:
    """One line of a table: who, the figure at each size of history, and whether commits are on the disk."""

    name: str
    durable: bool = True
    figures: dict[int, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure: sizes of history, items of the big job, rounds, seconds of claims in a round."""

    sizes: tuple[int, ...]
    big: int
    rounds: int
    seconds: float


def claim(conn: Connection) -> Claim | None:
    return claims.claim_next_prompt(conn, "gpu", 0.0, NOW, "/logs", 2)


def complete_and_claim(conn: Connection, done: Claim) -> Claim | None:
    """What the worker commits at the end of a prompt: its result, and the claim of the next."""
    prompts.persist_prompt_result(conn, done.prompt_id, done.attempt, DONE, NOW)
    return claim(conn)


def first_page(conn: Connection) -> None:
    job_lists.list_jobs(conn, job_lists.JobFilter())


async def timed(call: Callable[[], Awaitable[object]]) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    await call()
    return time.perf_counter() - start


@dataclass(slots=True)
class Subject:
    """One queue at one size of history, with the figures of each round: enqueue, claim, page."""

    name: str
    size: int
    queue: QueueDB | Peer | Absent
    rounds: list[tuple[float | None, float | None, float | None]] = field(default_factory=list)

    async def measure(self, seconds: float) -> None:
        """One more round. Queues take turns, so that a busy moment of the machine does not fall on one alone."""
        if isinstance(self.queue, QueueDB):
            self.rounds.append(await measure_ours(self.queue, seconds))
        elif not isinstance(self.queue, Absent):
            self.rounds.append(measure_peer(self.queue, seconds))

    def medians(self) -> list[float | None]:
        """The median of all rounds, for each figure; None for what the queue cannot do."""
        if not self.rounds:
            return [None] * 3
        columns = [
            [figure for figure in column if figure is not None] for column in zip(*self.rounds, strict=True)
        ]
        return [statistics.median(column) if column else None for column in columns]


async def measure_ours(db: QueueDB, seconds: float) -> tuple[float, float, float]:
    """(items a second enqueued, claims + completions a second, milliseconds for the first page) of QueueDB."""
    job, items = new_job(1000), new_prompts(1000)
    enqueued = 1000 / await timed(lambda: db.transact(enqueue, job, items))
    page = statistics.median([await timed(lambda: db.read(first_page)) for _ in range(20)])
    held, done, start = await db.transact(claim), 0, time.perf_counter()
    while held is not None and done < 900 and time.perf_counter() - start < seconds:
        held = await db.transact(complete_and_claim, held)
        done += 1
    claimed = done / (time.perf_counter() - start)
    if held is not None:
        await db.transact(prompts.persist_prompt_result, held.prompt_id, held.attempt, DONE, NOW)
    return enqueued, claimed, page * 1000


def measure_peer(peer: Peer, seconds: float) -> tuple[float, float | None, float | None]:
    """The same three figures of a peer; None for what it cannot do."""
    items = [json.dumps(PLAN)] * 1000
    start = time.perf_counter()
    peer.enqueue(items)
    enqueued = 1000 / (time.perf_counter() - start)
    done, start = 0, time.perf_counter()
    while done < 900 and time.perf_counter() - start < seconds and peer.claim_and_complete():
        done += 1
    claimed = done / (time.perf_counter() - start)
    start = time.perf_counter()
    able = peer.page_and_counts()
    page = (time.perf_counter() - start) * 1000
    return enqueued, claimed if done else None, page if able else None


def prompt_schema(path: Path) -> list[str]:
    """The statements that make our `prompt` table and its indexes."""
    conn = sqlite3.connect(path)
    rows = conn.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'prompt' AND type <> 'trigger' AND sql IS NOT NULL"
    ).fetchall()
    conn.close()
    return [row[0] for row in rows]


async def open_subjects(folder: Path, size: int, *, smallest: bool) -> list[Subject]:
    """Every queue with `size` items of history; those that keep none only at the smallest size."""
    folder.mkdir()
    db = await QueueDB.open(folder / "vq.db", backups=None, now=NOW)
    for start in range(0, size, 100_000):
        await db.transact(fill, min(100_000, size - start))
    subjects = [Subject(OURS, size, db)]
    for peer in all_peers(folder / "peers", prompt_schema(folder / "vq.db")):
        if isinstance(peer, Absent) or peer.fill(size) or smallest:
            subjects.append(Subject(peer.name, size, peer))
        else:
            peer.close()
    return subjects


async def measure_all(folder: Path, effort: Effort) -> list[Subject]:
    """All rounds of all queues at all sizes."""
    subjects = []
    for size in effort.sizes:
        subjects += await open_subjects(folder / str(size), size, smallest=size == effort.sizes[0])
    for _ in range(effort.rounds):
        for subject in subjects:
            await subject.measure(effort.seconds)
    for subject in subjects:
        if isinstance(subject.queue, QueueDB):
            await subject.queue.close()
        elif not isinstance(subject.queue, Absent):
            subject.queue.close()
    return subjects


def table_rows(subjects: list[Subject]) -> dict[str, dict[str, Row]]:
    """The figures by table and queue."""
    tables: dict[str, dict[str, Row]] = {"enqueue": {}, "claim": {}, "page": {}}
    for subject in subjects:
        durable = isinstance(subject.queue, QueueDB) or subject.queue.durable
        for rows, figure in zip(tables.values(), subject.medians(), strict=True):
            rows.setdefault(subject.name, Row(subject.name, durable)).figures[subject.size] = figure
    return tables


async def measure_submit(folder: Path, count: int) -> dict[str, tuple[float, float]]:
    """(seconds, bytes a prompt) for one job of `count` prompts: ours, and with the whole graph in each row."""
    seconds = await submit_ours(folder, count)
    measured = {OURS: (seconds, (folder / "vq.db").stat().st_size / count)}
    conn = raw_connection(folder / "graphs.db")
    conn.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, graph TEXT NOT NULL)")
    start = time.perf_counter()
    conn.execute("BEGIN IMMEDIATE")
    graph = json.loads(GRAPH)
    for number in range(count):
        graph["0"]["inputs"]["seed"] = number
        conn.execute("INSERT INTO item (graph) VALUES (?)", (json.dumps(graph),))
    conn.execute("COMMIT")
    seconds = time.perf_counter() - start
    conn.close()
    measured["the whole graph in each row"] = (seconds, (folder / "graphs.db").stat().st_size / count)
    return measured


async def submit_ours(home: Path, count: int) -> float:
    """Seconds for the whole way of a submission of `count` prompts: prepare, fan out, name, check, commit."""
    settings = load_settings(home, {}, {})
    settings.ensure_home()
    (settings.workflows_dir / "bench.yaml").write_text(WORKFLOW)
    (settings.workflows_dir / "bench.render.api.json").write_text(GRAPH)
    services = await open_services(settings)
    submission = Submission(
        workflow="bench", sweep={"denoise": [n / 10 for n in range(10)]}, seeds=count // 10
    )
    await services.jobs.preview(submission)  # the workflow file is read once, by whatever comes first
    seconds = await timed(lambda: services.jobs.submit(submission))
    await close_services(services)
    return seconds


def show(
    console: Console, title: str, unit: str, rows: dict[str, Row], *, less_is_better: bool = False
) -> None:
    """One table: a line for each queue, a column for each size of history, and how we stand at the largest."""
    sizes = sorted(rows[OURS].figures)
    table = Table(
        "queue", "commits on disk", *(f"{size:,} rows" for size in sizes), "ours / its", title=title
    )
    for row in rows.values():
        figures = [row.figures.get(size) for size in sizes]
        shown = ["-" if figure is None else _figure(figure) for figure in figures]
        known = [(a, b) for a, b in zip(rows[OURS].figures.values(), figures, strict=True) if a and b]
        ratio = f"{known[-1][0] / known[-1][1]:.2f}" if known and row.name != OURS else ""
        table.add_row(row.name, "yes" if row.durable else "no", *shown, ratio)
    console.print(table)
    console.print(f"  {unit}; {'less' if less_is_better else 'more'} is better\n")


def _figure(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


def show_submit(console: Console, count: int, measured: dict[str, tuple[float, float]]) -> None:
    table = Table("queue", "seconds", "bytes a prompt", title=f"Submit one job of {count:,} prompts")
    for name, (seconds, size) in measured.items():
        table.add_row(name, _figure(seconds), _figure(size))
    console.print(table)


def goals(
    tables: dict[str, dict[str, Row]], submitted: tuple[float, float]
) -> dict[str, tuple[str, float | None, float, bool]]:
    """By name: (what, the figure, the goal, whether more is better); the figure is None where a peer is missing."""
    enqueued, claimed, pages = tables.values()
    sizes = sorted(claimed[OURS].figures)
    first, last = sizes[0], sizes[-1]

    def ratio(rows: dict[str, Row], *names: str) -> float | None:
        """Ours through the best of the named, at the largest size that they have."""
        theirs = [rows[name].figures.get(last) or rows[name].figures[first] for name in names]
        known = [figure for figure in theirs if figure]
        ours = rows[OURS].figures[last]
        return ours / max(known) if known and ours else None

    own = (claimed[OURS].figures[last] or 0) / (claimed[OURS].figures[first] or 1)
    libraries = [name for name in enqueued if name != OURS and not name.startswith("sqlite3")]
    return {
        "submit_seconds": ("submit, seconds", submitted[0], 1.0, False),
        "submit_bytes": ("submit, bytes a prompt", submitted[1], 1024, False),
        "enqueue_peers": ("enqueue / best peer", ratio(enqueued, *libraries), 1.5, True),
        "enqueue_sqlite": (f"enqueue / {RawSame.name}", ratio(enqueued, RawSame.name), 0.7, True),
        "claim_history": ("claim + complete / its own at the first size", own, 0.8, True),
        "claim_litequeue": (f"claim + complete / {LITE}", ratio(claimed, LITE), 1.0, True),
        "claim_litequeue_on_disk": (f"claim + complete / {LITE_FULL}", ratio(claimed, LITE_FULL), 1.0, True),
        "first_page_ms": ("first page + counts, milliseconds", pages[OURS].figures[last], 2.0, False),
    }


def claim_media(conn: Connection) -> Claim | None:
    return claims.claim_next_prompt(conn, "media", 0.0, NOW, "/logs", 2)


# What every wakeup asks for.
WAKEUP: dict[str, Callable[[Connection], object]] = {
    "claim, media lane": claim_media,
    "next wake": lambda conn: claims.next_wake(conn, 0.0),
    "peek": lambda conn: claims.peek_ready(conn, 2, Gpu(100.0)),
    "jobs to expand": jobs_to_expand,
    "has work": claims.has_work,
}


async def measure_wakeup(
    folder: Path, count: int, fill_queue: Callable[[Connection, int], None]
) -> dict[str, float]:
    """Milliseconds of what a wakeup asks for, on a queue of `count`; nothing can be claimed."""
    async with await QueueDB.open(folder, backups=None, now=NOW) as db:
        await db.transact(fill_queue, count)
        return {
            name: 1000 * statistics.median([await timed(partial(db.transact, ask)) for _ in range(50)])
            for name, ask in WAKEUP.items()
        }


def show_wakeup(console: Console, shapes: dict[str, dict[str, float]]) -> None:
    """One line for each question, a column for each queue."""
    table = Table("milliseconds", *shapes, title="A wakeup that finds nothing to claim")
    for name in WAKEUP:
        table.add_row(name, *(_figure(figures[name]) for figures in shapes.values()))
    console.print(table)


async def run(effort: Effort, console: Console) -> None:
    """Measure everything and print it."""
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as place:
        measured = await measure_submit(Path(place) / "submit", effort.big)
        tables = table_rows(await measure_all(Path(place), effort))
        prompts_waiting, jobs_open = 20 * effort.big, effort.big
        shapes = {
            f"{prompts_waiting:,} waiting prompts": await measure_wakeup(
                Path(place) / "one-job.db", prompts_waiting, fill_one_job
            ),
            f"{jobs_open:,} open jobs": await measure_wakeup(
                Path(place) / "many-jobs.db", jobs_open, fill_many_jobs
            ),
        }
    show_submit(console, effort.big, measured)
    show(console, "Enqueue 1,000 items in one transaction", "items a second", tables["enqueue"])
    show(console, "Claim + complete", "items a second", tables["claim"])
    show(console, "First page + counts by state", "milliseconds", tables["page"], less_is_better=True)
    show_wakeup(console, shapes)
    verdict = Table("goal", "figure", "goal", "met", title="Goals")
    compared = goals(tables, measured[OURS])
    for what, figure, goal, more in compared.values():
        met = figure is not None and (figure >= goal if more else figure <= goal)
        shown = "-" if figure is None else _figure(figure)
        verdict.add_row(what, shown, f"{'≥' if more else '≤'} {goal:g}", "yes" if met else "no")
    console.print(verdict)
    for name, (_, figure, _, _) in compared.items():
        if figure is not None:
            print_figure(name, figure)
    print_figure("wakeup_ms", max(figure for figures in shapes.values() for figure in figures.values()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="the largest history")
    parser.add_argument("--quick", action="store_true", help="small and imprecise: shows that it runs")
    options = parser.parse_args()
    if options.quick:
        effort = Effort(sizes=(100, 1000), big=200, rounds=1, seconds=0.05)
    else:
        sizes = tuple(size for size in (1000, 10_000, 100_000, 1_000_000) if size < options.rows)
        effort = Effort(sizes=(*sizes, options.rows), big=10_000, rounds=9, seconds=0.3)
    asyncio.run(run(effort, Console(width=None if sys.stdout.isatty() else 120)))


if __name__ == "__main__":
    main()
