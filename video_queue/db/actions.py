"""Statements behind the actions an artist takes: cancel, retry, hold, release, skip. Rows are the requests.

Prompts that the worker is busy with are only marked here; it sees the mark when this transaction commits.
"""

from __future__ import annotations

from collections.abc import Sequence

from video_queue.db import attempts, events, jobs, prompts
from video_queue.db.connection import Connection
from video_queue.db.predicates import ACTIVE_PROMPT, DECIDE_GPU_AGAIN, ERROR_CODE
from video_queue.domain.events import EventType
from video_queue.domain.states import PromptState, may_become

_CANCELLABLE = (PromptState.QUEUED, PromptState.RUNNING, PromptState.REVIEW)
_IS_CANCELLABLE = "state IN ('queued', 'running', 'review')"

# Mark a job's active prompts, so that the worker stops them.
_MARK_ACTIVE = f"""
    UPDATE prompt AS p SET cancel_reason = ?, message = 'stopping' WHERE p.job_id = ? AND {ACTIVE_PROMPT}
"""

# Mark one active prompt.
_MARK = "UPDATE prompt SET cancel_reason = ?, message = 'stopping' WHERE id = ?"

# The working files of a job's prompts, or of one prompt, go once they are cancelled.
_DROP_WORK_OF_JOB = f"UPDATE prompt SET drop_work = 1 WHERE job_id = ? AND attempt > 0 AND {_IS_CANCELLABLE}"
_DROP_WORK = "UPDATE prompt SET drop_work = 1 WHERE id = ? AND attempt > 0"

# Let a prompt begin again at a phase, with nothing left of its last end.
_RESET_PROMPT = f"""
    UPDATE prompt
    SET phase_seq = ?, lane = ?, fresh = ?, {DECIDE_GPU_AGAIN}, claimed = 0, failures = 0, crashes = 0,
        returns = 0, drop_work = 0,
        phase_failures = '{{}}', error = NULL, message = NULL, skipped = 0, not_before = NULL, held_reason = NULL,
        cancel_reason = NULL, finished_at = NULL
    WHERE id = ?
"""

# A retried job is not finished any more, and what the circuit breaker held is released.
_COUNT_AGAIN = """
    UPDATE job SET failures_in_row = 0, finished_at = NULL, held_reason = nullif(held_reason, 'breaker')
    WHERE id = ?
"""

# Let one phase begin again.
_RESET_PHASE = "UPDATE phase SET state = 'pending', progress = 0 WHERE prompt_id = ? AND seq = ?"

# The prompts of a job that failed or were cancelled, or only those that failed.
_RETRYABLE = """
    SELECT id FROM prompt
    WHERE job_id = :job_id AND (state = 'failed' OR (state = 'cancelled' AND NOT :failed_only)) ORDER BY idx
"""

# The failed prompts of a job whose error has a code.
_FAILED_WITH = f"""
    SELECT p.id FROM prompt p WHERE p.job_id = ? AND p.state = 'failed' AND {ERROR_CODE} = ? ORDER BY p.idx
"""

# Where a prompt stands.
_PLACE = """
    SELECT state, phase_seq, drop_work > 0 AND state = 'cancelled' AS work_is_gone FROM prompt WHERE id = ?
"""

# A job that ended before its inputs were known gets its prompts once they are.
_EXPAND_AGAIN = """
    UPDATE job SET unexpanded = 1, error = NULL
    WHERE id = ? AND NOT EXISTS (SELECT 1 FROM prompt WHERE job_id = job.id)
"""

# Every prompt of a job that has ended.
_FINISHED = """
    SELECT id FROM prompt WHERE job_id = ? AND state IN ('failed', 'cancelled', 'succeeded') ORDER BY idx
"""

# Hold or release a queued prompt, unless it is so already.
_HOLD = """
    UPDATE prompt SET held_reason = :reason
    WHERE id = :prompt_id AND state = 'queued' AND (held_reason IS NULL) <> (:reason IS NULL)
    RETURNING job_id
"""


def cancel_job(conn: Connection, job_id: int, reason: str, now: str, *, keep_work: bool = False) -> int:
    """Cancel everything of a job that is not finished; how many prompts that concerns.

    With `keep_work` their working files stay and a retry goes on at the phase, else it begins at the first.
    """
    if not keep_work:
        conn.execute(_DROP_WORK_OF_JOB, (job_id,))
    marked = conn.execute(_MARK_ACTIVE, (reason, job_id)).rowcount
    cancelled = prompts.cancel_unclaimed(conn, job_id, now)
    conn.execute("UPDATE job SET unexpanded = 0, held_reason = NULL WHERE id = ?", (job_id,))
    if conn.execute("SELECT 1 FROM prompt WHERE job_id = ? LIMIT 1", (job_id,)).fetchone():
        jobs.finalize_job_if_complete(conn, job_id, now)
    else:
        # Its inputs come from another job that has not finished: it never had prompts.
        jobs.end_empty_job(conn, job_id, "cancelled", now)
    events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, cancelled=cancelled, stopping=marked)
    return marked + cancelled


