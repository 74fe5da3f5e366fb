"""Statements about finished phases that other prompts may reuse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from video_queue.db.connection import Connection
from video_queue.db.predicates import ERROR_CODE
from video_queue.db.stored import DamagedRowError, stored_json

_CANDIDATES = 5

# The reuse keys of a prompt's finished phases.
_KEYS = """
    SELECT seq, reuse_key FROM phase
    WHERE prompt_id = ? AND reuse_key IS NOT NULL AND state IN ('succeeded', 'reused')
"""

# The phases of a prompt whose items a review changed.
_EDITED = "SELECT seq FROM phase WHERE prompt_id = ? AND edits > 0"

# The newest finished phases of a key in other prompts; not those whose files turned out to be bad, or may have.
_OF_KEY = f"""
    SELECT f.prompt_id, f.seq, f.name, f.result, f.files, p.job_id, p.idx FROM phase f
    JOIN prompt p ON p.id = f.prompt_id
    WHERE f.reuse_key = ? AND f.prompt_id <> ? AND f.state IN ('succeeded', 'reused') AND f.files IS NOT NULL
        AND NOT (p.state = 'failed' AND coalesce({ERROR_CODE}, 'bad_output') IN ('bad_output', 'no_output'))
    ORDER BY f.prompt_id DESC LIMIT ?
"""

# What a prompt published.
_OUTPUTS = "SELECT path, bytes, sha256 FROM artifact WHERE prompt_id = ? AND role = 'output'"


@dataclass(frozen=True, slots=True)
class Reusable:
    """A finished phase of some prompt. `files` describes its files in the order of its result.

    `published` holds bytes and sha256 of the prompt's outputs by path: files of the result may have moved there.
    """

    job_id: int
    index: int
    seq: int
    name: str
    result: dict[str, Any]
    files: str
    published: dict[str, tuple[int, str | None]]


def phase_keys(conn: Connection, prompt_id: int) -> tuple[dict[int, str], set[int]]:
    """The keys of a prompt's phases by place, and the places of those that have none: a review changed their items."""
    keys = {row["seq"]: row["reuse_key"] for row in conn.execute(_KEYS, (prompt_id,))}
    return keys, {row["seq"] for row in conn.execute(_EDITED, (prompt_id,))}


def find_phases(conn: Connection, key: str, prompt_id: int) -> list[Reusable]:
    """The newest finished phases of this key in other prompts; none whose files turned out to be bad."""
    rows = conn.execute(_OF_KEY, (key, prompt_id, _CANDIDATES)).fetchall()
    return [phase for row in rows if (phase := _reusable(conn, row))]


def _reusable(conn: Connection, row: Any) -> Reusable | None:
    """None for a phase whose row is damaged: this prompt runs its own."""
    try:
        result = stored_json(row["result"] or "{}", f"a phase of prompt {row['prompt_id']}")
        stored_json(row["files"], f"a phase of prompt {row['prompt_id']}")
    except DamagedRowError:
        return None
    published = _published(conn, row["prompt_id"])
    return Reusable(row["job_id"], row["idx"], row["seq"], row["name"], result, row["files"], published)


def _published(conn: Connection, prompt_id: int) -> dict[str, tuple[int, str | None]]:
    rows = conn.execute(_OUTPUTS, (prompt_id,))
    return {row["path"]: (row["bytes"], row["sha256"]) for row in rows}
