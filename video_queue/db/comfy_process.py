"""Statements about the ComfyUI that `comfy.command` starts: its process, its state, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from video_queue.db import events
from video_queue.db.connection import Connection
from video_queue.domain.comfy import ProcessState
from video_queue.domain.events import EventType


@dataclass(frozen=True, slots=True)
class ComfyProcessRow:
    """As it is on record. `pid` and `started` are None while there is no process; `since` is of the state."""

    state: ProcessState
    pid: int | None
    started: str | None
    command: str | None
    since: str | None
    adopted: bool
    message: str
    request: str | None


def read_process(conn: Connection) -> ComfyProcessRow:
    """What is on record."""
    row = conn.execute(
        "SELECT state, pid, started, command, since, adopted, message, request FROM comfy_process"
    ).fetchone()
    values = {**dict(row), "state": ProcessState(row["state"]), "adopted": bool(row["adopted"])}
    return ComfyProcessRow(**values)


def record_process(
    conn: Connection, pid: int, started: str, command: str, now: str, *, adopted: bool
) -> None:
    """A process was started, or recognised, and does not answer yet: from now on a restart of ours finds it."""
    conn.execute(
        """
        UPDATE comfy_process SET
            pid = ?, started = ?, command = ?, adopted = ?, state = 'starting', message = '', since = ?
        """,
        (pid, started, command, adopted, now),
    )
    _append_event(conn, ProcessState.STARTING, "", now)


def forget_process(conn: Connection) -> None:
    """It has ended."""
    conn.execute("UPDATE comfy_process SET pid = NULL, started = NULL, command = NULL, adopted = 0")


def set_state(conn: Connection, state: ProcessState, message: str, now: str) -> None:
    """The state from now on, with what is to be said of it; an event follows where that changes something."""
    changed = conn.execute(
        "UPDATE comfy_process SET state = ?, message = ?, since = ? WHERE state <> ? OR message <> ?",
        (state, message, now, state, message),
    ).rowcount
    if changed:
        _append_event(conn, state, message, now)


def request_action(conn: Connection, action: str) -> None:
    """Start, stop or restart it; the worker does it."""
    conn.execute("UPDATE comfy_process SET request = ?", (action,))


def clear_request(conn: Connection) -> None:
    """What was asked for is being done."""
    conn.execute("UPDATE comfy_process SET request = NULL")


def _append_event(conn: Connection, state: ProcessState, message: str, now: str) -> None:
    data: dict[str, Any] = {"state": state.value, "message": message, "pid": read_process(conn).pid}
    events.append_event(conn, EventType.COMFY_PROCESS, now, **data)
