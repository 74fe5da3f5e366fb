"""Which prompt a lane takes next, and the claim itself: the order of the queue as one statement.

`prompts` ends what is claimed here; `claims` only reads and takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from video_queue.db import events, jobs
from video_queue.db.connection import Connection
from video_queue.db.predicates import (
    OPEN_JOB,
    READY_JOB,
    READY_PROMPT,
    RELEASED_JOB,
    RELEASED_PROMPT,
    UNCLAIMED_PROMPT,
)
from video_queue.db.prompts import count_state
from video_queue.domain.events import EventType
from video_queue.domain.states import PromptState

# The next prompt of a lane: by priority, then by the job's position; inside a job what has begun is first.
# `INDEXED BY` and the join's form make SQLite walk the jobs in that order and stop at the first that has something
# (left alone it sorts all open jobs for each claim: 13 ms at 10,000).
# While enough prompts stand prepared for the GPU, no new ones are begun for it.
_PICK = f"""
    SELECT picked.id FROM job j INDEXED BY job_open CROSS JOIN prompt picked ON picked.id = (
        SELECT p.id FROM prompt p
        WHERE p.job_id = j.id AND p.lane = :lane AND {READY_PROMPT}
            AND (p.state = 'running' OR :may_begin OR j.uses_gpu = 0)
        ORDER BY p.state DESC, p.idx LIMIT 1
    )
    WHERE {READY_JOB}
    ORDER BY j.priority DESC, j.position, j.id LIMIT 1
"""

# Take the next prompt of a lane; an attempt begins with it unless it only goes on.
_CLAIM = f"""
    UPDATE prompt
    SET claimed = 1 + (state = 'running'), attempt = attempt + (state = 'queued'), state = 'running',
        not_before = NULL, waiting_reason = NULL, waiting_since = NULL, message = NULL,
        started_at = coalesce(started_at, :at)
    WHERE id = ({_PICK})
    RETURNING *
"""

# The prompts that would be claimed one after the other from the job whose turn is next.
_PEEK = f"""
    SELECT p.*, p.attempt + (p.state = 'queued') AS next_attempt FROM prompt p
    WHERE p.job_id = (SELECT job_id FROM prompt WHERE id = ({_PICK})) AND p.lane = :lane AND {READY_PROMPT}
    ORDER BY p.state DESC, p.idx LIMIT :limit
"""

# Whether the queue runs and some instance of the lane does.
_LANE_RUNS = """
    SELECT 1 FROM queue, lane WHERE queue.state = 'running' AND lane.name = ? AND lane.state = 'running'
"""

# How many prompts are begun and wait for the GPU.
_PREPARED_AHEAD = "SELECT count(*) FROM prompt WHERE state = 'running' AND lane = 'gpu' AND claimed = 0"

# When the next postponed prompt or job, or the end of a pause, is due.
_NEXT_DUE = f"""
    SELECT min(due) FROM (
        SELECT min(p.not_before) AS due FROM prompt p WHERE {UNCLAIMED_PROMPT} AND p.not_before > :now
        UNION ALL SELECT min(j.not_before) FROM job j WHERE {OPEN_JOB} AND j.not_before > :now
        UNION ALL SELECT until FROM queue WHERE until > :now
    )
"""

# Whether a released job has prompts to run, or is to be given some.
_HAS_WORK = f"""
    SELECT 1 FROM job j
    WHERE {RELEASED_JOB}
        AND (j.unexpanded = 1 OR EXISTS (SELECT 1 FROM prompt p WHERE p.job_id = j.id AND {RELEASED_PROMPT}))
    LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A prompt that the worker is busy with: where it stands and all that its next step needs.

    `fresh` says that its phases are to be run again, not reused from other prompts.
    """

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
    fresh: bool = False


def claim_next_prompt(
    conn: Connection, lane: str, now: float, at: str, logs: str, lookahead: int
) -> Claim | None:
    """Take the next ready prompt of a lane; None when there is nothing to do.

    `now` (seconds since the epoch) is compared with `not_before`, `at` is the same moment for show, `logs` the
    folder for log files. At most `lookahead` prompts stand prepared for the GPU ahead of time.
    """
    if conn.execute(_LANE_RUNS, (lane,)).fetchone() is None:
        return None
    may_begin = lane == "gpu" or conn.execute(_PREPARED_AHEAD).fetchone()[0] < lookahead
    values = {"lane": lane, "now": now, "at": at, "may_begin": may_begin}
    row = conn.execute(_CLAIM, values).fetchone()
    if row is None:
        return None
    log_path = row["log_path"] or f"{logs}/{row['job_id']}/{row['idx']}.log"
    if row["claimed"] == 1:
        _begin_attempt(conn, row, log_path, at)
    return read_claim(conn, row, log_path)


def _begin_attempt(conn: Connection, row: Any, log_path: str, now: str) -> None:
    set_prompt_log_path(conn, row["id"], log_path)
    count_state(conn, row["job_id"], PromptState.QUEUED, PromptState.RUNNING)
    jobs.update_job_status(conn, row["job_id"], now)
    events.append_prompt_event(conn, EventType.PROMPT_STARTED, now, row["id"], attempt=row["attempt"])


def set_prompt_log_path(conn: Connection, prompt_id: int, log_path: str) -> None:
    """Remember where a prompt's log lies; part of the claim's transaction."""
    conn.execute("UPDATE prompt SET log_path = ? WHERE id = ?", (log_path, prompt_id))


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
        fresh=bool(row["fresh"]),
    )


def next_wake(conn: Connection, now: float) -> float | None:
    """When the next postponed prompt, job or the queue's pause is due (seconds since the epoch), or None."""
    due = conn.execute(_NEXT_DUE, {"now": now}).fetchone()[0]
    return None if due is None else float(due)


def has_work(conn: Connection) -> bool:
    """Whether anything runs or could run now or later by itself."""
    return conn.execute(_HAS_WORK).fetchone() is not None


def peek_ready(conn: Connection, lane: str, now: float, limit: int) -> list[Claim]:
    """What will be claimed next in a lane if nothing changes: up to `limit` prompts of one job, none taken.

    The attempts are those that the claims will have.
    """
    values = {"lane": lane, "now": now, "may_begin": True, "limit": limit}
    rows = conn.execute(_PEEK, values).fetchall()
    return [replace(read_claim(conn, row), attempt=row["next_attempt"]) for row in rows]
