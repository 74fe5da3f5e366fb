"""Statements about single prompts as the worker sees them: claim, finish, postpone, requeue.

Every write names the attempt it belongs to: a late report from an old attempt changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from video_queue.db import events, jobs, tally
from video_queue.db.artifacts import NewArtifact, insert_artifacts
from video_queue.db.connection import Connection
from video_queue.domain.errors import ErrorInfo
from video_queue.domain.events import EventType
from video_queue.domain.states import FINISHED_PROMPT, PromptState, may_become

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


@dataclass(frozen=True, slots=True)
class PromptResult:
    """How an attempt ended, and the files that were published."""

    state: PromptState
    error: ErrorInfo | None = None
    message: str | None = None
    skipped: bool = False
    artifacts: tuple[NewArtifact, ...] = ()


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
        _count_state(conn, row["job_id"], PromptState.QUEUED, PromptState.RUNNING)
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


def is_current(conn: Connection, prompt_id: int, attempt: int) -> bool:
    """Whether the worker still has this prompt in hand under this attempt."""
    row = conn.execute(
        "SELECT 1 FROM prompt WHERE id = ? AND attempt = ? AND state = 'running' AND claimed > 0",
        (prompt_id, attempt),
    ).fetchone()
    return row is not None


def pass_on(conn: Connection, prompt_id: int, attempt: int, phase_seq: int, lane: str, now: str) -> bool:
    """Let go of a prompt between two phases; it is next wanted at `phase_seq` in `lane`.

    If somebody asked for its end meanwhile, it is cancelled here.
    """
    changed = conn.execute(
        "UPDATE prompt SET phase_seq = ?, lane = ?, claimed = 0, message = NULL"
        " WHERE id = ? AND attempt = ? AND state = 'running' AND claimed > 0",
        (phase_seq, lane, prompt_id, attempt),
    )
    _end_if_cancelled(conn, prompt_id, attempt, now)
    return changed.rowcount > 0


def _end_if_cancelled(conn: Connection, prompt_id: int, attempt: int, now: str) -> bool:
    """Cancel a prompt whose mark the worker did not see in time; whether it was marked."""
    row = conn.execute("SELECT cancel_reason FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    if row["cancel_reason"] is None:
        return False
    result = PromptResult(PromptState.CANCELLED, message=row["cancel_reason"])
    return persist_prompt_result(conn, prompt_id, attempt, result, now)


def persist_prompt_result(
    conn: Connection, prompt_id: int, attempt: int, result: PromptResult, now: str
) -> bool:
    """End an attempt: state, error, artifacts, counts and event in one go; False if it is not current any more.

    The job's state follows in the same transaction (`finalize_job_if_complete`).
    """
    row = conn.execute("SELECT * FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    if row is None or row["attempt"] != attempt or row["state"] not in may_become(result.state):
        return False
    error = result.error.model_dump_json() if result.error else None
    conn.execute(
        "UPDATE prompt SET state = ?, claimed = 0, cancel_reason = NULL, error = ?, message = ?, skipped = ?,"
        " finished_at = ?, waiting_reason = NULL, waiting_since = NULL WHERE id = ? AND state = ?",
        (result.state, error, result.message, result.skipped, now, prompt_id, row["state"]),
    )
    _count_state(conn, row["job_id"], row["state"], result.state)
    insert_artifacts(conn, row["job_id"], prompt_id, result.artifacts)
    if result.state is PromptState.SUCCEEDED:
        # An intent of any other end stays until its files are withdrawn.
        conn.execute("DELETE FROM publication WHERE prompt_id = ?", (prompt_id,))
    _tell_finished(conn, row, result, now)
    if result.state is PromptState.SUCCEEDED:
        jobs.note_success(conn, row["job_id"])
    elif result.state is PromptState.FAILED:
        jobs.note_failure(conn, row["job_id"], now)
    jobs.finalize_job_if_complete(conn, row["job_id"], now)
    return True


def _tell_finished(conn: Connection, row: Any, result: PromptResult, now: str) -> None:
    events.append_event(
        conn,
        EventType.PROMPT_FINISHED,
        now,
        job_id=row["job_id"],
        prompt_id=row["id"],
        index=row["idx"],
        state=result.state.value,
        error=result.error.model_dump(mode="json") if result.error else None,
    )


def change_prompt_state(conn: Connection, prompt_id: int, to: PromptState) -> bool:
    """Enter `to` if the transition table allows it from where the prompt is; counts follow."""
    row = conn.execute("SELECT state, job_id FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    before = PromptState(row["state"])
    if before not in may_become(to):
        return False
    conn.execute("UPDATE prompt SET state = ? WHERE id = ? AND state = ?", (to, prompt_id, before))
    _count_state(conn, row["job_id"], before, to)
    return True


def _count_state(conn: Connection, job_id: int, before: str, after: str, many: int = 1) -> None:
    tally.count_change(conn, "prompt", before, after, many)
    conn.execute(
        f"UPDATE job SET {before} = {before} - ?, {after} = {after} + ? WHERE id = ?",
        (many, many, job_id),
    )


def requeue(
    conn: Connection,
    prompt_id: int,
    attempt: int,
    now: str,
    *,
    not_before: float | None = None,
    failures: int = 0,
    waiting: str | None = None,
    error: ErrorInfo | None = None,
) -> bool:
    """Back to `queued`, finished phases kept: for a retry (`failures` 1 more), a wait or a pause.

    False if the attempt is not current any more.
    """
    if not is_current(conn, prompt_id, attempt):
        return False
    if _end_if_cancelled(conn, prompt_id, attempt, now):
        return True
    row = conn.execute("SELECT job_id, idx, phase_seq FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    change_prompt_state(conn, prompt_id, PromptState.QUEUED)
    conn.execute(
        "UPDATE prompt SET claimed = 0, not_before = ?, failures = failures + ?, waiting_reason = ?,"
        " waiting_since = ?, message = ? WHERE id = ?",
        (
            not_before,
            failures,
            waiting,
            now if waiting else None,
            error.message if error else None,
            prompt_id,
        ),
    )
    conn.execute(
        "UPDATE phase SET state = 'pending', progress = 0 WHERE prompt_id = ? AND seq = ? AND state <> 'succeeded'",
        (prompt_id, row["phase_seq"]),
    )
    jobs.update_job_status(conn, row["job_id"], now)
    events.append_event(
        conn,
        EventType.PROMPT_RETRYING if failures else EventType.JOB_UPDATED,
        now,
        job_id=row["job_id"],
        prompt_id=prompt_id,
        index=row["idx"],
        waiting_for=waiting,
        error=error.model_dump(mode="json") if error else None,
    )
    return True


def cancel_requests(conn: Connection) -> list[tuple[int, int, str]]:
    """Prompts in the worker's hands that somebody wants cancelled: (prompt, attempt, reason)."""
    rows = conn.execute(
        "SELECT id, attempt, cancel_reason FROM prompt"
        " WHERE state = 'running' AND claimed > 0 AND cancel_reason IS NOT NULL"
    )
    return [(row["id"], row["attempt"], row["cancel_reason"]) for row in rows]


