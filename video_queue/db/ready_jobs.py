"""The jobs that have something ready for a lane, in the order of the queue: the rows of `ready_job`."""

from __future__ import annotations

from typing import Any

# Where there are several ComfyUIs: jobs of which this one can render something.
FOR_INSTANCE = "(r.instances = '' OR instr(r.instances, :mark) > 0)"

# The first jobs that have ready prompts of a kind, in the order of the queue.
READY_JOBS = """
    SELECT r.job_id, r.priority, r.position, r.by_phase, r.{kind} AS prompts, '{kind}' AS kind
    FROM ready_job r INDEXED BY ready_{kind}
    WHERE r.released = 1 AND r.{kind} > 0 AND r.not_before IS NULL
    ORDER BY r.priority DESC, r.position, r.job_id LIMIT :limit
"""


def earliest(*jobs: Any) -> Any:
    """The job that is first in the queue; some may be missing. The first given where they are the same."""
    return min((job for job in jobs if job), key=place, default=None)


def place(job: Any) -> tuple[int, float, int]:
    """Where a job stands in the queue, to be compared."""
    return -job["priority"], job["position"], job["job_id"]
