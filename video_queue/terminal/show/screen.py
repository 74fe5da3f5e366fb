"""`vq status --watch`: the whole queue on one screen, drawn again after events, until q or Ctrl-C."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from video_queue.domain.errors import VqError
from video_queue.domain.states import FINISHED_JOB
from video_queue.terminal import exit_codes
from video_queue.terminal.keys import Pressed, single_keys
from video_queue.terminal.session import Session
from video_queue.terminal.show import tables
from video_queue.terminal.show.waiting import events_of

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from video_queue.terminal.client.client import Client, Json

T = TypeVar("T")
_DRAW_SECONDS, _KEY_SECONDS = 0.5, 0.1
_LISTED = 8
_SHOWN = frozenset({"ID", "STATE", "DONE", "WORKFLOW", "NAME", "LEFT"})


def watch_queue(session: Session) -> int:
    """Show the queue until q; for pipes and --json the queue again after each change, until interrupted.

    Raises:
        VqError: `server_unreachable` (exit 5) without a server.
    """
    session.require_server()
    console = session.console
    with single_keys() as pressed:
        if console.as_json or not console.is_terminal:
            for _ in _changes(session, pressed):
                if view := _unless_away(session, lambda server: server.queue()):
                    console.answer(view, [*tables.queue_lines(view, serves=True), ""])
            return exit_codes.OK
        from rich.live import Live

        with Live(console=console.rich(), screen=True, auto_refresh=False) as live:
            for _ in _changes(session, pressed):
                if screen := _unless_away(session, _screen):
                    live.update(screen, refresh=True)
    return exit_codes.OK


def _unless_away(session: Session, read: Callable[[Client], T]) -> T | None:
    """None while the server is away: its events come again when it is back, maybe at another address."""
    try:
        return read(session.require_server())
    except VqError as error:
        if error.code != "server_unreachable":
            raise
        session.close()
        return None


def _changes(session: Session, pressed: Pressed) -> Iterator[None]:
    """Once at the beginning and after events, at most twice a second; ends with q."""
    arrived: queue.SimpleQueue[Json | Exception] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(session, arrived), name="vq-events", daemon=True).start()
    while (event := _next(arrived, pressed)) is not None:
        # Many events are one change; a failure is the last of them.
        while not (arrived.empty() or isinstance(event, Exception)):
            event = arrived.get()
        if isinstance(event, Exception):
            raise event
        began = time.monotonic()
        yield
        while (left := began + _DRAW_SECONDS - time.monotonic()) > 0:
            if pressed(min(left, _KEY_SECONDS)) == "q":
                return


def _next(arrived: queue.SimpleQueue[Json | Exception], pressed: Pressed) -> Json | Exception | None:
    """The next event; None when q is pressed before."""
    while True:
        try:
            return arrived.get_nowait()
        except queue.Empty:
            if pressed(_KEY_SECONDS) == "q":
                return None


def _receive(session: Session, arrived: queue.SimpleQueue[Json | Exception]) -> None:
    """Hand on the events, on a connection of this thread's own; the failure that ends them is the last."""
    own = Session(console=session.console, home=session.home, server=session.server)
    try:
        for event in events_of(own):
            arrived.put(event)
    except Exception as error:  # noqa: BLE001 - the thread that draws raises it
        arrived.put(error)


def _screen(server: Client) -> Group:
    from rich.console import Group
    from rich.text import Text

    from video_queue.terminal.show.bars import bars

    view = server.queue()
    running = view["running"]
    jobs = [server.job(number) for number in dict.fromkeys(str(prompt["job_id"]) for prompt in running)]
    waiting = server.jobs({"state": ["queued"], "sort": "queue", "limit": _LISTED})["items"]
    finished = server.jobs({"state": sorted(FINISHED_JOB), "limit": _LISTED})["items"]
    return Group(
        *map(Text, tables.queue_facts(view, serves=True)),
        Text(),
        bars(jobs, running),
        *_listed("next", waiting),
        *_listed("done", finished),
        Text("\nq leaves", style="dim"),
    )


def _listed(heading: str, jobs: list[Json]) -> Iterator[RenderableType]:
    from rich.table import Table
    from rich.text import Text

    if not jobs:
        return
    yield Text(f"\n{heading}", style="dim")
    table = Table.grid(padding=(0, 2))
    for job in jobs:
        cells = [
            cell
            for cell, name in zip(tables.job_row(job), tables.JOB_HEADINGS, strict=True)
            if name in _SHOWN
        ]
        table.add_row(*(Text(cell, overflow="ellipsis", no_wrap=True) for cell in cells))
    yield table
