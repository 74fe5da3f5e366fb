"""`vq follow`: bars on a terminal, one line for each event otherwise, NDJSON with --json."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from video_queue.domain.states import FINISHED_JOB
from video_queue.terminal import exit_codes
from video_queue.terminal.show.waiting import events_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from video_queue.terminal.client.client import Json
    from video_queue.terminal.session import Session

_DRAW_SECONDS = 0.5


def follow_queue(session: Session, job_id: str | None) -> int:
    """Show what happens: of one job until it is finished (its exit code), else of all until interrupted.

    Raises:
        VqError: `server_unreachable` (exit 5) without a server, `unknown_job`.
    """
    server = session.require_server()
    if job_id is not None:
        server.job(job_id)
    if session.console.is_terminal and not session.console.as_json:
        return _with_bars(session, job_id)
    return _follow(session, job_id, lambda event: _print(session, event))


def _follow(session: Session, job_id: str | None, show: Callable[[Json], None]) -> int:
    for event in events_of(session):
        if job_id is None or event["job_id"] == int(job_id):
            show(event)
        if job_id is not None and event["type"] in ("hello", "job.finished", "job.updated", "reset"):
            job = session.require_server().job(job_id)
            if job["state"] in FINISHED_JOB:
                session.console.note(f"job {job_id} {job['state']}")
                return exit_codes.of_job(job["state"])
    return exit_codes.OK


def _print(session: Session, event: Json) -> None:
    line = event_line(event)
    session.console.answer(event, [line] if line else [])


def event_line(event: Json) -> str:
    """An event in words; nothing for what only moves a bar."""
    type_, data = event["type"], event["data"]
    if event["id"] is None:
        return ""
    index = data.get("index")
    subject = f"{event['job_id']}.{index}" if index else f"job {event['job_id']}" if event["job_id"] else ""
    number = f"prompt {event['prompt_id']}" if event["prompt_id"] and not index else ""
    said = " ".join(
        str(data[key]) for key in ("phase", "state", "action", "reason", "lane", "message") if data.get(key)
    )
    return "  ".join(part for part in (event["at"], type_, subject, number, said) if part)


def _with_bars(session: Session, job_id: str | None) -> int:
    from rich.live import Live

    with Live(console=session.console.rich(), auto_refresh=False) as live:
        drawn = 0.0

        def draw(_: Json | None) -> None:
            """Read the queue and move the bars, at most twice a second."""
            nonlocal drawn
            if time.monotonic() - drawn >= _DRAW_SECONDS:
                drawn = time.monotonic()
                live.update(_bars(session, job_id), refresh=True)

        code = _follow(session, job_id, draw)
        drawn = 0.0
        draw(None)
        return code


def _bars(session: Session, job_id: str | None) -> Table:
    """A bar for each running job (or the job asked for), its running prompts and their phases."""
    from video_queue.terminal.show.bars import bars

    server = session.require_server()
    running = server.queue()["running"]
    numbers = [job_id] if job_id else dict.fromkeys(str(prompt["job_id"]) for prompt in running)
    return bars(map(server.job, numbers), running)
