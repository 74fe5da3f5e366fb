"""Statements about single prompts as the worker sees them: pass on, finish, postpone, requeue.

Every write names the attempt it belongs to. What passes on, ends or requeues a prompt raises StaleAttemptError if
another attempt has the prompt by now; a late report changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from video_queue.db import breaker, events, jobs, queue_state, tally
from video_queue.db.artifacts import NewArtifact, insert_artifacts
from video_queue.db.attempts import StaleAttemptError, note_put_back, require_current
from video_queue.db.connection import Connection
from video_queue.db.predicates import ACTIVE_PROMPT
from video_queue.db.stored import stored_json
from video_queue.domain.errors import ErrorInfo
from video_queue.domain.events import EventType
from video_queue.domain.states import PromptState, may_become

# Release a prompt between two phases; what the last one failed at does not count for the next. Whether it needs the
# gpu is to be found out again where a comfy phase is left.
_ADVANCE = """
    UPDATE prompt
    SET phase_seq = :phase_seq, lane = :lane, claimed = 0, message = NULL, phase_failures = '{}', crashes = 0,
        needs_gpu = CASE WHEN NOT :gpu_left OR (:lane <> 'gpu' AND needs_gpu = 0) THEN 0 END
    WHERE id = :prompt_id
"""

# Write how a prompt ended.
_FINISH = """
    UPDATE prompt
    SET state = ?, claimed = 0, cancel_reason = NULL, error = ?, message = ?, skipped = ?, finished_at = ?,
        waiting_reason = NULL, waiting_since = NULL
    WHERE id = ? AND state = ?
"""

# Let a prompt wait in the queue, for a moment or for something.
_POSTPONE = """
    UPDATE prompt
    SET claimed = 0, not_before = ?, waiting_reason = ?, waiting_since = ?, message = ?
    WHERE id = ?
"""

# A transient failure, or a wait for its surroundings: counted by code until the phase or item is done, so that the
# pauses grow. Failures are counted over all phases too.
_COUNT = """
    UPDATE prompt
    SET failures = failures + :failed, phase_failures = json_set(
        phase_failures, '$.' || :code, coalesce(json_extract(phase_failures, '$.' || :code), 0) + 1
    )
    WHERE id = :prompt_id
"""

# It goes on in the same attempt, perhaps much later: what it used its inputs for counts, not what they were before.
_FORGET_INPUTS = "UPDATE prompt_input SET attempt = 0 WHERE prompt_id = ?"

# The phase a prompt stands at is to be done again.
_RESTART_PHASE = """
    UPDATE phase SET state = 'pending', progress = 0 WHERE prompt_id = ? AND seq = ? AND state <> 'succeeded'
"""

# Nobody waits any more for what ComfyUI renders for a prompt: it is ended there.
_GIVE_UP_RENDERS = """
    UPDATE item SET state = 'pending', remote_id = NULL
    WHERE prompt_id = ? AND state = 'running' AND remote_id IS NOT NULL
"""

# The active prompts that are marked for cancelling.
_CANCEL_REQUESTS = f"""
    SELECT p.id, p.attempt, p.cancel_reason FROM prompt p WHERE {ACTIVE_PROMPT} AND p.cancel_reason IS NOT NULL
"""

# What a prompt is doing, unless it is being stopped.
_SET_MESSAGE = "UPDATE prompt SET message = ? WHERE id = ? AND attempt = ? AND cancel_reason IS NULL"

# Everything that runs, and whether it has an intent to publish.
_RUNNING = """
    SELECT p.id, p.job_id, p.attempt, p.phase_seq, p.claimed, p.cancel_reason,
        (SELECT 1 FROM publication b WHERE b.prompt_id = p.id) AS publishing
    FROM prompt p WHERE p.state = 'running'
"""

# The process died in a phase: it begins again.
_RESTART_ORPHAN = """
    UPDATE phase SET state = 'pending', progress = 0
    WHERE prompt_id = ? AND seq = ? AND state IN ('running', 'harvesting')
