"""Statements about how long phases took and what is left to do: what estimates are made from.

Only the newest runs of each workflow's phases are kept, and few that are alike, so that a long job does not push out
what others taught; reading them costs the same at any history.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from video_queue.db.connection import Connection
from video_queue.db.predicates import OPEN_JOB

KEPT_RUNS = 60
KEPT_ALIKE = 12
PUBLISHING = ""

# Remember a run of a phase of a prompt, with the models it needs.
_INSERT = """
    INSERT INTO timing (workflow, phase, seconds, measures, uses, loaded, bytes, family)
    SELECT j.workflow, ?1, ?2, coalesce(?3, '{}'), json_extract(?3, '$.uses'), ?4, ?5, p.family
    FROM prompt p JOIN job j ON j.id = p.job_id WHERE p.id = ?6
    RETURNING workflow, measures
"""

# Forget all but the newest runs of a workflow's phase; of those with the same measures all but the newest few.
_PRUNE = """
    DELETE FROM timing
    WHERE workflow = :workflow AND phase = :phase AND id <= (
        SELECT id FROM timing WHERE workflow = :workflow AND phase = :phase ORDER BY id DESC LIMIT 1 OFFSET :kept
    )
"""
_PRUNE_ALIKE = """
    DELETE FROM timing WHERE id = (
        SELECT id FROM timing WHERE workflow = :workflow AND phase = :phase AND measures = :measures
        ORDER BY id DESC LIMIT 1 OFFSET :alike
    )
"""

# How much a prompt published, and what its phases' time may have grown with.
_PUBLISHED = """
    SELECT (SELECT sum(bytes) FROM artifact WHERE prompt_id = ?1 AND role = 'output') AS bytes,
        (SELECT max(measures) FROM phase WHERE prompt_id = ?1) AS measures
"""

# The runs that are kept, by number: which of a workflow's are new.
_NUMBERS = "SELECT phase, id FROM timing WHERE workflow = ? ORDER BY id"

_COLUMNS = "phase, seconds, measures, family, loaded, bytes"
_RUNS = f"SELECT {_COLUMNS} FROM timing WHERE workflow = ? AND phase = ? ORDER BY id"

# The newest runs of phases of the same use of any workflow; renders with the same models.
_SIMILAR = f"""
    SELECT {_COLUMNS} FROM (
        SELECT id, {_COLUMNS} FROM timing
        WHERE uses = :uses AND family IS :family AND phase <> '' ORDER BY id DESC LIMIT :kept
    ) ORDER BY id
"""

# The newest of publishing, of any workflow.
_PUBLISHINGS = f"""
    SELECT {_COLUMNS} FROM (
        SELECT id, {_COLUMNS} FROM timing WHERE phase = '' ORDER BY id DESC LIMIT :kept
    ) ORDER BY id
"""

# Where prompts stand, and how far the phase that is due has come: of those that run, or of some.
_PLACES = """
    SELECT p.id, p.job_id, p.phase_seq, f.state, f.progress, f.started_at, f.loaded, coalesce(f.measures, (
        SELECT max(measures) FROM phase WHERE prompt_id = p.id
    )) AS measures, p.families, j.uses_gpu = 1 AND p.needs_gpu IS 0 AS without_gpu
    FROM prompt p {index} JOIN job j ON j.id = p.job_id
    LEFT JOIN phase f ON f.prompt_id = p.id AND f.seq = p.phase_seq WHERE {which}
"""
_BEGUN_PROMPTS = _PLACES.format(index="INDEXED BY prompt_active", which="p.state = 'running'")

# The queued prompts of jobs that are not held, without those that are held themselves, by what they have in common.
_OPEN_WORK = f"""
    SELECT j.workflow, j.workflow_hash, j.sample, j.run_order, sum(j.queued - (
        SELECT count(*) FROM prompt p INDEXED BY prompt_held
        WHERE p.job_id = j.id AND p.held_reason IS NOT NULL AND p.state = 'queued'
    )) AS queued, sum(j.uses_gpu * r.queued_free) AS without_gpu
    FROM job j INDEXED BY job_open JOIN ready_job r ON r.job_id = j.id
    WHERE {OPEN_JOB} AND j.held_reason IS NULL GROUP BY j.workflow, j.workflow_hash, j.sample, j.run_order
