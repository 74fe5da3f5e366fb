"""Statements of the review gate: a prompt waits for a person, who approves or rejects it."""

from __future__ import annotations

import json
from typing import Any

from video_queue.db import events, jobs, prompts
from video_queue.db.attempts import note_last, require_current
from video_queue.db.connection import Connection
from video_queue.db.phases import end_phase
from video_queue.db.predicates import DECIDE_GPU_AGAIN
from video_queue.db.stored import stored_json
from video_queue.domain.events import EventType
from video_queue.domain.review import Gate
from video_queue.domain.states import PhaseState, PromptState

# A phase waits for its review.
_ENTER = """
    INSERT INTO phase (prompt_id, seq, name, state, attempt, started_at, result)
    VALUES (?, ?, ?, 'review', ?, ?, ?)
    ON CONFLICT (prompt_id, seq) DO UPDATE SET state = 'review', result = excluded.result
    WHERE phase.state = 'pending'
"""

# A gate that waits for a worker.
_PENDING_GATE = "SELECT result FROM phase WHERE prompt_id = ? AND seq = ? AND state = 'pending'"

# What is decided so far.
_SAVE = "UPDATE phase SET result = ? WHERE prompt_id = ? AND seq = ? AND state = 'review'"

# A review is passed.
_APPROVE = """
    UPDATE phase SET state = 'succeeded', progress = 1, result = ?, finished_at = ?
    WHERE prompt_id = ? AND seq = ? AND state = 'review'
"""

# How many prompts wait for a review, and the first of them after one: of its job, then of the others.
_WAITING = "SELECT count(*) AS count FROM prompt WHERE state = 'review'"
_NEXT = """
    SELECT id FROM prompt WHERE state = 'review' AND id <> :id
    ORDER BY job_id <> :job_id, job_id = :job_id AND idx < :idx, job_id, idx LIMIT 1
"""


def enter_review(
    conn: Connection, prompt_id: int, attempt: int, seq: int, name: str, gate: Gate, now: str
) -> None:
    """Let the prompt wait at phase `seq` for a person to judge the items of the gate.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, prompt_id, attempt)
    conn.execute(_ENTER, (prompt_id, seq, name, attempt, now, json.dumps(gate)))
    prompts.change_prompt_state(conn, prompt_id, PromptState.REVIEW)
    note_last(conn, prompt_id, now)
    conn.execute("UPDATE prompt SET claimed = 0, crashes = 0 WHERE id = ?", (prompt_id,))
    _append_review(conn, prompt_id, now, phase=name)
    prompts.released(conn, prompt_id, attempt, now)


def pending_gate(conn: Connection, prompt_id: int, seq: int) -> Gate:
    """What a gate keeps before it is entered again: edits that are to be done, or what was decided before them."""
    row = conn.execute(_PENDING_GATE, (prompt_id, seq)).fetchone()
    gate: Gate = stored_json(row["result"] or "{}", f"a review of prompt {prompt_id}") if row else {}
    return gate


def save(conn: Connection, prompt_id: int, seq: int, gate: Gate, now: str) -> None:
    """Keep decisions of a gate that goes on waiting."""
    conn.execute(_SAVE, (json.dumps(gate), prompt_id, seq))
    decided, items = len(gate["decisions"]), len(gate["items"])
    _append_review(conn, prompt_id, now, decision="saved", decided=decided, items=items)


def edit(conn: Connection, prompt_id: int, seq: int, gate: Gate, lane: str, now: str) -> None:
    """Queue a prompt in review at its gate, for a worker to do the gate's edits."""
    prompts.change_prompt_state(conn, prompt_id, PromptState.QUEUED)
    conn.execute(_SAVE, (json.dumps(gate), prompt_id, seq))
    conn.execute("UPDATE phase SET state = 'pending' WHERE prompt_id = ? AND seq = ?", (prompt_id, seq))
    conn.execute("UPDATE prompt SET lane = ? WHERE id = ?", (lane, prompt_id))
    _append_review(conn, prompt_id, now, decision="edited")


def approve(
    conn: Connection, prompt_id: int, lanes: tuple[str, ...], result: dict[str, Any], now: str
) -> bool:
    """Queue a prompt in review for its next phase; `result` is the review's. False if it is not in review."""
    row = conn.execute("SELECT state, phase_seq FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    if row["state"] != PromptState.REVIEW:
        return False
    prompts.change_prompt_state(conn, prompt_id, PromptState.QUEUED)
    conn.execute(_APPROVE, (json.dumps(result), now, prompt_id, row["phase_seq"]))
    seq = row["phase_seq"] + 1
    conn.execute(
        f"UPDATE prompt SET phase_seq = ?, lane = ?, {DECIDE_GPU_AGAIN} WHERE id = ?",
        (seq, lanes[seq], prompt_id),
    )
    _append_review(conn, prompt_id, now, decision="approved")
    return True


def reject(conn: Connection, prompt_id: int, note: str | None, now: str) -> bool:
    """End a prompt in review as cancelled. False if it is not in review."""
    row = conn.execute("SELECT state, phase_seq, attempt FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    if row["state"] != PromptState.REVIEW:
        return False
    end_phase(conn, prompt_id, row["phase_seq"], PhaseState.CANCELLED, now)
    prompts.cancel(conn, prompt_id, row["attempt"], note or "rejected", now)
    return True


def waiting(conn: Connection, prompt_id: int) -> tuple[int, int | None]:
    """How many prompts wait for a review, and which of them is next after this one."""
    row = conn.execute("SELECT id, job_id, idx FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    following = conn.execute(_NEXT, dict(row)).fetchone()
    return conn.execute(_WAITING).fetchone()["count"], following and following["id"]


def _append_review(conn: Connection, prompt_id: int, now: str, **data: Any) -> None:
    row = conn.execute("SELECT job_id FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    jobs.update_job_status(conn, row["job_id"], now)
    events.append_prompt_event(conn, EventType.PROMPT_REVIEW, now, prompt_id, **data)
