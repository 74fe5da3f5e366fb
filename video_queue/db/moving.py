"""Statements about queues as files: what waits and can be moved, holding it here, and jobs that were moved here."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from video_queue.db import actions, documents, events, jobs
from video_queue.db.connection import Connection
from video_queue.db.predicates import OPEN_JOB
from video_queue.domain.events import EventType
from video_queue.domain.states import HeldReason

# Every open job.
_OPEN = f"SELECT j.id FROM job j WHERE {OPEN_JOB} AND j.archived = 0"

# Jobs in the order of the queue.
_JOBS = """
    SELECT * FROM job j WHERE j.id IN (SELECT value FROM json_each(?)) ORDER BY j.priority DESC, j.position, j.id
"""

# The prompts of a job that have not begun, or that wait to begin again.
_WAITING = """
    SELECT id, idx, plan, seed, held_reason, tags, note, rating FROM prompt
    WHERE job_id = ? AND state = 'queued' AND claimed = 0 ORDER BY idx
"""

# The unfinished jobs that a job comes after.
_COMES_AFTER = f"""
    SELECT d.after_id FROM job_dependency d JOIN job j ON j.id = d.after_id
    WHERE d.job_id = ? AND {OPEN_JOB} ORDER BY d.after_id
"""

# Open jobs that come after others: (job, the one before it).
_DEPENDENTS = f"""
    SELECT d.job_id, d.after_id FROM job_dependency d JOIN job j ON j.id = d.job_id
    WHERE d.after_id IN (SELECT value FROM json_each(?)) AND {OPEN_JOB} ORDER BY d.job_id, d.after_id
"""

_OF_WATCH = "SELECT count(*) FROM watch_file WHERE job_id IN (SELECT value FROM json_each(?))"

# Hold or release prompts that wait.
_HOLD = "UPDATE prompt SET held_reason = 'user' WHERE id = ? AND state = 'queued' AND held_reason IS NULL"
_RELEASE = "UPDATE prompt SET held_reason = NULL WHERE id = ? AND state = 'queued' AND held_reason = 'user'"

# Those of these prompts that still wait.
_STILL_WAITING = """
    SELECT id FROM prompt WHERE id IN (SELECT value FROM json_each(?)) AND state = 'queued' AND claimed = 0
"""


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """An open job: its row, the prompts of it that wait, the open jobs that it comes after."""

    row: dict[str, Any]
    prompts: list[dict[str, Any]]
    after: list[int]

    @property
    def number(self) -> int:
        """The job's number."""
        return int(self.row["id"])

    @property
    def has_begun(self) -> bool:
        """Whether prompts of it are being worked on."""
        return bool(self.row["running"] or self.row["review"])


@dataclass(slots=True)
class HeldHere:
    """Jobs and prompts that were held and were not before."""

    jobs: list[int] = field(default_factory=list)
    prompts: list[int] = field(default_factory=list)


def open_jobs(conn: Connection) -> list[int]:
    """The numbers of all open jobs."""
    return [row["id"] for row in conn.execute(_OPEN)]


def read_waiting(conn: Connection, numbers: Collection[int]) -> list[WaitingJob]:
    """Open jobs with what waits of them, in the order of the queue."""
    rows = [dict(row) for row in conn.execute(_JOBS, (json.dumps(sorted(numbers)),))]
    return [
        WaitingJob(
            row=row,
            prompts=[dict(prompt) for prompt in conn.execute(_WAITING, (row["id"],))],
            after=[other["after_id"] for other in conn.execute(_COMES_AFTER, (row["id"],))],
        )
        for row in rows
    ]


def documents_of(conn: Connection, hashes: Iterable[str]) -> dict[str, str]:
    """The snapshots of these hashes with their graphs, by hash."""
    texts: dict[str, str] = {}
    for hash_ in hashes:
        text = texts[hash_] = documents.read_document(conn, hash_) or "{}"
        for graph in json.loads(text).get("graphs", {}).values():
            texts[graph] = documents.read_document(conn, graph) or "{}"
    return texts


