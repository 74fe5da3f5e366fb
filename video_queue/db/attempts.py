"""Whether a write comes from the attempt that has the prompt: the worker's statements check it here first."""

from __future__ import annotations

from video_queue.db.connection import Connection
from video_queue.db.predicates import ACTIVE_PROMPT

# The prompt, if the worker is busy with it under this attempt.
_CURRENT = f"SELECT 1 FROM prompt p WHERE p.id = ? AND p.attempt = ? AND {ACTIVE_PROMPT}"


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
