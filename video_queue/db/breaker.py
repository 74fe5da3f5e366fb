"""The circuit breaker: a job whose prompts keep failing is held, so that the night is left to other jobs."""

from __future__ import annotations

from video_queue.db import jobs
from video_queue.db.connection import Connection
from video_queue.db.predicates import ERROR_CODE
from video_queue.domain.failure_policy import FAILED_IN_A_ROW, FIRST_ALIKE
from video_queue.domain.states import HeldReason

# Count one more failure in a row.
_COUNT_FAILURE = """
    UPDATE job SET failures_in_row = failures_in_row + 1 WHERE id = ?
    RETURNING failures_in_row, succeeded, queued, held_reason
"""

# How many different errors a job's prompts failed with.
_KINDS_OF_FAILURE = f"""
    SELECT count(DISTINCT {ERROR_CODE}) FROM prompt p WHERE p.job_id = ? AND p.state = 'failed'
"""


def note_success(conn: Connection, job_id: int) -> None:
    """A prompt succeeded: failures in a row are counted from 0."""
    conn.execute("UPDATE job SET failures_in_row = 0 WHERE id = ? AND failures_in_row > 0", (job_id,))


def note_failure(conn: Connection, job_id: int, now: str) -> None:
    """Count a failure; the circuit breaker holds a job whose first fail alike, or with many in a row."""
    row = conn.execute(_COUNT_FAILURE, (job_id,)).fetchone()
    opens = row["failures_in_row"] >= FAILED_IN_A_ROW or (
        row["failures_in_row"] == FIRST_ALIKE and not row["succeeded"] and _failed_alike(conn, job_id)
    )
    if opens and row["queued"] and row["held_reason"] is None:
        jobs.set_job_held(conn, job_id, HeldReason.BREAKER, now)


def _failed_alike(conn: Connection, job_id: int) -> bool:
    return bool(conn.execute(_KINDS_OF_FAILURE, (job_id,)).fetchone()[0] == 1)
