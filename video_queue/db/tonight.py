"""What waiting work needs, and what keeps it back."""

from __future__ import annotations

from typing import NamedTuple

from video_queue.db.connection import Connection
from video_queue.db.predicates import OPEN_JOB
from video_queue.db.refusals import REFUSED

_JOBS = f"""
    SELECT id, output_dir, uses_gpu, queued, running FROM job j
    WHERE {OPEN_JOB} AND held_reason IS NULL AND queued + running > 0
"""
_REFUSED = f"""
    SELECT p.message, count(*) AS prompts, min(p.job_id) AS job_id
    FROM job j JOIN prompt p ON p.job_id = j.id
    WHERE {OPEN_JOB} AND j.uses_gpu = 1 AND p.state = 'queued' AND p.message LIKE ?
    GROUP BY p.message ORDER BY prompts DESC LIMIT 20
"""


class WaitingJob(NamedTuple):
    """A job with work that is not held."""

    id: int
    output_dir: str
    uses_gpu: bool
    queued: int
    running: int


class Refused(NamedTuple):
    """Waiting prompts that ComfyUI would refuse for one reason, and the first job of them."""

    message: str
    prompts: int
    job_id: int


def waiting_jobs(conn: Connection) -> list[WaitingJob]:
    """The jobs with work that is not held."""
    return [WaitingJob(*tuple(row)) for row in conn.execute(_JOBS)]


def refused_prompts(conn: Connection) -> list[Refused]:
    """By reason, the most frequent first; as of the last time that ComfyUI was connected."""
    return [Refused(*tuple(row)) for row in conn.execute(_REFUSED, (f"{REFUSED}%",))]
