"""Counts by state, kept in the transaction that changes a state: reading them costs the same at any history."""

from __future__ import annotations

from video_queue.db.connection import Connection

# Add to the count of a state (or take from it).
_COUNT = """
    INSERT INTO tally (scope, state, count) VALUES (?, ?, ?)
    ON CONFLICT (scope, state) DO UPDATE SET count = count + excluded.count
"""


def count_change(conn: Connection, scope: str, before: str | None, after: str | None, many: int = 1) -> None:
    """Move `many` from one state to another; None stands for not being there at all."""
    if before == after or not many:
        return
    changes = [(scope, state, by) for state, by in ((before, -many), (after, many)) if state is not None]
    conn.executemany(_COUNT, changes)


def read_tally(conn: Connection, scope: str) -> dict[str, int]:
    """The number of prompts (`prompt`), jobs (`job`) or archived jobs (`archive`) by state; those above 0."""
    rows = conn.execute("SELECT state, count FROM tally WHERE scope = ? AND count > 0", (scope,))
    return {row["state"]: row["count"] for row in rows}
