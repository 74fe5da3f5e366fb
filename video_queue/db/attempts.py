"""Attempts: whether a write comes from the one that has the prompt (the worker's statements check it here first),
and how each of them ended.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any, Literal

from video_queue.db.connection import Connection
from video_queue.db.predicates import ACTIVE_PROMPT, BEGINS_ATTEMPT
from video_queue.db.stored import stored_json
from video_queue.domain.errors import ErrorInfo
from video_queue.domain.failure_policy import class_of

# The prompt, if the worker is busy with it under this attempt.
_CURRENT = f"SELECT 1 FROM prompt p WHERE p.id = ? AND p.attempt = ? AND {ACTIVE_PROMPT}"

# The end of an attempt whose prompt was put back, unless the next claim goes on with it.
_PUT_BACK = f"""
    INSERT INTO attempt (prompt_id, attempt, state, error, started_at, finished_at, worker)
    SELECT id, attempt, :state, :error, attempt_at, :at, :worker FROM prompt
    WHERE id = :prompt_id AND attempt > 0 AND {BEGINS_ATTEMPT}
    ON CONFLICT (prompt_id, attempt) DO NOTHING
"""

# The end of the last attempt of a prompt that has ended, or waits for a decision.
_LAST = """
    INSERT INTO attempt (prompt_id, attempt, state, error, started_at, finished_at, worker)
    SELECT id, attempt, state, error, attempt_at, coalesce(finished_at, :at), :worker FROM prompt
    WHERE id = :prompt_id AND attempt > 0
    ON CONFLICT (prompt_id, attempt) DO NOTHING
"""

# The attempts of a prompt before its last one.
_EARLIER = """
    SELECT attempt, state, error, started_at, finished_at, worker FROM attempt
    WHERE prompt_id = ? AND attempt < ? ORDER BY attempt
"""

PutBack = Literal["failed", "interrupted", "crashed"]


class StaleAttemptError(Exception):
    """A write came from an attempt that has the prompt no longer; nothing was changed."""

    def __init__(self, prompt_id: int, attempt: int) -> None:
        super().__init__(f"prompt {prompt_id}, attempt {attempt}")


def is_current(conn: Connection, prompt_id: int, attempt: int) -> bool:
    """Whether the worker is busy with this prompt under this attempt."""
    return conn.execute(_CURRENT, (prompt_id, attempt)).fetchone() is not None


def require_current(conn: Connection, prompt_id: int, attempt: int) -> None:
    """Refuse a late write.

    Raises:
        StaleAttemptError: if the worker is not busy with this prompt under this attempt.
    """
    if not is_current(conn, prompt_id, attempt):
        raise StaleAttemptError(prompt_id, attempt)


def note_put_back(
    conn: Connection, prompt_id: int, state: PutBack, at: str | None, error: ErrorInfo | None = None
) -> None:
    """Keep how an attempt ended whose prompt is queued again; `at` is None where that is not known."""
    text = error.model_dump_json() if error else None
    place = {"prompt_id": prompt_id, "state": state, "error": text, "at": at, "worker": platform.node()}
    conn.execute(_PUT_BACK, place)


def note_last(conn: Connection, prompt_id: int, at: str | None = None) -> None:
    """Keep how the last attempt of a prompt ended, before it is queued again; `at` where it waits for a decision."""
    conn.execute(_LAST, {"prompt_id": prompt_id, "at": at, "worker": platform.node()})


def read_attempts(conn: Connection, prompt_id: int, attempt: int, now: str) -> list[dict[str, Any]]:
    """Every attempt of a prompt as a manifest has it; `attempt` is the one that succeeds `now`."""
    row = conn.execute("SELECT attempt_at FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    last = {
        "attempt": attempt, "state": "succeeded", "started_at": row and row["attempt_at"], "finished_at": now,
        "worker": platform.node(),
    }  # fmt: skip
    return [*_earlier(conn, prompt_id, attempt), last]


def _earlier(conn: Connection, prompt_id: int, attempt: int) -> Iterator[dict[str, Any]]:
    for row in conn.execute(_EARLIER, (prompt_id, attempt)):
        entry = dict(row)
        stored = entry.pop("error")
        if stored:
            error = stored_json(stored, f"an attempt of prompt {prompt_id}")
            entry |= {key: error.get(key) for key in ("code", "message", "phase")}
            entry["error_class"] = class_of(error.get("code")).name
        yield entry
