"""One action on a job or a prompt inside a transaction: checked, noted for undo, done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from video_queue.db import done_actions, jobs, prompt_lists
from video_queue.db.connection import Connection
from video_queue.domain.actions import UNDOABLE, ActionOptions, require_known
from video_queue.domain.catalogue import fail
from video_queue.domain.submission import texts_in
from video_queue.domain.views import Job, Prompt
from video_queue.services.asker import PathGuard
from video_queue.services.jobs import row_actions
from video_queue.services.jobs.row_actions import JOB_ACTIONS, PROMPT_ACTIONS
from video_queue.system.files.path_utils import normalize_input_path


def act_on_job(
    conn: Connection, job_id: int, action: str, options: ActionOptions, now: str, number: int | None = None
) -> int | None:
    """Check and act in one transaction: nothing changes the job in between.

    The number under which it can be undone: `number`, where it is one of several, or a new one; None where it cannot.
    """
    job = jobs.get_job(conn, job_id)
    if job is None:
        raise fail("unknown_job.id", id=job_id)
    require_possible(job, f"job {job_id}", action, options)
    if action == "move":
        return move_jobs(conn, [job], options, now, number)
    if action in UNDOABLE:
        number = number or done_actions.begin(conn, action, now)
        done_actions.note_job(conn, number, job_id)
    JOB_ACTIONS[action](conn, job, options, now)
    return number


def move_jobs(
    conn: Connection, moving: Sequence[Job], options: ActionOptions, now: str, number: int | None = None
) -> int:
    """Move jobs of one priority as one block; the number under which that can be undone, as `act_on_job`."""
    positions = row_actions.move(conn, moving, options, now)
    number = number or done_actions.begin(conn, "move", now)
    done_actions.note_positions(conn, number, positions)
    return number


def act_on_prompt(
    conn: Connection, prompt_id: int, action: str, options: ActionOptions, now: str, number: int | None = None
) -> int | None:
    """As `act_on_job`."""
    prompt = prompt_lists.get_prompt(conn, prompt_id)
    if prompt is None:
        raise fail("not_found.prompt", id=prompt_id)
    require_possible(prompt, f"prompt {prompt.job_id}.{prompt.index}", action, options)
    if action in UNDOABLE:
        number = number or done_actions.begin(conn, action, now)
        done_actions.note_prompt(conn, number, prompt_id)
    PROMPT_ACTIONS[action](conn, prompt, options, now)
    return number


def require_possible(subject: Job | Prompt, name: str, action: str, options: ActionOptions) -> None:
    """Refuse what the subject's own list of actions says is not possible; from a phase on even success is retried."""
    possible = {entry.name: entry for entry in subject.actions}
    require_known(action, possible)
    again = action == "retry" and options.from_phase is not None and subject.finished_at is not None
    if not (possible[action].enabled or again):
        reason = possible[action].reason
        hint = f"{reason[:1].upper()}{reason[1:]}."
        raise fail("invalid_state.action", action=action, subject=name, state=subject.state.value, hint=hint)


def require_allowed_result(options: ActionOptions, guard: PathGuard | None) -> None:
    """Refuse a `result` or an edited item that names a file which the guard refuses: later phases read it."""
    edited = [decision.with_ for decision in options.decisions or ()]
    for text in texts_in([options.result, edited]) if guard else ():
        path = normalize_input_path(text) if text.strip() else Path()
        if guard and path.is_absolute():
            guard(path)
