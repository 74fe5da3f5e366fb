"""What rows say about files of the home: which prompts and jobs are finished, and since when; who names an upload."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from video_queue.db.connection import Connection
from video_queue.db.predicates import OPEN_JOB
from video_queue.domain.states import FINISHED_JOB, JobState
from video_queue.domain.submission import Submission, job_references

# A finished prompt that no slot holds any more.
_ENDED_PROMPTS = """
    SELECT idx, state, finished_at FROM prompt WHERE job_id = ? AND finished_at IS NOT NULL AND claimed = 0
"""
# Cancelled prompts whose working files are to go and have not gone yet.
_UNWANTED_WORK = """
    SELECT id, job_id, idx FROM prompt INDEXED BY prompt_drop_work
    WHERE drop_work = 1 AND state = 'cancelled' AND claimed = 0
"""
# Whether a job or a watch names an upload. Its folder's name is unique and looks the same in JSON. One with the inputs
# of a queue file begins with the file's id, as the jobs that were made of it say.
_NAMES_UPLOAD = """
    SELECT EXISTS (SELECT 1 FROM job WHERE instr(submission, :name))
        OR EXISTS (SELECT 1 FROM job WHERE moved_from IS NOT NULL AND instr(:name, substr(moved_from, 1, 32)) = 1)
        OR EXISTS (SELECT 1 FROM watch WHERE instr(spec, :name))
"""

# Jobs that ended before a moment, and open ones that are to take the outputs of others.
_OLD_JOBS = f"""
    SELECT j.id, j.finished_at FROM job j
    WHERE j.finished_at IS NOT NULL AND j.finished_at < ? AND NOT ({OPEN_JOB}) ORDER BY j.finished_at, j.id
"""
_UNEXPANDED = f"SELECT j.submission FROM job j WHERE j.unexpanded = 1 AND {OPEN_JOB}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a prompt or a job ended, and when (ISO 8601, UTC)."""

    state: str
    at: str


@dataclass(frozen=True, slots=True)
class JobEnd:
    """A job as cleaning sees it: whether it is there, how it ended (None: not yet), its finished prompts by index."""

    exists: bool
    end: Ended | None = None
    prompts: dict[int, Ended] = field(default_factory=dict)


def read_job_ends(conn: Connection, job_ids: Collection[int]) -> dict[int, JobEnd]:
    """Every one of these jobs."""
    return {job_id: read_job_end(conn, job_id) for job_id in job_ids}


def read_job_end(conn: Connection, job_id: int) -> JobEnd:
    """One job."""
    row = conn.execute("SELECT state, finished_at FROM job WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        return JobEnd(exists=False)
    end = Ended(row["state"], row["finished_at"]) if JobState(row["state"]) in FINISHED_JOB else None
    prompts = {p["idx"]: Ended(p["state"], p["finished_at"]) for p in conn.execute(_ENDED_PROMPTS, (job_id,))}
    return JobEnd(True, end, prompts)


def unwanted_work(conn: Connection) -> list[tuple[int, int, int]]:
    """The prompts that were cancelled without `keep_work` and still have their files: (prompt, job, index)."""
    return [(row["id"], row["job_id"], row["idx"]) for row in conn.execute(_UNWANTED_WORK)]


def note_work_gone(conn: Connection, prompt_id: int) -> None:
    """The working files of such a prompt are gone; nothing changes if it was retried meanwhile."""
    conn.execute("UPDATE prompt SET drop_work = 2 WHERE id = ? AND drop_work = 1", (prompt_id,))


def names_upload(conn: Connection, name: str) -> bool:
    """Whether a job or a watch names this upload folder. Reads every job."""
    return bool(conn.execute(_NAMES_UPLOAD, {"name": name}).fetchone()[0])


def old_jobs(conn: Connection, before: str) -> list[tuple[int, str]]:
    """(number, end) of jobs that ended before a moment, the oldest first, but those whose outputs are waited for."""
    waited = {
        text.partition(":")[2].partition(".")[0]
        for row in conn.execute(_UNEXPANDED)
        for text in job_references(Submission.model_validate_json(row["submission"]))
    }
    rows = conn.execute(_OLD_JOBS, (before,))
    return [(row["id"], row["finished_at"]) for row in rows if str(row["id"]) not in waited]
