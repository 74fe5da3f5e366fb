"""Statements about the input files of a prompt as they were when it first used them."""

from __future__ import annotations

from dataclasses import dataclass

from video_queue.db.connection import Connection
from video_queue.db.stored import stored_json

# What is on record, and whether anything was made from it.
_GET = """
    SELECT files, attempt,
        EXISTS (SELECT 1 FROM phase f WHERE f.prompt_id = i.prompt_id AND f.state IN ('succeeded', 'reused'))
        OR EXISTS (SELECT 1 FROM item WHERE item.prompt_id = i.prompt_id AND item.state <> 'pending') AS used
    FROM prompt_input i WHERE i.prompt_id = ?
"""

# Keep or replace what is on record; not for a prompt that was deleted meanwhile.
_STORE = """
    INSERT INTO prompt_input (prompt_id, attempt, files) SELECT id, ?, ? FROM prompt WHERE id = ?
    ON CONFLICT (prompt_id) DO UPDATE SET attempt = excluded.attempt, files = excluded.files
"""


@dataclass(frozen=True, slots=True)
class StoredInputs:
    """`files` as JSON, taken in `attempt`; `used` says that something was made from them."""

    files: str
    attempt: int
    used: bool


def get_inputs(conn: Connection, prompt_id: int) -> StoredInputs | None:
    """What is on record about a prompt's inputs; None before their first use."""
    row = conn.execute(_GET, (prompt_id,)).fetchone()
    if row is None:
        return None
    stored_json(row["files"], f"the inputs of prompt {prompt_id}")
    return StoredInputs(row["files"], row["attempt"], bool(row["used"]))


def store_inputs(conn: Connection, prompt_id: int, attempt: int, files: str) -> None:
    """Keep (or replace) what a prompt's inputs are, as JSON."""
    conn.execute(_STORE, (attempt, files, prompt_id))
