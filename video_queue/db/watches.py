"""Statements about watched folders: add, read, change, remove. Their files: `watch_files`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from video_queue.db import events
from video_queue.db.connection import Connection
from video_queue.domain.events import EventType
from video_queue.domain.watches import WatchState

_SELECT = "SELECT id, path, spec, enabled, state, reason, mount, created_at, scanned_at, revision FROM watch"

# Write the state of a watch, unless it is so already.
_SET_STATE = """
    UPDATE watch SET state = :state, reason = :reason
    WHERE id = :id AND (state, coalesce(reason, '')) <> (:state, coalesce(:reason, ''))
"""

# After a change of the watch: what waits may be ready now, and what was left out by its name may be meant.
_JUDGE_AGAIN = """
    UPDATE watch_file SET state = 'waiting', due = 0
    WHERE watch_id = ?
        AND (state = 'waiting' AND due IS NOT NULL OR state = 'ignored' AND rule IN ('pattern', 'kind', 'deep'))
"""


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A watch; `spec` holds the fields of `NewWatch` but the path; `revision` grows with each change of its ledger."""

    id: int
    path: str
    spec: dict[str, Any]
    enabled: bool
    state: WatchState
    reason: str | None
    mount: str | None
    created_at: str
    scanned_at: str | None
    revision: int


def add_watch(conn: Connection, path: str, spec: str, mount: str | None, now: str) -> int:
    """Write a new watch and its event; its number."""
    cursor = conn.execute(
        "INSERT INTO watch (path, spec, mount, created_at) VALUES (?, ?, ?, ?)", (path, spec, mount, now)
    )
    number = int(cursor.lastrowid or 0)
    events.append_event(conn, EventType.WATCH_ADDED, now, watch=number, path=path)
    return number


def list_watches(conn: Connection) -> list[WatchRow]:
    """All watches by number."""
    return [_row(row) for row in conn.execute(f"{_SELECT} ORDER BY id")]


def get_watch(conn: Connection, watch_id: int) -> WatchRow | None:
    """One watch, or None."""
    row = conn.execute(f"{_SELECT} WHERE id = ?", (watch_id,)).fetchone()
    return None if row is None else _row(row)


def edit_watch(conn: Connection, watch_id: int, spec: str, now: str) -> bool:
    """Change what a watch is asked to do; False if there is none."""
    changed = conn.execute("UPDATE watch SET spec = ? WHERE id = ?", (spec, watch_id)).rowcount > 0
    if changed:
        conn.execute(_JUDGE_AGAIN, (watch_id,))
        _append_changed(conn, watch_id, now)
    return changed


def enable_watch(conn: Connection, watch_id: int, now: str, *, enabled: bool) -> bool:
    """Let a watch pause or go on; False if there is none."""
    state = WatchState.WATCHING if enabled else WatchState.PAUSED
    changed = conn.execute(
        "UPDATE watch SET enabled = ?, state = ?, reason = NULL WHERE id = ?", (enabled, state, watch_id)
    ).rowcount
    if changed:
        _append_changed(conn, watch_id, now)
    return changed > 0


def set_watch_state(conn: Connection, watch_id: int, state: WatchState, reason: str | None, now: str) -> None:
    """What a watch does now; an event follows only where that changes something."""
    if conn.execute(_SET_STATE, {"id": watch_id, "state": state, "reason": reason}).rowcount:
        _append_changed(conn, watch_id, now)


def note_scan(conn: Connection, watch_id: int, now: str) -> None:
    """The first scan of a watch is done: what appears from now on is new."""
    conn.execute("UPDATE watch SET scanned_at = ? WHERE id = ?", (now, watch_id))


def remove_watch(conn: Connection, watch_id: int, now: str) -> bool:
    """Remove a watch with its ledger; jobs and files stay. False if there is none."""
    removed = conn.execute("DELETE FROM watch WHERE id = ?", (watch_id,)).rowcount > 0
    if removed:
        events.append_event(conn, EventType.WATCH_REMOVED, now, watch=watch_id)
    return removed


def _append_changed(conn: Connection, watch_id: int, now: str) -> None:
    row = conn.execute("SELECT path, state, reason, enabled FROM watch WHERE id = ?", (watch_id,)).fetchone()
    events.append_event(
        conn,
        EventType.WATCH_CHANGED,
        now,
        watch=watch_id,
        path=row["path"],
        state=row["state"],
        reason=row["reason"],
        enabled=bool(row["enabled"]),
    )


def _row(row: Any) -> WatchRow:
    values = dict(row)
    values["spec"] = json.loads(values["spec"])
    values["enabled"] = bool(values["enabled"])
    values["state"] = WatchState(values["state"])
    return WatchRow(**values)
