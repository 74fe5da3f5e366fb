"""What rows say about files of the home: which prompts and jobs are finished, and since when; who names an upload."""

from __future__ import annotations

from dataclasses import dataclass

from video_queue.db.connection import Connection
from video_queue.domain.states import FINISHED_JOB, JobState, PromptState


@dataclass(frozen=True, slots=True)
class Ended:
    """How a prompt or a job ended, and when (ISO 8601, UTC)."""

    state: str
    at: str


def job_end(conn: Connection, job_id: int) -> Ended | None:
    """How a job ended; None while it has not.

    Raises:
        LookupError: there is no such job.
    """
    row = conn.execute("SELECT state, finished_at FROM job WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        raise LookupError(job_id)
    return Ended(row["state"], row["finished_at"]) if JobState(row["state"]) in FINISHED_JOB else None


def prompt_ends(conn: Connection, job_id: int) -> dict[int, Ended]:
    """The finished prompts of a job by their index."""
    rows = conn.execute(
        "SELECT idx, state, finished_at FROM prompt WHERE job_id = ? AND finished_at IS NOT NULL AND claimed = 0",
        (job_id,),
    )
    return {row["idx"]: Ended(PromptState(row["state"]), row["finished_at"]) for row in rows}


def names_upload(conn: Connection, path: str) -> bool:
    """Whether a job names a file below `path`."""
    return (
        conn.execute("SELECT 1 FROM job WHERE instr(submission, ?) LIMIT 1", (path,)).fetchone() is not None
    )
