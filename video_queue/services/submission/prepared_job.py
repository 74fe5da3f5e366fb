"""A job that is resolved, and how it is written: every function that takes a connection is one transaction's."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from video_queue.comfy.model_family import ModelFamilies
from video_queue.db import artifacts, enqueue, jobs, prompt_lists
from video_queue.db.connection import Connection
from video_queue.db.enqueue import NewJob, NewPrompt
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import Problem
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import HeldReason, Lane
from video_queue.domain.submission import Submission, job_references, parse_reference
from video_queue.domain.views import Job
from video_queue.services.submission.prompt_builder import PlannedJob

# Besides workflow and inputs, what makes two submissions the same work (`dedupe`).
_DEDUPED = ("params", "sweep", "seeds", "rows", "resolution", "flip", "output_dir", "if_exists", "review")


@dataclass(slots=True)
class PreparedJob:
    """A submission resolved and free of problems, ready to be written."""

    submission: Submission
    workflow: LoadedWorkflow
    planned: PlannedJob
    output_dir: str
    dedupe_key: str
    after: tuple[int, ...]
    warnings: list[Problem]
    sample: str | None = None


def new_job(
    prepared: PreparedJob,
    submitted_by: str,
    parent_id: int | None = None,
    *,
    output_mount: str | None = None,
    with_documents: bool = True,
) -> NewJob:
    """The row of a prepared job."""
    submission, workflow, planned = prepared.submission, prepared.workflow, prepared.planned
    return NewJob(
        name=submission.name or _name_of(prepared),
        workflow=workflow.definition.name,
        workflow_hash=workflow.hash,
        priority=submission.priority,
        front=submission.front,
        held_reason=HeldReason.USER if submission.held else None,
        submission=submission.model_dump_json(),
        params=json.dumps(planned.params, ensure_ascii=False),
        resolution=planned.resolution.text if planned.resolution else None,
        output_dir=prepared.output_dir,
        dedupe_key=prepared.dedupe_key,
        idempotency_key=submission.idempotency_key or None,  # an empty one is none
        tags=json.dumps(submission.tags, ensure_ascii=False),
        note=submission.note,
        not_before=submission.not_before.timestamp() if submission.not_before else None,
        after=prepared.after,
        unexpanded=bool(planned.references),
        uses_gpu=Lane.GPU in workflow.lanes,
        parent_id=parent_id,
        submitted_by=submitted_by,
        documents=workflow.documents if with_documents else {},
        sample=prepared.sample,
        output_mount=output_mount,
        run_order=submission.run_order,
    )


def _name_of(prepared: PreparedJob) -> str:
    """What an unnamed job is called: by its folder, its first file and how many more, else its workflow."""
    definition, submission = prepared.workflow.definition, prepared.submission
    if submission.input_dir:
        return PurePath(submission.input_dir).name or submission.input_dir
    plans = prepared.planned.prompts
    name = plans[0].first_name if plans else None
    if not name:
        return definition.title or definition.name
    inputs = len({plan.input_index for plan in plans})
    return f"{name} and {inputs - 1} more" if inputs > 1 else name


def new_prompts(prepared: PreparedJob) -> list[NewPrompt]:
    """The rows of its prompts."""
    planned, lane = prepared.planned, prepared.workflow.lanes[0]
    limit, families = prepared.submission.limit, ModelFamilies(prepared.workflow)
    return [
        NewPrompt(
            idx=number,
            lane=lane,
            plan=plan.to_json(),
            seed=None if (seed := planned.seed_of(plan)) is None else str(seed),
            held_reason=HeldReason.PILOT if limit is not None and number > limit else None,
            families=families.of_prompt({**planned.params, **plan.values}),
        )
        for number, plan in enumerate(planned.prompts, start=1)
    ]


def enqueue_once(conn: Connection, new: NewJob, prompts: list[NewPrompt], dedupe: bool, now: str) -> Job:
    """The existing job of the same key or submission, else a new one."""
    existing = existing_job(conn, new, dedupe)
    job_id = existing or enqueue.enqueue_job(conn, new, prompts, now)
    job = jobs.get_job(conn, job_id)
    if job is None:
        raise fail("unknown_job.id", id=job_id)
    return job.model_copy(update={"reused": existing is not None})


def existing_job(conn: Connection, new: NewJob, dedupe: bool) -> int | None:
    """The job of the same key or the same job of a queue file; with `dedupe` an unfinished one of the same work."""
    existing = enqueue.find_idempotent(conn, new.idempotency_key) if new.idempotency_key else None
    if existing is None and new.moved_from:
        existing = enqueue.find_moved(conn, new.moved_from)
    if existing is None and dedupe and new.dedupe_key:
        existing = enqueue.find_duplicate(conn, new.dedupe_key)
    return existing


def enqueue_each(
    conn: Connection,
    rows: Sequence[tuple[NewJob, list[NewPrompt]]],
    dedupe: Sequence[bool],
    record: Callable[[Connection, Sequence[int]], None],
    now: str,
) -> list[int]:
    """The same for many, with what `record(conn, numbers)` writes of them; the jobs' numbers."""
    numbers, new_jobs, new_prompts = [], 0, 0
    for index, (new, prompts) in enumerate(rows):
        job_id = existing_job(conn, new, dedupe[index])
        if job_id is None:
            job_id = enqueue.write_job(conn, new, prompts, now)
            new_jobs, new_prompts = new_jobs + 1, new_prompts + len(prompts)
        numbers.append(job_id)
    enqueue.count_new(conn, new_jobs, new_prompts)
    record(conn, numbers)
    return numbers