"""

# What waits in some jobs.
_JOBS_WORK = """
    SELECT j.id, j.workflow, j.workflow_hash, j.sample, j.run_order, j.queued, j.uses_gpu * r.queued_free
    FROM job j JOIN ready_job r ON r.job_id = j.id WHERE j.id IN ({marks})
"""

# What the phases of some jobs are judged by.
_OUTLINES = "SELECT id, workflow, workflow_hash, sample FROM job WHERE id IN ({marks})"

# The jobs that have running prompts.
_BEGUN_WORK = """
    SELECT id, workflow, workflow_hash, sample, run_order, 0, 0 FROM job
    WHERE id IN (SELECT job_id FROM prompt INDEXED BY prompt_active WHERE state = 'running')
"""


class KeptRun(NamedTuple):
    """One run of a phase: seconds without waiting, its measures, the models it needed and whether they were loaded
    with it, bytes (publishing only)."""

    phase: str
    seconds: float
    measures: dict[str, float | str]
    family: str | None
    loaded: bool
    bytes: int | None


class Begun(NamedTuple):
    """A prompt that was begun: the place of the phase that is due, how far that is (0..1), since when it runs.

    `measures` are null before its first phase; `families` are the models of its phases (JSON). One that needs no gpu
    has comfy phases that are skipped or reused.
    """

    phase_seq: int
    progress: float
    started_at: str | None = None
    loaded: bool = False
    measures: dict[str, float | str] | None = None
    families: str | None = None
    needs_gpu: bool = True


class Outline(NamedTuple):
    """The workflow of a job, its snapshot and the sample of measures (JSON)."""

    workflow: str
    workflow_hash: str
    sample: str | None


class OpenWork(NamedTuple):
    """Queued prompts of released jobs that are alike: one snapshot, one sample of measures, one order.

    `without_gpu` of them need no gpu though the workflow does: their renders are skipped or reused.
    """

    workflow: str
    workflow_hash: str
    sample: str | None
    run_order: str
    queued: int
    without_gpu: int


class Alike(NamedTuple):
    """Prompts of a job's sample that are measured alike: how many, their measures, the models of their phases."""

    prompts: int
    measures: dict[str, float | str]
    families: str | None


def record_run(
    conn: Connection,
    prompt_id: int,
    phase: str,
    seconds: float,
    measures: str | None = None,
    *,
    loaded: bool = False,
    bytes_: int | None = None,
) -> None:
    """Remember a run, and forget those beyond the newest."""
    row = conn.execute(_INSERT, (phase, seconds, measures, loaded, bytes_, prompt_id)).fetchone()
    place = {"workflow": row["workflow"], "phase": phase, "measures": row["measures"]}
    conn.execute(_PRUNE_ALIKE, {**place, "alike": KEPT_ALIKE})
    conn.execute(_PRUNE, {**place, "kept": KEPT_RUNS})


def record_publishing(conn: Connection, prompt_id: int, seconds: float) -> None:
    """Remember how long publishing took and how much it was."""
    row = conn.execute(_PUBLISHED, (prompt_id,)).fetchone()
    if row["bytes"] is not None:
        record_run(conn, prompt_id, PUBLISHING, seconds, row["measures"], bytes_=row["bytes"])


def read_sample(text: str | None) -> list[Alike]:
    """The few prompts by which a job is measured; of a job without them, one of which nothing is known."""
    try:
        return [Alike(*item) for item in json.loads(text or "")]
    except ValueError:
        return [Alike(1, {}, None)]


