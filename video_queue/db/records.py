"""Statements about how a prompt was made: for rendering it again, and for a form with its settings."""

from __future__ import annotations

from typing import Any

from video_queue.db.connection import Connection

# All that a prompt was made from; its inputs as they were at their first use, null before that.
_RECORD = """
    SELECT j.id AS job_id, j.name AS job_name, j.workflow, j.workflow_hash, j.params, j.resolution, j.submission,
        p.id AS prompt_id, p.idx, p.plan, p.seed, i.files
    FROM prompt p JOIN job j ON j.id = p.job_id LEFT JOIN prompt_input i ON i.prompt_id = p.id
    WHERE p.id = ?
"""

# The job that published a file of this content as this prompt, if this home did.
_PUBLISHED_BY = """
    SELECT a.job_id FROM artifact a
    WHERE a.prompt_id = ? AND a.job_id = ? AND a.sha256 = ? AND a.role = 'output' LIMIT 1
"""

# Where files of this name and size were published, the newest first.
_PUBLISHED_AS = """
    SELECT a.path FROM artifact a
    WHERE a.name = ? AND a.bytes = ? AND a.role = 'output' ORDER BY a.id DESC LIMIT ?
"""


def read_record(conn: Connection, prompt_id: int) -> dict[str, Any] | None:
    """The columns of a prompt and its job that say how it was made."""
    row = conn.execute(_RECORD, (prompt_id,)).fetchone()
    return None if row is None else dict(row)


def published_by(conn: Connection, prompt_id: int, job_id: int, sha256: str) -> int | None:
    """The job that made a file of this content, where it is one of this home."""
    row = conn.execute(_PUBLISHED_BY, (prompt_id, job_id, sha256)).fetchone()
    return None if row is None else int(row["job_id"])


def published_as(conn: Connection, name: str, size: int, most: int = 50) -> list[str]:
    """The paths under which files of this name and size were published, the newest first."""
    return [row["path"] for row in conn.execute(_PUBLISHED_AS, (name, size, most))]