def batch_names(conn: Connection, numbers: Collection[int]) -> dict[int, str]:
    """The names of batches."""
    sql = "SELECT id, name FROM batch WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
    return {row["id"]: row["name"] for row in conn.execute(sql, (json.dumps(sorted(numbers)),))}


def dependents(conn: Connection, numbers: Collection[int]) -> list[tuple[int, int]]:
    """(job, the one of `numbers` that it comes after) of all open jobs that are none of them."""
    rows = conn.execute(_DEPENDENTS, (json.dumps(sorted(numbers)),))
    return [(row["job_id"], row["after_id"]) for row in rows if row["job_id"] not in numbers]


def count_watched(conn: Connection, numbers: Collection[int]) -> int:
    """How many of these jobs came from watched folders."""
    return int(conn.execute(_OF_WATCH, (json.dumps(sorted(numbers)),)).fetchone()[0])


# --- here, after the export


def hold(conn: Connection, waiting: Sequence[WaitingJob], now: str) -> HeldHere:
    """Hold what waits of these jobs; of a job that has begun its waiting prompts, so that the others go on."""
    held = HeldHere()
    for job in waiting:
        if not job.has_begun:
            if job.row["held_reason"] is None:
                jobs.set_job_held(conn, job.number, HeldReason.USER, now)
                held.jobs.append(job.number)
            continue
        numbers = [prompt["id"] for prompt in job.prompts if prompt["held_reason"] is None]
        held.prompts += _each(conn, _HOLD, job.number, numbers, now)
    return held


def release(conn: Connection, held: HeldHere, now: str) -> None:
    """Let go of what `hold` held."""
    for number in held.jobs:
        job = jobs.get_job(conn, number)
        if job is not None and job.held_reason is HeldReason.USER:
            jobs.set_job_held(conn, number, None, now)
    conn.executemany(_RELEASE, [(number,) for number in held.prompts])


def cancel(conn: Connection, job: WaitingJob, reason: str, now: str) -> None:
    """Cancel what waited of a job when it was read; its other prompts go on."""
    if not job.has_begun:
        current = jobs.get_job(conn, job.number)
        if current is not None and current.finished_at is None:
            actions.cancel_job(conn, job.number, reason, now)
        return
    numbers = json.dumps([prompt["id"] for prompt in job.prompts])
    for row in conn.execute(_STILL_WAITING, (numbers,)).fetchall():
        actions.cancel_prompt(conn, row["id"], reason, now)


def _each(conn: Connection, statement: str, job_id: int, numbers: Sequence[int], now: str) -> list[int]:
    changed = [number for number in numbers if conn.execute(statement, (number,)).rowcount]
    if changed:
        events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, held=len(changed))
    return changed


# --- there, where it was imported


def moved_here(conn: Connection, keys: Sequence[str]) -> dict[str, int]:
    """The jobs that were made of jobs of queue files, by `job.moved_from`."""
    sql = "SELECT id, moved_from FROM job WHERE moved_from IN (SELECT value FROM json_each(?))"
    return {row["moved_from"]: row["id"] for row in conn.execute(sql, (json.dumps(keys),))}


def note_prompts(conn: Connection, job_id: int, notes: Iterable[tuple[str, str, int | None, int]]) -> None:
    """Write what an artist noted with prompts: (tags as JSON, note, rating, index)."""
    sql = "UPDATE prompt SET tags = ?, note = ?, rating = ? WHERE idx = ? AND job_id = ?"
    conn.executemany(sql, [(*note, job_id) for note in notes])


def note_moved(conn: Connection, job_id: int, key: str) -> None:
    """A job of a queue file was here already, by another key."""
    conn.execute("UPDATE job SET moved_from = ? WHERE id = ? AND moved_from IS NULL", (key, job_id))


def rate_job(conn: Connection, job_id: int, rating: int) -> None:
    """Write the stars of a new job."""
    conn.execute("UPDATE job SET rating = ? WHERE id = ?", (rating, job_id))