def history_version(conn: Connection) -> int:
    """A number that changes with every run that is remembered."""
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'timing'").fetchone()
    return 0 if row is None else int(row["seq"])


def run_numbers(conn: Connection, workflow: str) -> dict[str, list[int]]:
    """The numbers of the runs that are kept of a workflow's phases, the newest last; `PUBLISHING` is a phase here."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in conn.execute(_NUMBERS, (workflow,)):
        numbers[row["phase"]].append(row["id"])
    return dict(numbers)


def read_runs(conn: Connection, workflow: str, phase: str) -> list[KeptRun]:
    """The runs that are kept of a workflow's phase, the newest last."""
    return _runs(conn.execute(_RUNS, (workflow, phase)))


def similar_runs(conn: Connection, uses: str | None, family: str | None) -> list[KeptRun]:
    """The newest runs of phases of this use of any workflow (None: of publishing), the newest last."""
    statement = _PUBLISHINGS if uses is None else _SIMILAR
    return _runs(conn.execute(statement, {"uses": uses, "family": family, "kept": KEPT_RUNS}))


def _runs(rows: Iterable[Any]) -> list[KeptRun]:
    return [
        KeptRun(
            row["phase"],
            row["seconds"],
            _measures(row["measures"]),
            row["family"],
            bool(row["loaded"]),
            row["bytes"],
        )
        for row in rows
    ]


def _measures(text: str) -> dict[str, float | str]:
    """Nothing where a disk damaged them: an estimate is not worth a failure."""
    try:
        return {name: value for name, value in json.loads(text).items() if name != "uses"}
    except ValueError:
        return {}


def begun_prompts(conn: Connection) -> dict[int, list[Begun]]:
    """Where the running prompts stand, by job; there are never many."""
    begun: dict[int, list[Begun]] = defaultdict(list)
    for row in conn.execute(_BEGUN_PROMPTS):
        begun[row["job_id"]].append(_begun(row))
    return begun


def standing_prompts(conn: Connection, prompt_ids: Sequence[int]) -> dict[int, Begun]:
    """Where these prompts stand, by their numbers; those that wait, too."""
    which = f"p.id IN ({','.join('?' * len(prompt_ids))})"
    rows = conn.execute(_PLACES.format(index="", which=which), prompt_ids)
    return {row["id"]: _begun(row) for row in rows}


def _begun(row: Any) -> Begun:
    return Begun(
        row["phase_seq"],
        1.0 if row["state"] == "harvesting" else row["progress"] or 0.0,
        row["started_at"] if row["state"] == "running" else None,
        bool(row["loaded"]),
        _measures(row["measures"]) if row["measures"] else None,
        row["families"],
        not row["without_gpu"],
    )


def outlines(conn: Connection, job_ids: list[int]) -> dict[int, Outline]:
    """What the phases of each of these jobs are judged by."""
    rows = conn.execute(_OUTLINES.format(marks=",".join("?" * len(job_ids))), job_ids)
    return {row["id"]: Outline(*tuple(row)[1:]) for row in rows}


def jobs_work(conn: Connection, job_ids: list[int]) -> dict[int, OpenWork]:
    """What waits in each of these jobs."""
    marks = ",".join("?" * len(job_ids))
    rows = conn.execute(_JOBS_WORK.format(marks=marks), job_ids)
    return {row["id"]: OpenWork(*tuple(row)[1:]) for row in rows}


def open_work(conn: Connection) -> list[OpenWork]:
    """What waits in jobs that are not held, without the prompts that are."""
    return [OpenWork(**dict(row)) for row in conn.execute(_OPEN_WORK)]


def begun_work(conn: Connection) -> dict[int, OpenWork]:
    """The jobs that have running prompts; what waits in them is not counted."""
    return {row["id"]: OpenWork(*tuple(row)[1:]) for row in conn.execute(_BEGUN_WORK)}
