"""Statements about how long phases took and what is left to do: what estimates are made from.

Only the newest runs of each workflow's phases are kept, so reading them costs the same at any history.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

from video_queue.db.connection import Connection
from video_queue.db.predicates import OPEN_JOB

KEPT_RUNS = 30
PUBLISHING = ""

# Remember a run of a phase of a prompt.
_INSERT = """
    INSERT INTO timing (workflow, phase, seconds, work, bytes)
    SELECT j.workflow, ?, ?, ?, ? FROM prompt p JOIN job j ON j.id = p.job_id WHERE p.id = ?
    RETURNING workflow
"""

# Forget all but the newest runs of a workflow's phase.
_PRUNE = """
    DELETE FROM timing
    WHERE workflow = :workflow AND phase = :phase AND id <= (
        SELECT id FROM timing WHERE workflow = :workflow AND phase = :phase ORDER BY id DESC LIMIT 1 OFFSET :kept
    )
"""

# How much a prompt published.
_PUBLISHED = """
    SELECT (SELECT sum(bytes) FROM artifact WHERE prompt_id = ?1 AND role = 'output') AS bytes,
        (SELECT max(work) FROM phase WHERE prompt_id = ?1) AS work
"""

# Where the running prompts stand, and how far the phase that is due has come.
_BEGUN_PROMPTS = """
    SELECT p.job_id, p.phase_seq, f.state, f.progress FROM prompt p INDEXED BY prompt_active
    LEFT JOIN phase f ON f.prompt_id = p.id AND f.seq = p.phase_seq WHERE p.state = 'running'
"""

# The queued prompts of jobs that are not held, without those that are held themselves, by what they have in common.
_OPEN_WORK = f"""
    SELECT j.workflow, j.workflow_hash, j.work, sum(j.queued - (
        SELECT count(*) FROM prompt p INDEXED BY prompt_held
        WHERE p.job_id = j.id AND p.held_reason IS NOT NULL AND p.state = 'queued'
    )) AS queued
    FROM job j INDEXED BY job_open
    WHERE {OPEN_JOB} AND j.held_reason IS NULL GROUP BY j.workflow, j.workflow_hash, j.work
"""

# The jobs that have running prompts.
_BEGUN_WORK = """
    SELECT id, workflow, workflow_hash, work FROM job
    WHERE id IN (SELECT job_id FROM prompt INDEXED BY prompt_active WHERE state = 'running')
"""


class Run(NamedTuple):
    """One run of a phase: seconds without waiting, pixels × frames of its prompt, bytes (publishing only)."""

    seconds: float
    work: float | None
    bytes: int | None


class Begun(NamedTuple):
    """A prompt that was begun: the place of the phase that is due, and how far that is (0..1)."""

    phase_seq: int
    progress: float


class OpenWork(NamedTuple):
    """Queued prompts of released jobs that are alike: one snapshot, one mean amount of work."""

    workflow: str
    workflow_hash: str
    work: float | None
    queued: int


def record_run(
    conn: Connection,
    prompt_id: int,
    phase: str,
    seconds: float,
    work: float | None,
    bytes_: int | None = None,
) -> None:
    """Remember a run, and forget those beyond the newest `KEPT_RUNS`."""
    row = conn.execute(_INSERT, (phase, seconds, work, bytes_, prompt_id)).fetchone()
    conn.execute(_PRUNE, {"workflow": row["workflow"], "phase": phase, "kept": KEPT_RUNS})


def record_publishing(conn: Connection, prompt_id: int, seconds: float) -> None:
    """Remember how long publishing took and how much it was."""
    row = conn.execute(_PUBLISHED, (prompt_id,)).fetchone()
    if row["bytes"] is not None:
        record_run(conn, prompt_id, PUBLISHING, seconds, row["work"], row["bytes"])


def history_version(conn: Connection) -> int:
    """A number that changes with every run that is remembered."""
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'timing'").fetchone()
    return 0 if row is None else int(row["seq"])


def read_runs(conn: Connection, workflow: str) -> dict[str, list[Run]]:
    """The newest runs of a workflow's phases by phase name; `PUBLISHING` is a phase here."""
    runs: dict[str, list[Run]] = defaultdict(list)
    for row in conn.execute("SELECT phase, seconds, work, bytes FROM timing WHERE workflow = ?", (workflow,)):
        runs[row["phase"]].append(Run(row["seconds"], row["work"], row["bytes"]))
    return dict(runs)


def begun_prompts(conn: Connection) -> dict[int, list[Begun]]:
    """Where the running prompts stand, by job; there are never many."""
    begun: dict[int, list[Begun]] = defaultdict(list)
    for row in conn.execute(_BEGUN_PROMPTS):
        progress = 1.0 if row["state"] == "harvesting" else row["progress"] or 0.0
        begun[row["job_id"]].append(Begun(row["phase_seq"], progress))
    return begun


def job_work(conn: Connection, job_ids: list[int]) -> dict[int, float | None]:
    """The mean work of each job's prompts."""
    marks = ",".join("?" * len(job_ids))
    rows = conn.execute(f"SELECT id, work FROM job WHERE id IN ({marks})", job_ids)
    return {row["id"]: row["work"] for row in rows}


def open_work(conn: Connection) -> list[OpenWork]:
    """What waits in jobs that are not held, without the prompts that are."""
    return [OpenWork(**dict(row)) for row in conn.execute(_OPEN_WORK)]


def begun_work(conn: Connection) -> list[dict[str, Any]]:
    """`id, workflow, workflow_hash, work` of every job that has running prompts."""
    return [dict(row) for row in conn.execute(_BEGUN_WORK)]