def set_prompt_message(conn: Connection, prompt_id: int, attempt: int, message: str | None) -> None:
    """What the prompt is doing, for show."""
    conn.execute(
        "UPDATE prompt SET message = ? WHERE id = ? AND attempt = ? AND cancel_reason IS NULL",
        (message, prompt_id, attempt),
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


def release_orphans(conn: Connection, now: str) -> list[tuple[int, int]]:
    """After a crash: everything that was running goes back to the queue, what was to be cancelled ends.

    Finished phases and items stay. The phase in hand counts one crash more. Prompts with an intent to publish are
    left alone for `recovery` to roll forward; they are returned as (prompt, attempt).
    """
    rows = conn.execute(
        "SELECT p.*, (SELECT 1 FROM publication b WHERE b.prompt_id = p.id) AS publishing"
        " FROM prompt p WHERE p.state = 'running'"
    ).fetchall()
    for row in rows:
        if not row["publishing"]:
            _release_orphan(conn, row, now)
    return [(row["id"], row["attempt"]) for row in rows if row["publishing"]]


def _release_orphan(conn: Connection, row: Any, now: str) -> None:
    conn.execute(
        "UPDATE phase SET crashes = crashes + 1, state = 'pending', progress = 0"
        " WHERE prompt_id = ? AND seq = ? AND state IN ('running', 'harvesting')",
        (row["id"], row["phase_seq"]),
    )
    if row["cancel_reason"] is not None:
        cancelled = PromptResult(PromptState.CANCELLED, message=row["cancel_reason"])
        persist_prompt_result(conn, row["id"], row["attempt"], cancelled, now)
        return
    change_prompt_state(conn, row["id"], PromptState.QUEUED)
    conn.execute("UPDATE prompt SET claimed = 0, message = NULL WHERE id = ?", (row["id"],))
    jobs.update_job_status(conn, row["job_id"], now)


def change_many(
    conn: Connection, job_id: int, from_states: Iterable[PromptState], to: PromptState, now: str
) -> int:
    """Move all prompts of a job that no worker has in hand from some states to another, in one statement each."""
    total = 0
    for before in from_states:
        if before not in may_become(to):
            continue
        finished = now if to in FINISHED_PROMPT else None
        changed = conn.execute(
            "UPDATE prompt SET state = ?, finished_at = ?, cancel_reason = NULL, waiting_reason = NULL,"
            " waiting_since = NULL WHERE job_id = ? AND state = ? AND claimed = 0",
            (to, finished, job_id, before),
        ).rowcount
        if changed:
            _count_state(conn, job_id, before, to, changed)
        total += changed
    return total
