"""Undo an action: what it was done to stands as before, where nothing else has changed it since."""

from __future__ import annotations

from typing import NamedTuple

from video_queue.db import actions, documents, done_actions, jobs, prompt_lists
from video_queue.db.connection import Connection
from video_queue.db.done_actions import DoneAction, Noted
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import FINISHED_JOB, HeldReason
from video_queue.domain.views import Job, Refused


class Part(NamedTuple):
    """What came of some of it: the jobs that stand as before, what cannot go back now, and the last that was tried."""

    jobs: set[int]
    refused: list[Refused]
    last: Noted


def find_action(conn: Connection, number: int | None) -> DoneAction:
    """An action by its number, or the newest.

    Raises:
        VqError: `not_found.undo`.
    """
    action = done_actions.find(conn, number)
    if action is None:
        raise fail("not_found.undo")
    return action


def undo_part(conn: Connection, action: DoneAction, last: Noted | None, most: int, now: str) -> Part | None:
    """Undo up to `most` of what an action was done to, beginning behind `last`; None where nothing is left."""
    done, refused, noted = set[int](), list[Refused](), None
    for noted in done_actions.read_noted(conn, action.id, last, most):
        job = jobs.get_job(conn, noted.job_id)
        if job is None:
            continue
        try:
            _go_back(conn, action.name, job, noted, action.at, now)
        except VqError as error:
            refused.append(Refused(id=_reference(conn, noted), code=str(error.code), message=error.message))
            continue
        done_actions.forget(conn, action.id, noted)
        done.add(job.id)
    return None if noted is None else Part(done, refused, noted)


def _go_back(conn: Connection, action: str, job: Job, noted: Noted, at: str, now: str) -> None:
    if action == "cancel":
        _bring_back(conn, job, noted, at, now)
    elif action in ("archive", "unarchive"):
        jobs.set_archived(conn, job.id, action == "unarchive", now)
    elif job.state in FINISHED_JOB:
        raise fail("invalid_state.undo", subject=f"job {job.id}")
    elif noted.prompt_id:
        actions.hold_prompt(conn, noted.prompt_id, noted.held_reason, now)
    elif action == "move" and noted.position is not None:
        jobs.set_positions(conn, {job.id: noted.position})
        jobs.append_updated(conn, job.id, now, moved=None)
    else:
        _hold_as_before(conn, job, noted, now)


def _hold_as_before(conn: Connection, job: Job, noted: Noted, now: str) -> None:
    """Only where the hold is still as the action left it."""
    as_left = HeldReason.USER if noted.held_reason is None else None
    if job.held_reason == as_left:
        jobs.set_job_held(conn, job.id, noted.held_reason, now)


def _bring_back(conn: Connection, job: Job, noted: Noted, at: str, now: str) -> None:
    """Queue again what was cancelled, held and placed as before."""
    if done_actions.is_stopping(conn, noted):
        raise fail("invalid_state.stopping", subject=f"job {job.id}")
    ids = done_actions.cancelled_since(conn, noted, at)
    never_expanded = not noted.prompt_id and not any(job.counts.model_dump().values())
    if ids or never_expanded:
        lanes = LoadedWorkflow(documents.read_definition(conn, job.workflow_hash)).lanes
        actions.retry_prompts(conn, job.id, ids, lanes, now, None)
        if noted.position is not None:
            jobs.set_positions(conn, {job.id: noted.position})
    if noted.held_reason and noted.prompt_id:
        actions.hold_prompt(conn, noted.prompt_id, noted.held_reason, now)
    elif noted.held_reason and ids:
        jobs.set_job_held(conn, job.id, noted.held_reason, now)


def _reference(conn: Connection, noted: Noted) -> str:
    prompt = prompt_lists.get_prompt(conn, noted.prompt_id) if noted.prompt_id else None
    return f"{prompt.job_id}.{prompt.index}" if prompt else str(noted.job_id)
