"""Statements behind the actions an artist takes: cancel, retry, hold, release, skip. Rows are the requests.

What the worker has in hand is only marked here; the worker sees the mark when this transaction commits.
"""

from __future__ import annotations

from collections.abc import Sequence

from video_queue.db import events, jobs, prompts
from video_queue.db.connection import Connection
from video_queue.domain.events import EventType
from video_queue.domain.states import PromptState

_WAITING = (PromptState.QUEUED, PromptState.RUNNING, PromptState.REVIEW)


def cancel_job(conn: Connection, job_id: int, reason: str, now: str) -> int:
    """Cancel everything of a job that is not finished; how many prompts that concerns."""
    marked = conn.execute(
        "UPDATE prompt SET cancel_reason = ?, message = 'stopping'"
        " WHERE job_id = ? AND state = 'running' AND claimed > 0",
        (reason, job_id),
    ).rowcount
    many = prompts.change_many(conn, job_id, _WAITING, PromptState.CANCELLED, now)
    conn.execute("UPDATE job SET unexpanded = 0, held_reason = NULL WHERE id = ?", (job_id,))
    if not _cancel_empty(conn, job_id, now):
        jobs.finalize_job_if_complete(conn, job_id, now)
    events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, cancelled=many, stopping=marked)
    return marked + many


def _cancel_empty(conn: Connection, job_id: int, now: str) -> bool:
    """A job that never had prompts (its inputs come from another job) ends as cancelled itself."""
    if conn.execute("SELECT 1 FROM prompt WHERE job_id = ? LIMIT 1", (job_id,)).fetchone():
        return False
    jobs.end_empty_job(conn, job_id, "cancelled", now)
    return True


def cancel_prompt(conn: Connection, prompt_id: int, reason: str, now: str) -> bool:
    """Cancel one prompt, at once or by a mark for the worker; False if it is finished already."""
    row = conn.execute("SELECT * FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    if PromptState(row["state"]) not in _WAITING:
        return False
    if row["claimed"]:
        conn.execute(
            "UPDATE prompt SET cancel_reason = ?, message = 'stopping' WHERE id = ?", (reason, prompt_id)
        )
        events.append_event(
            conn, EventType.JOB_UPDATED, now, job_id=row["job_id"], prompt_id=prompt_id, stopping=1
        )
        return True
    result = prompts.PromptResult(PromptState.CANCELLED, message=reason)
    prompts.persist_prompt_result(conn, prompt_id, row["attempt"], result, now)
    return True


def retry_prompts(
    conn: Connection,
    job_id: int,
    prompt_ids: Sequence[int],
    lanes: Sequence[str],
    now: str,
    from_seq: int | None,
) -> int:
    """Put prompts back into the queue, finished phases kept (those before `from_seq` if given); how many.

    `lanes` names the lane of each phase by its place, and of publishing after the last. Crash and failure counts
    begin anew.
    """
    many = 0
    jobs.set_archived(conn, job_id, False, now)  # what works again is in sight again
    for prompt_id in prompt_ids:
        if prompts.change_prompt_state(conn, prompt_id, PromptState.QUEUED):
            _reset(conn, prompt_id, lanes, from_seq)
            many += 1
    conn.execute("UPDATE job SET failures_in_row = 0, finished_at = NULL WHERE id = ?", (job_id,))
    jobs.update_job_status(conn, job_id, now)
    events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, retried=many)
    return many


def _reset(conn: Connection, prompt_id: int, lanes: Sequence[str], from_seq: int | None) -> None:
    seq = conn.execute("SELECT phase_seq FROM prompt WHERE id = ?", (prompt_id,)).fetchone()[0]
    seq = seq if from_seq is None else min(seq, from_seq)
    conn.execute("DELETE FROM phase WHERE prompt_id = ? AND seq > ?", (prompt_id, seq))
    conn.execute("DELETE FROM item WHERE prompt_id = ? AND seq > ?", (prompt_id, seq))
    conn.execute("UPDATE item SET crashes = 0 WHERE prompt_id = ?", (prompt_id,))
    conn.execute(
        "UPDATE phase SET state = 'pending', crashes = 0, progress = 0 WHERE prompt_id = ? AND seq = ?",
        (prompt_id, seq),
    )
    if from_seq is not None and seq == from_seq:
        conn.execute("DELETE FROM item WHERE prompt_id = ? AND seq = ?", (prompt_id, seq))
    conn.execute(
        "UPDATE prompt SET phase_seq = ?, lane = ?, anew = ?, claimed = 0, failures = 0, error = NULL, message = NULL,"
        " skipped = 0, not_before = NULL, held_reason = NULL, cancel_reason = NULL, finished_at = NULL WHERE id = ?",
        (seq, lanes[seq], from_seq is not None, prompt_id),
    )


def retryable(conn: Connection, job_id: int, *, failed_only: bool) -> list[int]:
    """The prompts of a job that `retry` concerns: failed, and cancelled unless `failed_only`."""
    states = "('failed')" if failed_only else "('failed', 'cancelled')"
    rows = conn.execute(
        f"SELECT id FROM prompt WHERE job_id = ? AND state IN {states} ORDER BY idx", (job_id,)
    )
    return [row["id"] for row in rows]


def finished_prompts(conn: Connection, job_id: int) -> list[int]:
    """Every finished prompt of a job, for `retry` with `from_phase`."""
    rows = conn.execute(
        "SELECT id FROM prompt WHERE job_id = ? AND state IN ('failed', 'cancelled', 'succeeded') ORDER BY idx",
        (job_id,),
    )
    return [row["id"] for row in rows]


def hold_prompt(conn: Connection, prompt_id: int, reason: str | None, now: str) -> bool:
    """Hold (with a reason) or release (None) one queued prompt; False if that changes nothing."""
    changed = conn.execute(
        "UPDATE prompt SET held_reason = ? WHERE id = ? AND state = 'queued'"
        " AND (held_reason IS NULL) <> (? IS NULL) RETURNING job_id",
        (reason, prompt_id, reason),
    ).fetchone()
    if changed is None:
        return False
    events.append_event(
        conn, EventType.JOB_UPDATED, now, job_id=changed["job_id"], prompt_id=prompt_id, held_reason=reason
    )
    return True


def release_job(conn: Connection, job_id: int, now: str) -> None:
    """Release a job and its prompts held by `pilot`, `user` or `breaker`; the breaker counts from 0."""
    conn.execute(
        "UPDATE prompt SET held_reason = NULL WHERE job_id = ? AND held_reason IS NOT NULL", (job_id,)
    )
    conn.execute("UPDATE job SET failures_in_row = 0 WHERE id = ?", (job_id,))
    jobs.set_job_held(conn, job_id, None, now)


def skip_prompt(conn: Connection, prompt_id: int, now: str) -> bool:
    """A queued prompt counts as done without being run; False if it is not queued."""
    row = conn.execute("SELECT state, attempt FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    if row["state"] != PromptState.QUEUED:
        return False
    result = prompts.PromptResult(PromptState.SUCCEEDED, skipped=True)
    prompts.persist_prompt_result(conn, prompt_id, row["attempt"], result, now)
    return True
