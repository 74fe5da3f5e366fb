"""What a command that makes a job prints of it, and on request its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Client, Json
from video_queue.terminal.session import Session

Wait = Annotated[bool, typer.Option("--wait", help="Stay until it is finished (needs a server).")]
Run = Annotated[bool, typer.Option("--run", help="Work on it here if no server runs, until it is finished.")]
PrintId = Annotated[bool, typer.Option("--print-id", help="Print the job's number and nothing else.")]
Timeout = Annotated[
    str | None, typer.Option(metavar="SECONDS", help="With --wait: give up waiting after this (exit 124).")
]


def enqueue(
    session: Session,
    submit: Callable[[Client], Json],
    *,
    wait: bool,
    run: bool,
    print_id: bool,
    timeout: str | None,
) -> int:
    """Make a job by `submit`, print it with its warnings, and wait for it or work on it; the exit code.

    Raises:
        VqError: `server_unreachable` where `wait` has no server.
    """
    if wait and not run:
        session.require_server()
    client = session.writing_client()
    job = submit(client)
    for warning in job.get("warnings", ()):
        session.console.note(f"warning: {warning['message']}")
    print_job(session, job, print_id=print_id)
    if not (wait or run):
        return exit_codes.OK
    if run and not client.serves:
        from video_queue.terminal.serving.foreground import work_until_finished

        session.close()
        return work_until_finished(session, job["id"], silent=print_id)
    from video_queue.terminal.show.waiting import wait_for

    return wait_for(session, [str(job["id"])], timeout, silent=print_id)


def print_job(session: Session, job: Json, *, print_id: bool) -> None:
    """Print a job that was submitted, or its number and nothing else."""
    console = session.console
    if print_id:
        console.data(str(job["id"]))
        return
    if console.as_json:
        console.emit(job)
        return
    count = sum(job["counts"].values())
    what = "already there" if job["reused"] else f"{count} prompt{'' if count == 1 else 's'}"
    console.data(f"job {job['id']}  {job['name']}  {what}  -> {job['output_dir']}")
    if job["reused"]:
        console.note("The same work was submitted before; --force submits it again.")
