"""Statements about batches: jobs that were submitted together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from video_queue.db.connection import Connection
from video_queue.db.rows import job_view
from video_queue.domain.views import Job

_INSERT = """
    INSERT INTO batch (name, idempotency_key, digest, submitted_by, created_at) VALUES (?, ?, ?, ?, ?)
"""

# The jobs of a batch, in the order of its submissions; those too that had been there before it.
_JOBS = """
    SELECT j.* FROM batch b, json_each(b.jobs) e JOIN job j ON j.id = e.value WHERE b.id = ? ORDER BY e.key
"""


@dataclass(frozen=True, slots=True)
class NewBatchRow:
    """A batch as it is inserted; `digest` is that of its body."""

    name: str
    idempotency_key: str | None
    digest: str
    submitted_by: str


def insert_batch(conn: Connection, batch: NewBatchRow, now: str) -> int:
    """Write a batch; its number."""
    values = (batch.name, batch.idempotency_key, batch.digest, batch.submitted_by, now)
    return int(conn.execute(_INSERT, values).lastrowid or 0)


def set_jobs(conn: Connection, batch_id: int, jobs: str) -> None:
    """Keep the numbers of its jobs, as a JSON list."""
    conn.execute("UPDATE batch SET jobs = ? WHERE id = ?", (jobs, batch_id))


def find_batch(conn: Connection, key: str) -> tuple[int, str] | None:
    """(number, digest) of the batch that came with this idempotency key."""
    row = conn.execute("SELECT id, digest FROM batch WHERE idempotency_key = ?", (key,)).fetchone()
    return None if row is None else (row["id"], row["digest"])


def get_batch(conn: Connection, batch_id: int) -> dict[str, Any] | None:
    """A batch's columns, or None."""
    row = conn.execute("SELECT * FROM batch WHERE id = ?", (batch_id,)).fetchone()
    return None if row is None else dict(row)


def jobs_of_batch(conn: Connection, batch_id: int) -> list[Job]:
    """Its jobs that are still there, without the bulk of their submissions."""
    rows: Sequence[Any] = conn.fetch_readable(_JOBS, (batch_id,))
    return [job_view(row, brief=True) for row in rows]


def own_jobs(conn: Connection, batch_id: int) -> list[Job]:
    """As `jobs_of_batch`, without those that had been there before it."""
    rows = conn.fetch_readable("SELECT * FROM job WHERE batch = ? ORDER BY id", (batch_id,))
    return [job_view(row, brief=True) for row in rows]