def fail_unexpanded(conn: Connection, job_id: int, submission: str, error: str, now: str) -> None:
    """End a job that cannot be fanned out, unless it was ended or edited meanwhile."""
    if enqueue.is_unexpanded(conn, job_id, submission):
        jobs.end_empty_job(conn, job_id, "failed", now, error)


def insert_expanded(
    conn: Connection, job_id: int, submission: str, prepared: PreparedJob, prompts: list[NewPrompt], now: str
) -> None:
    """Give a job its prompts, unless it was ended or edited while they were planned."""
    if not enqueue.is_unexpanded(conn, job_id, submission):
        return
    enqueue.set_expanded(conn, job_id, json.dumps(prepared.planned.params), prepared.sample)
    enqueue.insert_prompts(conn, job_id, prompts)
    jobs.append_updated(conn, job_id, now, prompts=len(prompts))


def stated_work(submission: Submission) -> dict[str, Any]:
    """What a submission states of the work, besides the workflow and the inputs."""
    return submission.model_dump(mode="json", include=set(_DEDUPED))


def dedupe_key(stated: dict[str, Any], workflow: LoadedWorkflow, planned: PlannedJob) -> str:
    """The same for the same unresolved work: inputs count by path, size and modification time."""
    files = [(path, *_fingerprint(path)) for path in planned.inputs.paths()]
    text = json.dumps([workflow.hash, stated, files, planned.references], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _fingerprint(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - called for every input of a job
    except OSError:
        return (-1, -1)
    return status.st_size, status.st_mtime_ns


def outputs_of(conn: Connection, submission: Submission) -> dict[str, list[str]]:
    """The published files behind each `job:` and `prompt:` reference."""
    outputs: dict[str, list[str]] = {}
    for text in job_references(submission):
        kind, _, name = text.partition(":")
        number, index = parse_reference(name)
        if kind == "job":
            outputs[text] = artifacts.latest_outputs_of_job(conn, number)
        else:
            prompt = number if index is None else prompt_lists.find_prompt(conn, number, index)
            outputs[text] = artifacts.latest_outputs_of_prompt(conn, prompt or 0)
    return outputs
