"""The events table: every change of state appends one row in the same transaction.

Readers replay from here after an id; live ones get the same Event objects once the commit is done.
"""

from __future__ import annotations

import json
from typing import Any

from video_queue.db.connection import Connection
from video_queue.domain.events import Event

_COLUMNS = "id, type, at, job_id, prompt_id, data"


def append_event(
    conn: Connection,
    type_: str,
    now: str,
    *,
    job_id: int | None = None,
    prompt_id: int | None = None,
    **data: Any,
) -> Event:
    """Store one event and hand it to the live readers when this transaction commits."""
    cursor = conn.execute(
        "INSERT INTO event (type, at, job_id, prompt_id, data) VALUES (?, ?, ?, ?, ?)",
        (type_, now, job_id, prompt_id, json.dumps(data)),
    )
    event = Event(id=cursor.lastrowid, type=type_, at=now, job_id=job_id, prompt_id=prompt_id, data=data)
    conn.news.append(event)
    return event


def list_events(conn: Connection, after: int, limit: int, job_id: int | None = None) -> list[Event]:
    """Up to `limit` events with an id above `after`, oldest first; of one job if given."""
    where, values = ("AND job_id = ?", [after, job_id, limit]) if job_id else ("", [after, limit])
    rows = conn.execute(
        f"SELECT {_COLUMNS} FROM event WHERE id > ? {where} ORDER BY id LIMIT ?",
        values,
    )
    return [_event(row) for row in rows]


def event_bounds(conn: Connection) -> tuple[int, int]:
    """The oldest id kept and the newest one ever given (0, 0 when there never was one)."""
    oldest = conn.execute("SELECT coalesce(min(id), 0) FROM event").fetchone()[0]
    newest = conn.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'").fetchone()
    return int(oldest), int(newest[0])


def prune_events(conn: Connection, keep: int) -> None:
    """Drop all but the newest `keep` events."""
    conn.execute("DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?", (keep,))


def _event(row: Any) -> Event:
    return Event(
        id=row["id"],
        type=row["type"],
        at=row["at"],
        job_id=row["job_id"],
        prompt_id=row["prompt_id"],
        data=json.loads(row["data"]),
    )
