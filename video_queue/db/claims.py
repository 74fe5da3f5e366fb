"""Which prompt a lane takes next, and the claim itself: the order of the queue as one statement.

`prompts` ends what is claimed here; `claims` only reads and takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from video_queue.db import events, jobs
from video_queue.db.connection import Connection
from video_queue.db.prompts import count_state
from video_queue.domain.events import EventType
from video_queue.domain.states import PromptState

# The order of the queue: priority, job position; inside a job what has begun comes before what has not.
# `INDEXED BY` and the join's form make SQLite walk the jobs in that order and stop at the first that has something
# (left alone it sorts all open jobs for each claim: 13 ms at 10,000).
# While enough prompts stand prepared for the GPU, no new ones are begun for it.
_PICK = """
    SELECT picked.id FROM job j INDEXED BY job_open CROSS JOIN prompt picked ON picked.id = (
        SELECT p.id FROM prompt p
        WHERE p.job_id = j.id AND p.lane = :lane
            AND p.claimed = 0 AND p.held_reason IS NULL AND p.state IN ('queued', 'running')
            AND (p.not_before IS NULL OR p.not_before <= :now)
            AND (p.state = 'running' OR :may_begin OR j.uses_gpu = 0)
        ORDER BY p.state DESC, p.idx LIMIT 1
    )
    WHERE j.state IN ('queued', 'running', 'review') AND j.held_reason IS NULL AND j.blocked = 0
        AND (j.not_before IS NULL OR j.not_before <= :now)
    ORDER BY j.priority DESC, j.position, j.id LIMIT 1
"""


_CLAIM = f"""
    UPDATE prompt
    SET claimed = 1 + (state = 'running'), attempt = attempt + (state = 'queued'), state = 'running',
        not_before = NULL, waiting_reason = NULL, waiting_since = NULL, message = NULL,
        started_at = coalesce(started_at, :at)
    WHERE id = ({_PICK})
    RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A prompt the worker has in hand: where it stands and all it needs to go on."""

    prompt_id: int
    job_id: int
    index: int
    attempt: int
    failures: int
    phase_seq: int
    plan: dict[str, Any]
    seed: str | None
    log_path: str
    workflow_hash: str
    job_name: str
    params: dict[str, Any]
    resolution: str | None
    output_dir: str
    submission: dict[str, Any]
    anew: bool = False


def claim_next_prompt(
    conn: Connection, lane: str, now: float, at: str, logs: str, lookahead: int
) -> Claim | None:
    """Take the next ready prompt of a lane; None when there is nothing to do.

    `now` (seconds since the epoch) is held against `not_before`, `at` is the same moment for show, `logs` the
    folder for log files. At most `lookahead` prompts stand prepared for the GPU ahead of time.
    """
    if not _may_claim(conn, lane):
        return None
    may_begin = lane == "gpu" or _prepared_ahead(conn) < lookahead
    values = {"lane": lane, "now": now, "at": at, "may_begin": may_begin}
    row = conn.execute(_CLAIM, values).fetchone()
    if row is None:
        return None
    log_path = row["log_path"] or f"{logs}/{row['job_id']}/{row['idx']}.log"
    if row["claimed"] == 1:
        set_prompt_log_path(conn, row["id"], log_path)
        count_state(conn, row["job_id"], PromptState.QUEUED, PromptState.RUNNING)
        jobs.update_job_status(conn, row["job_id"], at)
        events.append_event(
            conn,
            EventType.PROMPT_STARTED,
            at,
            job_id=row["job_id"],
            prompt_id=row["id"],
            index=row["idx"],
            attempt=row["attempt"],
        )
    return read_claim(conn, row, log_path)


def set_prompt_log_path(conn: Connection, prompt_id: int, log_path: str) -> None:
    """Remember where a prompt's log lies; part of the claim's transaction."""
    conn.execute("UPDATE prompt SET log_path = ? WHERE id = ?", (log_path, prompt_id))


def _may_claim(conn: Connection, lane: str) -> bool:
    """Whether the queue runs and some instance of the lane does."""
    row = conn.execute(
        "SELECT 1 FROM queue, lane WHERE queue.state = 'running' AND lane.name = ? AND lane.state = 'running'",
        (lane,),
    ).fetchone()
    return row is not None


def _prepared_ahead(conn: Connection) -> int:
    """How many prompts are begun and wait for the GPU."""
    sql = "SELECT count(*) FROM prompt WHERE state = 'running' AND lane = 'gpu' AND claimed = 0"
    return int(conn.execute(sql).fetchone()[0])


def read_claim(conn: Connection, row: Any, log_path: str | None = None) -> Claim:
    """A row of `prompt` with what its job says, as the worker gets it."""
    job = conn.execute("SELECT * FROM job WHERE id = ?", (row["job_id"],)).fetchone()
    return Claim(
        prompt_id=row["id"],
        job_id=row["job_id"],
        index=row["idx"],
        attempt=row["attempt"],
        failures=row["failures"],
        phase_seq=row["phase_seq"],
        plan=json.loads(row["plan"]),
        seed=row["seed"],
        log_path=log_path or row["log_path"] or "",
        workflow_hash=job["workflow_hash"],
        job_name=job["name"],
        params=json.loads(job["params"]),
        resolution=job["resolution"],
        output_dir=job["output_dir"],
        submission=json.loads(job["submission"]),
        anew=bool(row["anew"]),
    )


def next_wake(conn: Connection, now: float) -> float | None:
    """When the next postponed prompt, job or the queue's pause is due (seconds since the epoch), or None."""
    row = conn.execute(
        "SELECT min(t) FROM (SELECT min(not_before) AS t FROM prompt"
        " WHERE claimed = 0 AND held_reason IS NULL AND state IN ('queued', 'running') AND not_before > :now"
        " UNION ALL SELECT min(not_before) FROM job"
        " WHERE state IN ('queued', 'running', 'review') AND not_before > :now"
        " UNION ALL SELECT until FROM queue WHERE until > :now)",
        {"now": now},
    ).fetchone()
    return None if row[0] is None else float(row[0])


