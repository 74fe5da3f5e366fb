"""Staying until something is finished: `vq wait`, `vq submit --wait`, `vq log -f`.

The server's events wake it; then it reads the jobs. A server that goes away is waited for a while.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from video_queue.domain.states import FINISHED_JOB
from video_queue.terminal import exit_codes
from video_queue.terminal.client.references import is_prompt
from video_queue.terminal.flags import values

if TYPE_CHECKING:
    from video_queue.terminal.client.client import Json
    from video_queue.terminal.session import Session

_AWAY_SECONDS = 30.0
_TRY_SECONDS = 0.5
_LONG = 3600.0
_LOG_SECONDS = 0.5


class TimeIsOverError(Exception):
    """What was waited for did not happen in time."""


def wait_for(session: Session, references: list[str], timeout: str | None, *, silent: bool = False) -> int:
    """Stay until all are finished; the highest of their exit codes, or 124 when `timeout` is over.

    A silent wait writes nothing on stdout.

    Raises:
        VqError: `server_unreachable` (exit 5) without a server, `unknown_job`.
    """
    deadline = None if timeout is None else time.monotonic() + values.duration(timeout)
    session.require_server()
    waiting = dict.fromkeys(references)
    printed: dict[str, str] = {}
    codes = [exit_codes.OK]
    try:
        # Read once before the first event: however short the time is, what has ended is known.
        for _ in chain([None], events_of(session, deadline)):
            for reference in list(waiting):
                subject = _read_if_there(session, reference)
                if subject is None:
                    break
                _print_why(session, reference, subject, printed)
                if subject["state"] in FINISHED_JOB:
                    del waiting[reference]
                    print_end(session, reference, subject, silent=silent)
                    codes.append(exit_codes.of_job(subject["state"]))
            if not waiting:
                break
    except TimeIsOverError:
        session.console.note(f"still waiting for {', '.join(waiting)}; the time is over")
        return exit_codes.TIMED_OUT
    return max(codes)


def events_of(session: Session, deadline: float | None = None) -> Iterator[Json]:
    """The server's events for ever, first of all a `hello`; goes on after a restart of the server.

    Events that were missed meanwhile come late, none is left out.

    Raises:
        TimeIsOverError: at `deadline` (monotonic seconds).
        VqError: `server_unreachable` when the server is away for half a minute.
    """
    from video_queue.domain.errors import VqError

    last: int | None = None
    away_since: float | None = None
    while True:
        try:
            for event in session.require_connection().events({"after": last}, _left(deadline)):
                away_since = None
                if event is not None:
                    last = _newest(last, event)
                    yield event
                _left(deadline)()
        except VqError as error:
            away_since = away_since or time.monotonic()
            if error.code != "server_unreachable" or time.monotonic() - away_since > _AWAY_SECONDS:
                raise
        session.close()  # the server may come back at another address
        time.sleep(min(_TRY_SECONDS, _left(deadline)()))


def follow_log(session: Session, reference: str, phase: str | None) -> int:
    """Print a log as it grows, until its job or prompt is finished.

    Raises:
        VqError: `server_unreachable` (exit 5) without a server.
    """
    server = session.require_server()
    printed = 0
    while True:
        finished = _read(session, reference)["state"] in FINISHED_JOB
        text = server.log(reference, phase)
        if new := text[printed:].removesuffix("\n"):
            session.console.answer({"id": reference, "log": new}, [new])
            printed = len(text)
        if finished:
            return exit_codes.OK
        time.sleep(_LOG_SECONDS)


def print_end(session: Session, reference: str, subject: Json, *, silent: bool) -> None:
    """How a job or prompt ended: as data, or as a note if `silent`; what failed is always a note."""
    from video_queue.terminal.show.tables import error_lines

    console = session.console
    if silent or not console.as_json:
        (console.note if silent else console.data)(f"{reference} {subject['state']}")
        for line in error_lines(subject["error"]):
            console.note(line)
    else:
        console.emit(subject)


def _read(session: Session, reference: str) -> Json:
    server = session.require_server()
    return server.prompt(reference) if is_prompt(reference) else server.job(reference)


def _read_if_there(session: Session, reference: str) -> Json | None:
    """None while the server is away: its events end too, and begin again with a reason to read."""
    from video_queue.domain.errors import VqError

    try:
        return _read(session, reference)
    except VqError as error:
        if error.code != "server_unreachable":
            raise
        return None


def _print_why(session: Session, reference: str, subject: Json, printed: dict[str, str]) -> None:
    """Once for each reason: what keeps it from going on by itself."""
    why = f"held ({subject['held_reason']}): vq release {reference}" if subject["held"] else ""
    if subject["state"] == "review":
        why = "waiting for review"
    if why and printed.get(reference) != why:
        session.console.note(f"{reference} is {why}")
    printed[reference] = why


def _newest(last: int | None, event: Json) -> int | None:
    """The id to go on after: the events' own, and at the start what `hello` names."""
    if event["id"] is not None:
        return int(event["id"])
    return int(event["data"]["last_id"]) if event["type"] in ("hello", "reset") and last is None else last


def _left(deadline: float | None) -> Callable[[], float]:
    """How many seconds are left, as a call; it raises when there are none."""

    def left() -> float:
        if deadline is None:
            return _LONG
        if (seconds := deadline - time.monotonic()) <= 0:
            raise TimeIsOverError
        return seconds

    return left
