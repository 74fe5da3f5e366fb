"""Statements about child processes: those that run now, so that a restart can end what a crash left behind."""

from __future__ import annotations

from video_queue.db.connection import Connection


def insert_child(conn: Connection, pid: int, started: str, command: str, prompt_id: int | None) -> None:
    """A child was started."""
    conn.execute(
        "INSERT OR REPLACE INTO child (pid, started, command, prompt_id) VALUES (?, ?, ?, ?)",
        (pid, started, command, prompt_id),
    )


def delete_child(conn: Connection, pid: int) -> None:
    """A child was reaped."""
    conn.execute("DELETE FROM child WHERE pid = ?", (pid,))


def forget_children(conn: Connection) -> None:
    """None of the children on record lives any more."""
    conn.execute("DELETE FROM child")


def list_children(conn: Connection) -> list[tuple[int, str, str]]:
    """Every child on record: (pid, start time, command)."""
    return [(row["pid"], row["started"], row["command"]) for row in conn.execute("SELECT * FROM child")]
