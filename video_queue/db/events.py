"""The events table: every change of state appends one row in the same transaction.

Readers replay from here after an id; live ones get the same Event objects once the commit is done.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from video_queue.db.connection import Connection
from video_queue.db.stored import ReadableTexts
from video_queue.domain.events import Event

# Append one event.
_APPEND = "INSERT INTO event (type, at, job_id, prompt_id, data) VALUES (?, ?, ?, ?, ?)"

# Append many at once; what selects them stands between.
_APPEND_SELECTED = "INSERT INTO event (type, at, job_id, prompt_id, data)"
_AS_EVENTS = "RETURNING id, type, at, job_id, prompt_id, data"

# The events after an id, oldest first, of one job or of all.
_AFTER = """
    SELECT id, type, at, job_id, prompt_id, data FROM event WHERE id > :after ORDER BY id LIMIT :limit
"""
_AFTER_OF_JOB = """
    SELECT id, type, at, job_id, prompt_id, data FROM event
    WHERE id > :after AND job_id = :job_id ORDER BY id LIMIT :limit
"""

_LAST = """
    SELECT id, type, at, job_id, prompt_id, data FROM event
    WHERE id > :after AND at >= :since AND type IN (SELECT value FROM json_each(:types)) ORDER BY id DESC LIMIT 1
"""

# The oldest id that is kept, and the newest that was ever used.
_OLDEST = "SELECT coalesce(min(id), 0) FROM event"
_NEWEST = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'"


# Enough to replay a long night; a client that asks for older events is answered with `reset`.
KEPT = 200_000
# With every so many new events as many old ones go.
PRUNED_EACH = 1000


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
    row = conn.execute(_APPEND, (type_, now, job_id, prompt_id, json.dumps(data)))
    event = Event(id=row.lastrowid, type=type_, at=now, job_id=job_id, prompt_id=prompt_id, data=data)
    conn.events.append(event)
    if event.id and event.id % PRUNED_EACH == 0:
        prune_events(conn)
    return event


def append_prompt_event(conn: Connection, type_: str, now: str, prompt_id: int, **data: Any) -> Event:
    """Append an event about one prompt: it carries the prompt's job and index besides `data`."""
    row = conn.execute("SELECT job_id, idx FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    return append_event(conn, type_, now, job_id=row["job_id"], prompt_id=prompt_id, index=row["idx"], **data)


def append_selected(conn: Connection, select: str, values: tuple[Any, ...]) -> None:
    """Append an event for each row of a statement that selects `type, at, job_id, prompt_id, data`."""
    rows = conn.execute(f"{_APPEND_SELECTED} {select} {_AS_EVENTS}", values).fetchall()
    conn.events.extend(map(event_of, rows))


def list_events(conn: Connection, after: int, limit: int, job_id: int | None = None) -> list[Event]:
    """Up to `limit` events with an id above `after`, oldest first; of one job if given."""
    values = {"after": after, "limit": limit, "job_id": job_id}
    return [event_of(row) for row in conn.fetch_readable(_AFTER_OF_JOB if job_id else _AFTER, values)]


def last_event(conn: Connection, types: Sequence[str], *, after: int, since: str) -> Event | None:
    """The newest event of these types with an id above `after` that is not older than `since`."""
    row = conn.execute(_LAST, {"types": json.dumps(types), "after": after, "since": since}).fetchone()
    return None if row is None else event_of(row)


def event_bounds(conn: Connection) -> tuple[int, int]:
    """The oldest id that is kept and the newest one ever used (0, 0 when there never was one)."""
    return int(conn.execute(_OLDEST).fetchone()[0]), int(conn.execute(_NEWEST).fetchone()[0])


def newest_moment(conn: Connection) -> str | None:
    """When the newest event that is kept was stored."""
    row = conn.execute("SELECT at FROM event ORDER BY id DESC LIMIT 1").fetchone()
    return None if row is None else str(row["at"])


def prune_events(conn: Connection, keep: int = KEPT) -> None:
    """Drop all but the newest `keep` events."""
    conn.execute("DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?", (keep,))


def event_of(row: Any) -> Event:
    """A stored event; without data where that is damaged, so that what listens goes on with the next."""
    return Event(**{**dict(row), "data": ReadableTexts().json(row["data"], f"event {row['id']}", {})})
