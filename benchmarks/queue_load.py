"""What the queue is filled with when it is measured: jobs and prompts of a usual size, a history, a long queue."""

from __future__ import annotations

import json
from dataclasses import replace

from video_queue.db import tally
from video_queue.db.connection import Connection
from video_queue.db.enqueue import NewJob, NewPrompt, enqueue_job
from video_queue.domain.states import JobState, PromptState

NOW = "2025-01-01T00:00:00Z"
GRAPH = json.dumps({str(n): {"class_type": "Node", "inputs": {"text": "y" * 200}} for n in range(120)})
PLAN = {
    "inputs": ["/clips/shoot-07/a-typical-name-of-a-clip.mp4"],
    "values": {"denoise": 0.45, "prompt": "an oil painting of a harbour at dusk"},
    "output_name": "a-typical-name-of-a-clip_denoise-0.45",
}


def new_job(count: int) -> NewJob:
    """A job as a submission of `count` prompts would make it."""
    return NewJob(
        name="",
        note="",
        submitted_by="cli",
        uses_gpu=True,
        workflow="restyle",
        workflow_hash="0" * 64,
        priority=0,
        front=False,
        held_reason=None,
        submission=json.dumps({"workflow": "restyle", "seeds": count}),
        params="{}",
        resolution=None,
        output_dir="/outputs/restyle/{JOB_ID}",
        dedupe_key=None,
        idempotency_key=None,
        tags="[]",
        not_before=None,
        after=(),
        unexpanded=False,
        parent_id=None,
        documents={"0" * 64: GRAPH},
    )


def new_prompts(count: int) -> list[NewPrompt]:
    """Prompts with plans of a usual size."""
    plan = json.dumps(PLAN)
    return [NewPrompt(idx=n, lane="gpu", plan=plan, seed=str(2**40 + n)) for n in range(1, count + 1)]


def enqueue(conn: Connection, job: NewJob, items: list[NewPrompt]) -> None:
    enqueue_job(conn, job, items, NOW)


def fill(conn: Connection, count: int) -> None:
    """`count` prompts of history in jobs of up to 100, every tenth job failed, all of it finished."""
    for start in range(0, count, 100):
        many = min(100, count - start)
        job_id = enqueue_job(conn, new_job(many), new_prompts(many), NOW)
        conn.execute(
            "UPDATE prompt SET state = 'succeeded', attempt = 1, phase_seq = 1 WHERE job_id = ?", (job_id,)
        )
        conn.execute(
            "UPDATE job SET queued = 0, succeeded = ?, state = 'succeeded', started_at = ?, finished_at = ?"
            " WHERE id = ?",
            (many, NOW, NOW, job_id),
        )
    tally.count_change(conn, "job", JobState.QUEUED, JobState.SUCCEEDED, -(-count // 100))
    tally.count_change(conn, "prompt", PromptState.QUEUED, PromptState.SUCCEEDED, count)


def add_job(conn: Connection, count: int, lane: str) -> int:
    """One job whose prompts wait in a lane."""
    return enqueue_job(conn, new_job(count), [replace(item, lane=lane) for item in new_prompts(count)], NOW)


def fill_one_job(conn: Connection, count: int) -> None:
    """One job of `count` prompts that wait to be prepared; two stand prepared for the GPU."""
    job_id = add_job(conn, count, "media")
    conn.execute("UPDATE prompt SET state = 'running', lane = 'gpu' WHERE job_id = ? AND idx <= 2", (job_id,))


def fill_many_jobs(conn: Connection, count: int) -> None:
    """`count` jobs of one prompt, the first two of which stand prepared for the GPU."""
    for _ in range(count):
        add_job(conn, 1, "media")
    conn.execute("UPDATE prompt SET state = 'running', lane = 'gpu' WHERE id <= 2")