def cancel_prompt(
    conn: Connection, prompt_id: int, reason: str, now: str, *, keep_work: bool = False
) -> bool:
    """Cancel one prompt, at once or by a mark for the worker; False if it is finished already."""
    row = conn.execute("SELECT * FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    if PromptState(row["state"]) not in _CANCELLABLE:
        return False
    if not keep_work:
        conn.execute(_DROP_WORK, (prompt_id,))
    if row["claimed"]:
        conn.execute(_MARK, (reason, prompt_id))
        events.append_event(
            conn, EventType.JOB_UPDATED, now, job_id=row["job_id"], prompt_id=prompt_id, stopping=1
        )
    else:
        prompts.cancel(conn, prompt_id, row["attempt"], reason, now)
    return True


def retry_prompts(
    conn: Connection,
    job_id: int,
    prompt_ids: Sequence[int],
    lanes: Sequence[str],
    now: str,
    from_seq: int | None,
    *,
    fresh: bool = False,
) -> int:
    """Put prompts back into the queue, finished phases kept (those before `from_seq` if given); how many.

    Nothing is kept of those that were cancelled without their working files.

    With `fresh` they run again and are not reused from other prompts.

    `lanes` names the lane of each phase by its place, and of publishing after the last. Crashes and failures are
    counted from 0 again, an archived job is shown again, and one that the breaker held goes on. A finished job is
    the last of its priority again.
    """
    jobs.set_archived(conn, job_id, False, now)
    jobs.queue_again(conn, job_id)
    retried = 0
    for prompt_id in prompt_ids:
        row = conn.execute(_PLACE, (prompt_id,)).fetchone()
        if row["state"] in may_become(PromptState.QUEUED):
            attempts.note_last(conn, prompt_id)
            prompts.change_prompt_state(conn, prompt_id, PromptState.QUEUED)
            first = 0 if row["work_is_gone"] else from_seq
            _reset(conn, prompt_id, row["phase_seq"], lanes, first, fresh=fresh)
            retried += 1
    conn.execute(_COUNT_AGAIN, (job_id,))
    conn.execute(_EXPAND_AGAIN, (job_id,))
    jobs.ignore_dependencies(conn, job_id)
    jobs.update_job_status(conn, job_id, now)
    jobs.wait_again(conn, job_id, now)
    events.append_event(conn, EventType.JOB_UPDATED, now, job_id=job_id, retried=retried)
    return retried


def _reset(
    conn: Connection,
    prompt_id: int,
    phase_seq: int,
    lanes: Sequence[str],
    from_seq: int | None,
    *,
    fresh: bool,
) -> None:
    seq = phase_seq if from_seq is None else min(phase_seq, from_seq)
    if from_seq is not None:  # else a review's edits may have left finished phases there, and the gate
        conn.execute("DELETE FROM phase WHERE prompt_id = ? AND seq > ?", (prompt_id, seq))
        conn.execute("DELETE FROM item WHERE prompt_id = ? AND seq > ?", (prompt_id, seq))
    conn.execute("UPDATE item SET crashes = 0 WHERE prompt_id = ?", (prompt_id,))
    conn.execute(_RESET_PHASE, (prompt_id, seq))
    if seq == from_seq:
        conn.execute("DELETE FROM item WHERE prompt_id = ? AND seq = ?", (prompt_id, seq))
    conn.execute(_RESET_PROMPT, (seq, lanes[seq], fresh, prompt_id))


def retryable(conn: Connection, job_id: int, *, failed_only: bool) -> list[int]:
    """The prompts of a job that `retry` concerns: failed, and cancelled unless `failed_only`."""
    rows = conn.execute(_RETRYABLE, {"job_id": job_id, "failed_only": failed_only})
    return [row["id"] for row in rows]


def failed_with(conn: Connection, job_id: int, code: str) -> list[int]:
    """The prompts of a job that failed with an error of this code."""
    return [row["id"] for row in conn.execute(_FAILED_WITH, (job_id, code))]


def finished_prompts(conn: Connection, job_id: int) -> list[int]:
    """Every finished prompt of a job, for `retry` with `from_phase`."""
    return [row["id"] for row in conn.execute(_FINISHED, (job_id,))]


def hold_prompt(conn: Connection, prompt_id: int, reason: str | None, now: str) -> bool:
    """Hold (with a reason) or release (None) one queued prompt; False if that changes nothing."""
    row = conn.execute(_HOLD, {"prompt_id": prompt_id, "reason": reason}).fetchone()
    if row is None:
        return False
    events.append_event(
        conn, EventType.JOB_UPDATED, now, job_id=row["job_id"], prompt_id=prompt_id, held_reason=reason
    )
    return True


def release_job(conn: Connection, job_id: int, now: str) -> None:
    """Release a job and its prompts held by `pilot`, `user` or `breaker`; the breaker counts from 0."""
    conn.execute(
        "UPDATE prompt SET held_reason = NULL WHERE job_id = ? AND held_reason IS NOT NULL", (job_id,)
    )
    conn.execute("UPDATE job SET failures_in_row = 0 WHERE id = ?", (job_id,))
    jobs.ignore_dependencies(conn, job_id)
    jobs.set_job_held(conn, job_id, None, now)


def skip_prompt(conn: Connection, prompt_id: int, now: str) -> bool:
    """A queued prompt counts as done without being run; False if it is not queued."""
    row = conn.execute("SELECT state, attempt FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    if row["state"] != PromptState.QUEUED:
        return False
    result = prompts.PromptResult(PromptState.SUCCEEDED, skipped=True)
    prompts.persist_prompt_result(conn, prompt_id, row["attempt"], result, now)
    return True
