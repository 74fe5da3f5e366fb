"""When a process of ours worked the queue: a row for each, kept up to date while anything runs."""

from __future__ import annotations

from video_queue.db.connection import Connection

_KEPT = 1000
_DOWNTIMES = """
    SELECT b.alive_at AS begin, u.started_at AS end
    FROM uptime u JOIN uptime b ON b.id = (SELECT max(id) FROM uptime WHERE id < u.id)
    WHERE u.started_at > ? AND b.alive_at < ? ORDER BY u.id
"""


def begin_uptime(conn: Connection, now: str) -> int:
    """A process begins to work; the number of its row."""
    conn.execute("DELETE FROM uptime WHERE id <= (SELECT max(id) FROM uptime) - ?", (_KEPT,))
    row = conn.execute("INSERT INTO uptime (started_at, alive_at) VALUES (?, ?)", (now, now))
    return int(row.lastrowid or 0)


def note_alive(conn: Connection, uptime_id: int, now: str) -> None:
    """It still works."""
    conn.execute("UPDATE uptime SET alive_at = ? WHERE id = ?", (now, uptime_id))


def downtimes(conn: Connection, since: str, until: str) -> list[tuple[str, str]]:
    """The times between `since` and `until` in which no process worked, oldest first; none before the first start."""
    rows = conn.execute(_DOWNTIMES, (since, until))
    return [(max(row["begin"], since), min(row["end"], until)) for row in rows]
