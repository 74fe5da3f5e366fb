"""Statements about the ComfyUI that `comfy.command` starts: its process, its state, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from video_queue.db import events
from video_queue.db.connection import Connection
from video_queue.domain.comfy import ProcessState
from video_queue.domain.events import EventType
from video_queue.domain.states import DEFAULT_INSTANCE

_FORGET = """
    UPDATE comfy_process SET pid = NULL, started = NULL, command = NULL, adopted = 0 WHERE instance = ?
"""


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


def read_process(conn: Connection, instance: str = DEFAULT_INSTANCE) -> ComfyProcessRow:
    """What is on record."""
    row = conn.execute(
        "SELECT state, pid, started, command, since, adopted, message, request FROM comfy_process WHERE instance = ?",
        (instance,),
    ).fetchone()
    values = {**dict(row), "state": ProcessState(row["state"]), "adopted": bool(row["adopted"])}
    return ComfyProcessRow(**values)


def record_process(
    conn: Connection,
    pid: int,
    started: str,
    command: str,
    now: str,
    *,
    adopted: bool,
    instance: str = DEFAULT_INSTANCE,
) -> None:
    """A process was started, or recognised, and does not answer yet: from now on a restart of ours finds it."""
    conn.execute(
        """
        UPDATE comfy_process SET
            pid = ?, started = ?, command = ?, adopted = ?, state = 'starting', message = '', since = ?
        WHERE instance = ?
        """,
        (pid, started, command, adopted, now, instance),
    )
    _append_event(conn, instance, ProcessState.STARTING, "", now)


def forget_process(conn: Connection, instance: str = DEFAULT_INSTANCE) -> None:
    """It has ended."""
    conn.execute(_FORGET, (instance,))


def set_state(
    conn: Connection, state: ProcessState, message: str, now: str, instance: str = DEFAULT_INSTANCE
) -> None:
    """The state from now on, with what is to be said of it; an event follows where that changes something."""
    changed = conn.execute(
        "UPDATE comfy_process SET state = ?1, message = ?2, since = ?3"
        " WHERE instance = ?4 AND (state <> ?1 OR message <> ?2)",
        (state, message, now, instance),
    ).rowcount
    if changed:
        _append_event(conn, instance, state, message, now)


def request_action(conn: Connection, action: str, instance: str = DEFAULT_INSTANCE) -> None:
    """Start, stop or restart it; the worker does it."""
    conn.execute("UPDATE comfy_process SET request = ? WHERE instance = ?", (action, instance))


def clear_request(conn: Connection, instance: str = DEFAULT_INSTANCE) -> None:
    """What was asked for is being done."""
    conn.execute("UPDATE comfy_process SET request = NULL WHERE instance = ?", (instance,))


def _append_event(conn: Connection, instance: str, state: ProcessState, message: str, now: str) -> None:
    data: dict[str, Any] = {"state": state.value, "message": message, "pid": read_process(conn, instance).pid}
    if instance != DEFAULT_INSTANCE:
        data["instance"] = instance
    events.append_event(conn, EventType.COMFY_PROCESS, now, **data)
