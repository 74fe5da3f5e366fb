"""`vq follow`: bars on a terminal, one line for each event otherwise, NDJSON with --json."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from video_queue.domain.states import FINISHED_JOB
from video_queue.terminal import exit_codes
from video_queue.terminal.show.tables import percent, progress_text
from video_queue.terminal.show.waiting import events_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress, TaskID

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
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[said]}", markup=False),
    )
    with Progress(*columns, console=session.console.rich()) as progress:
        bars = _Bars(session, progress, job_id)
        code = _follow(session, job_id, lambda _: bars.draw())
        bars.draw(at_once=True)
        return code


class _Bars:
    """A bar for each running job (or the job asked for), and under it one for each running prompt."""

    def __init__(self, session: Session, progress: Progress, job_id: str | None) -> None:
        self._session, self._progress, self._job_id = session, progress, job_id
        self._tasks: dict[str, TaskID] = {}
        self._drawn = 0.0

    def draw(self, *, at_once: bool = False) -> None:
        """Read the queue and move the bars, at most twice a second unless `at_once`."""
        if not at_once and time.monotonic() - self._drawn < _DRAW_SECONDS:
            return
        self._drawn = time.monotonic()
        server = self._session.require_server()
        running = server.queue()["running"]
        all_jobs = dict.fromkeys(str(prompt["job_id"]) for prompt in running)
        shown: set[str] = set()
        for job_id in [self._job_id] if self._job_id else all_jobs:
            job = server.job(job_id)
            shown.add(self._move(f"job {job_id} {job['name']}", job["progress"], progress_text(job)))
            for prompt in running:
                if str(prompt["job_id"]) == job_id:
                    parts = (prompt["phase"], percent(prompt["progress"]), prompt["message"])
                    said = " ".join(filter(None, parts))
                    shown.add(self._move(f"  {job_id}.{prompt['index']}", prompt["progress"], said))
        for name in set(self._tasks) - shown:
            self._progress.remove_task(self._tasks.pop(name))

    def _move(self, name: str, share: float, said: str) -> str:
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=100, said=said)
        self._progress.update(self._tasks[name], completed=share * 100, said=said)
        return name
