"""What was done to jobs and prompts, with how each stood before, so that it can be undone. The newest few are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from video_queue.db.connection import Connection

_KEPT = 20

# A job as it stands, and its prompts that are held one by one: releasing or cancelling the job frees those. What an
# action comes to twice (`1` and `1.2`, or `1` and `01`) is noted once, as it stood at first.
_NOTE_JOB = "INSERT OR IGNORE INTO done_to SELECT ?, id, 0, position, held_reason FROM job WHERE id = ?"
_NOTE_HELD = """
    INSERT OR IGNORE INTO done_to SELECT ?, job_id, id, NULL, held_reason FROM prompt INDEXED BY prompt_held
    WHERE job_id = ? AND held_reason IS NOT NULL AND state = 'queued'
"""

# One prompt as it stands.
_NOTE_PROMPT = """
    INSERT OR IGNORE INTO done_to SELECT ?, job_id, id, NULL, held_reason FROM prompt WHERE id = ?
"""

# A job that another one displaced; noted once.
_NOTE_POSITION = "INSERT OR IGNORE INTO done_to VALUES (?, ?, 0, ?, NULL)"

# An action by its number, or the newest.
_FIND = "SELECT id, action, at FROM done_action WHERE ?1 IS NULL OR id = ?1 ORDER BY id DESC LIMIT 1"

# What an action was done to, each job before its prompts.
_NOTED = """
    SELECT t.job_id, t.prompt_id, t.position, t.held_reason FROM done_to t
    WHERE t.action_id = ? AND (t.job_id, t.prompt_id) > (?, ?) ORDER BY t.job_id, t.prompt_id LIMIT ?
"""

# The prompts of a job, or one of them, that were cancelled then or later.
_CANCELLED_SINCE = """
    SELECT id FROM prompt
    WHERE job_id = ?1 AND (?2 = 0 OR id = ?2) AND state = 'cancelled' AND finished_at >= ?3 ORDER BY idx
"""
_STOPPING = """
    SELECT 1 FROM prompt
    WHERE job_id = ?1 AND (?2 = 0 OR id = ?2) AND state = 'running' AND cancel_reason IS NOT NULL LIMIT 1
"""


class DoneAction(NamedTuple):
    """An action that can be undone, and when it was done."""

    id: int
    name: str
    at: str


class Noted(NamedTuple):
    """A job, or one of its prompts, as it stood before an action; `prompt_id` 0 is the job itself."""

    job_id: int
    prompt_id: int
    position: float | None
    held_reason: str | None


def begin(conn: Connection, action: str, now: str) -> int:
    """The number of an action that is about to be done; the oldest are forgotten."""
    sql = "INSERT INTO done_action (action, at) VALUES (?, ?) RETURNING id"
    action_id = int(conn.execute(sql, (action, now)).fetchone()["id"])
    conn.execute("DELETE FROM done_action WHERE id <= ?", (action_id - _KEPT,))
    return action_id


def note_job(conn: Connection, action_id: int, job_id: int) -> None:
    """Keep how a job stands, with its held prompts."""
    conn.execute(_NOTE_JOB, (action_id, job_id))
    conn.execute(_NOTE_HELD, (action_id, job_id))


def note_prompt(conn: Connection, action_id: int, prompt_id: int) -> None:
    """Keep how a prompt stands."""
    conn.execute(_NOTE_PROMPT, (action_id, prompt_id))


def note_positions(conn: Connection, action_id: int, positions: Mapping[int, float]) -> None:
    """Keep where jobs stood."""
    conn.executemany(_NOTE_POSITION, [(action_id, job_id, at) for job_id, at in positions.items()])


def find(conn: Connection, action_id: int | None) -> DoneAction | None:
    """An action that can be undone; without a number the newest."""
    row = conn.execute(_FIND, (action_id,)).fetchone()
    return None if row is None else DoneAction(*row)


def read_noted(conn: Connection, action_id: int, last: Noted | None, most: int) -> list[Noted]:
    """What an action was done to, as it stood before: up to so many behind `last`."""
    place = (last.job_id, last.prompt_id) if last else (0, 0)
    return [Noted(*row) for row in conn.execute(_NOTED, (action_id, *place, most)).fetchall()]


def forget(conn: Connection, action_id: int, noted: Noted | None = None) -> None:
    """An action is undone, for a job or prompt or for all; what is left can still be."""
    if noted is None:
        conn.execute("DELETE FROM done_action WHERE id = ?", (action_id,))
    else:
        sql = "DELETE FROM done_to WHERE action_id = ? AND job_id = ? AND prompt_id = ?"
        conn.execute(sql, (action_id, noted.job_id, noted.prompt_id))


def cancelled_since(conn: Connection, noted: Noted, at: str) -> list[int]:
    """The prompts that an action at that moment cancelled."""
    rows = conn.execute(_CANCELLED_SINCE, (noted.job_id, noted.prompt_id, at))
    return [row["id"] for row in rows]


def is_stopping(conn: Connection, noted: Noted) -> bool:
    """Whether a prompt that was cancelled is still being stopped."""
    return conn.execute(_STOPPING, (noted.job_id, noted.prompt_id)).fetchone() is not None
