"""Batches at the command line: a file of submissions, and an action on all jobs of one (`batch:3`)."""

from __future__ import annotations

from pathlib import Path

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.commands.submitted import print_job
from video_queue.terminal.session import Session
from video_queue.terminal.show.counts import print_counts


def submit_batch(
    session: Session, path: Path, key: str | None, *, wait: bool, print_id: bool, timeout: str | None
) -> int:
    """Submit what a file holds, print its jobs, and on request wait for them; the exit code."""
    from video_queue.terminal.flags.batch_files import read_batch

    body = read_batch(path)
    if wait:
        session.require_server()
    batch = session.writing_client().submit_batch({**body, "idempotency_key": key} if key else body)
    for warning in batch["warnings"]:
        session.console.note(f"warning: {warning['message']}")
    _print_batch(session, batch, print_id=print_id)
    if not wait:
        return exit_codes.OK
    from video_queue.terminal.show.waiting import wait_for

    return wait_for(session, [str(job["id"]) for job in batch["jobs"]], timeout, silent=print_id)


def _print_batch(session: Session, batch: Json, *, print_id: bool) -> None:
    if session.console.as_json and not print_id:
        session.console.emit(batch)
        return
    for job in batch["jobs"]:
        print_job(session, job, print_id=print_id)
    session.console.note(f"batch {batch['id']}" + (", already there" if batch["reused"] else ""))


def act_on_batch(session: Session, batch: str, action: str, done: str, options: Json) -> int:
    """Do `action` to all jobs of a batch that it is possible for, print how many; the exit code."""
    answer = session.writing_client().act_on_batch(batch, action, options)
    return print_counts(session, done, answer, of=f"batch {batch}: ")