"""

# A file makes the process die where the process itself reads it: with what was prepared ahead, and with what was active
# while neither a child nor ComfyUI worked for it and nothing was left but to publish what was checked.
_SUSPECTS = f"""
    SELECT id FROM prompt INDEXED BY prompt_prefetching WHERE prefetching = 1
    UNION SELECT p.id FROM prompt p INDEXED BY prompt_active WHERE {ACTIVE_PROMPT}
        AND NOT EXISTS (SELECT 1 FROM child c WHERE c.prompt_id = p.id)
        AND NOT EXISTS (
            SELECT 1 FROM item i WHERE i.prompt_id = p.id AND i.seq = p.phase_seq AND i.state = 'running'
        )
        AND NOT EXISTS (SELECT 1 FROM publication b WHERE b.prompt_id = p.id)
"""

# Everything that was active.
_ACTIVE = f"SELECT p.id FROM prompt p INDEXED BY prompt_active WHERE {ACTIVE_PROMPT}"

# Whether a prompt's files are being read ahead of its claim.
_SET_PREFETCHING = "UPDATE prompt SET prefetching = ? WHERE id = ?"

# Cancel the prompts of a job that are in one state and that no worker has claimed.
_CANCEL_UNCLAIMED = """
    UPDATE prompt
    SET state = 'cancelled', finished_at = ?, cancel_reason = NULL, waiting_reason = NULL, waiting_since = NULL
    WHERE job_id = ? AND state = ? AND claimed = 0
"""

# The events of their ends.
_UNCLAIMED_ENDS = """
    SELECT 'prompt.finished', ?, job_id, id, json_object('index', idx, 'state', 'cancelled', 'error', NULL)
    FROM prompt WHERE job_id = ? AND state = ? AND claimed = 0 ORDER BY idx
