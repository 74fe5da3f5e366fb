"""The jobs that have something ready for a lane, in the order of the queue: the rows of `ready_job`."""

from __future__ import annotations

from typing import Any

# Where there are several ComfyUIs: jobs of which this one can render something.
_FOR_INSTANCE = "AND (r.instances = '' OR instr(r.instances, :mark) > 0)"


def ready_jobs(kind: str, *, for_instance: bool = False) -> str:
    """The statement of the first `:limit` jobs that have ready prompts of a kind, in the order of the queue.

    `for_instance`: only those of which the ComfyUI with the `:mark` (see `mark_of`) can render something.
    """
    return f"""
        SELECT r.job_id, r.priority, r.position, r.by_phase, r.{kind} AS prompts, '{kind}' AS kind
        FROM ready_job r INDEXED BY ready_{kind}
        WHERE r.released = 1 AND r.{kind} > 0 AND r.not_before IS NULL {_FOR_INSTANCE if for_instance else ""}
        ORDER BY r.priority DESC, r.position, r.job_id LIMIT :limit
    """


def mark_of(instance: str) -> str:
    """How an instance stands among those of a job (`ready_job.instances`)."""
    return f" {instance} "


def earliest(*jobs: Any) -> Any:
    """The job that is first in the queue; some may be missing. The first given where they are the same."""
    return min((job for job in jobs if job), key=place, default=None)


def place(job: Any) -> tuple[int, float, int]:
    """Where a job stands in the queue, to be compared."""
    return -job["priority"], job["position"], job["job_id"]