def has_work(conn: Connection) -> bool:
    """Whether anything runs or could run now or later by itself."""
    row = conn.execute(
        "SELECT 1 FROM job j WHERE j.state IN ('queued', 'running', 'review') AND j.held_reason IS NULL"
        " AND j.blocked = 0 AND (j.unexpanded = 1 OR EXISTS (SELECT 1 FROM prompt p WHERE p.job_id = j.id"
        " AND p.held_reason IS NULL AND p.state IN ('queued', 'running'))) LIMIT 1"
    ).fetchone()
    return row is not None


def peek_ready(conn: Connection, lane: str, now: float, limit: int) -> list[Claim]:
    """What will be claimed next in a lane if nothing changes: up to `limit` prompts of one job, none taken.

    The attempts are those that the claims will have.
    """
    job = conn.execute(
        "SELECT j.id FROM job j WHERE j.state IN ('queued', 'running', 'review') AND j.held_reason IS NULL"
        " AND j.blocked = 0 AND (j.not_before IS NULL OR j.not_before <= :now)"
        " AND EXISTS (SELECT 1 FROM prompt p WHERE p.job_id = j.id AND p.lane = :lane AND p.claimed = 0"
        " AND p.held_reason IS NULL AND p.state IN ('queued', 'running')"
        " AND (p.not_before IS NULL OR p.not_before <= :now))"
        " ORDER BY j.priority DESC, j.position, j.id LIMIT 1",
        {"lane": lane, "now": now},
    ).fetchone()
    if job is None:
        return []
    rows = conn.execute(
        "SELECT p.*, p.attempt + (p.state = 'queued') AS next_attempt FROM prompt p"
        " WHERE p.job_id = ? AND p.lane = ? AND p.claimed = 0 AND p.held_reason IS NULL"
        " AND p.state IN ('queued', 'running') AND (p.not_before IS NULL OR p.not_before <= ?)"
        " ORDER BY p.state DESC, p.idx LIMIT ?",
        (job["id"], lane, now, limit),
    ).fetchall()
    return [replace(read_claim(conn, row), attempt=row["next_attempt"]) for row in rows]