"""


@dataclass(frozen=True, slots=True)
class PromptResult:
    """How an attempt ended, and the files that were published."""

    state: PromptState
    error: ErrorInfo | None = None
    message: str | None = None
    skipped: bool = False
    artifacts: tuple[NewArtifact, ...] = ()


def pass_on(
    conn: Connection,
    prompt_id: int,
    attempt: int,
    phase_seq: int,
    lane: str,
    now: str,
    *,
    gpu_left: bool = True,
) -> None:
    """Release a prompt between two phases; the next one is `phase_seq`, in `lane`; `gpu_left`: a comfy phase is left.

    A prompt that is marked for cancelling ends here.
    """
    require_current(conn, prompt_id, attempt)
    place = {"phase_seq": phase_seq, "lane": lane, "gpu_left": gpu_left, "prompt_id": prompt_id}
    conn.execute(_ADVANCE, place)
    released(conn, prompt_id, attempt, now)


def released(conn: Connection, prompt_id: int, attempt: int, now: str) -> None:
    """What follows once no slot holds a prompt any more: a pause may be complete, and a cancel that the worker did not
    see in time ends it.
    """
    queue_state.finish_pause(conn, now)
    if (reason := _cancel_reason(conn, prompt_id)) is not None:
        cancel(conn, prompt_id, attempt, reason, now)


def _cancel_reason(conn: Connection, prompt_id: int) -> str | None:
    """The mark that the worker did not see in time, if there is one."""
    row = conn.execute("SELECT cancel_reason FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    return None if row["cancel_reason"] is None else str(row["cancel_reason"])


def cancel(conn: Connection, prompt_id: int, attempt: int, reason: str, now: str) -> None:
    """End an attempt as cancelled."""
    result = PromptResult(PromptState.CANCELLED, message=reason)
    persist_prompt_result(conn, prompt_id, attempt, result, now)


def persist_prompt_result(
    conn: Connection, prompt_id: int, attempt: int, result: PromptResult, now: str
) -> None:
    """End an attempt: state, error, artifacts, counts and event in one transaction; the job's state follows.

    Raises:
        StaleAttemptError: if the attempt is not current any more, or the prompt's state does not allow this end.
    """
    row = conn.execute("SELECT job_id, attempt, state FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    if row is None or row["attempt"] != attempt or row["state"] not in may_become(result.state):
        raise StaleAttemptError(prompt_id, attempt)
    error = result.error.model_dump_json() if result.error else None
    end = (result.state, error, result.message, result.skipped, now)
    conn.execute(_FINISH, (*end, prompt_id, row["state"]))
    count_state(conn, row["job_id"], row["state"], result.state)
    insert_artifacts(conn, row["job_id"], prompt_id, result.artifacts)
    _append_finished(conn, prompt_id, result, now)
    if result.state is PromptState.SUCCEEDED:
        # An intent of any other end stays until its files are withdrawn.
        conn.execute("DELETE FROM publication WHERE prompt_id = ?", (prompt_id,))
        breaker.note_success(conn, row["job_id"])
    elif result.state is PromptState.FAILED:
        breaker.note_failure(conn, row["job_id"], now)
    jobs.finalize_job_if_complete(conn, row["job_id"], now)
    queue_state.finish_pause(conn, now)


def _append_finished(conn: Connection, prompt_id: int, result: PromptResult, now: str) -> None:
    error = result.error.model_dump(mode="json") if result.error else None
    state = result.state.value
    events.append_prompt_event(conn, EventType.PROMPT_FINISHED, now, prompt_id, state=state, error=error)


def change_prompt_state(conn: Connection, prompt_id: int, to: PromptState) -> None:
    """Enter `to` from where the prompt is; counts follow.

    Raises:
        ValueError: if the transition table does not allow it.
    """
    row = conn.execute("SELECT state, job_id FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    before = PromptState(row["state"])
    if before not in may_become(to):
        raise ValueError(f"prompt {prompt_id} cannot become {to} while it is {before}")
    conn.execute("UPDATE prompt SET state = ? WHERE id = ? AND state = ?", (to, prompt_id, before))
    count_state(conn, row["job_id"], before, to)


def count_state(conn: Connection, job_id: int, before: str, after: str, many: int = 1) -> None:
    """Move `many` prompts of a job from one state to another in the tally and in the job's own counts."""
    tally.count_change(conn, "prompt", before, after, many)
    conn.execute(
        f"UPDATE job SET {before} = {before} - ?, {after} = {after} + ? WHERE id = ?", (many, many, job_id)
    )


def requeue(
    conn: Connection,
    prompt_id: int,
    attempt: int,
    now: str,
    *,
    not_before: float | None = None,
    failure: str | None = None,
    waiting: str | None = None,
    error: ErrorInfo | None = None,
    keep_renders: bool = True,
) -> None:
    """Back to `queued`, finished phases kept: for a retry after a transient `failure` (its code), a wait or a pause.

    `not_before` is compared with the clock, `waiting` names the reason; the one needs the other. What ComfyUI renders
    for it goes on and is followed again, but not after a failure or without `keep_renders`. A prompt that is marked
    for cancelling ends here.
    """
    require_current(conn, prompt_id, attempt)
    if (reason := _cancel_reason(conn, prompt_id)) is not None:
        cancel(conn, prompt_id, attempt, reason, now)
        return
    row = conn.execute("SELECT job_id, phase_seq FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    change_prompt_state(conn, prompt_id, PromptState.QUEUED)
    since, message = now if waiting else None, error.message if error else None
    conn.execute(_POSTPONE, (not_before, waiting, since, message, prompt_id))
    note_put_back(conn, prompt_id, "failed" if error else "interrupted", now, error)
    if code := failure or (error and error.code):
        conn.execute(_COUNT, {"failed": failure is not None, "code": code, "prompt_id": prompt_id})
    if error and not failure:
        conn.execute(_FORGET_INPUTS, (prompt_id,))
    if failure or not keep_renders:
        conn.execute(_GIVE_UP_RENDERS, (prompt_id,))
    conn.execute(_RESTART_PHASE, (prompt_id, row["phase_seq"]))
    jobs.update_job_status(conn, row["job_id"], now)
    queue_state.finish_pause(conn, now)
    type_ = EventType.PROMPT_RETRYING if failure else EventType.JOB_UPDATED
    stored = error.model_dump(mode="json") if error else None
    events.append_prompt_event(conn, type_, now, prompt_id, waiting_for=waiting, error=stored)


def phase_failures(conn: Connection, prompt_id: int) -> dict[str, int]:
    """The transient failures of the phase a prompt stands at, by code, since its last finished item."""
    row = conn.execute("SELECT phase_failures FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    return dict(stored_json(row["phase_failures"], f"prompt {prompt_id}")) if row else {}


def forget_failures(conn: Connection, prompt_id: int) -> None:
    """An item is finished: what failed or died before does not count for the next."""
    conn.execute("UPDATE prompt SET phase_failures = '{}', crashes = 0 WHERE id = ?", (prompt_id,))


def set_prefetching(conn: Connection, prompt_ids: Iterable[int], prefetching: bool) -> None:
    """Whether the files of these prompts are being read ahead of their claims."""
    conn.executemany(_SET_PREFETCHING, [(prefetching, prompt_id) for prompt_id in prompt_ids])


def cancel_requests(conn: Connection) -> list[tuple[int, int, str]]:
    """The active prompts that are to be cancelled: (prompt, attempt, reason)."""
    rows = conn.execute(_CANCEL_REQUESTS)
    return [(row["id"], row["attempt"], row["cancel_reason"]) for row in rows]


def set_prompt_message(conn: Connection, prompt_id: int, attempt: int, message: str | None) -> None:
    """What the prompt is doing, for show."""
    conn.execute(_SET_MESSAGE, (message, prompt_id, attempt))


def release_orphans(conn: Connection, now: str) -> list[tuple[int, int]]:
    """After a crash: everything that was running is queued again, what was to be cancelled ends.

    Finished phases and items stay. Prompts with an intent to publish are left alone for `recovery` to roll forward;
    the active ones are returned as (prompt, attempt).
    """
    _count_crashes(conn)
    rows = conn.execute(_RUNNING).fetchall()
    for row in rows:
        if not row["publishing"]:
            _release_orphan(conn, row, now)
    return [(row["id"], row["attempt"]) for row in rows if row["publishing"] and row["claimed"]]


def _count_crashes(conn: Connection) -> None:
    """Count a death of the process for the prompts that may have caused it; a commit of their work forgets it."""
    suspects = conn.execute(_SUSPECTS).fetchall() or conn.execute(_ACTIVE).fetchall()
    conn.executemany(
        "UPDATE prompt SET crashes = crashes + 1 WHERE id = ?", [(row["id"],) for row in suspects]
    )
    conn.execute("UPDATE prompt INDEXED BY prompt_prefetching SET prefetching = 0 WHERE prefetching = 1")


def _release_orphan(conn: Connection, row: Any, now: str) -> None:
    conn.execute(_RESTART_ORPHAN, (row["id"], row["phase_seq"]))
    if row["cancel_reason"] is not None:
        cancel(conn, row["id"], row["attempt"], row["cancel_reason"], now)
        return
    change_prompt_state(conn, row["id"], PromptState.QUEUED)
    conn.execute("UPDATE prompt SET claimed = 0, message = NULL WHERE id = ?", (row["id"],))
    note_put_back(conn, row["id"], "crashed", None)
    jobs.update_job_status(conn, row["job_id"], now)


def cancel_unclaimed(conn: Connection, job_id: int, now: str) -> int:
    """Cancel the prompts of a job that no worker has claimed, with an event for each; how many."""
    total = 0
    for before in may_become(PromptState.CANCELLED):
        events.append_selected(conn, _UNCLAIMED_ENDS, (now, job_id, before))
        cancelled = conn.execute(_CANCEL_UNCLAIMED, (now, job_id, before)).rowcount
        if cancelled:
            count_state(conn, job_id, before, PromptState.CANCELLED, cancelled)
        total += cancelled
    return total
