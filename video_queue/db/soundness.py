"""Whether a database is sound: the full check, what is known from the last one, and the repair of indexes.

A full check reads the whole file (4.7 s for 1,000,000 prompts, 545 MB). It comes before the start only where the
machine itself may have stopped while the file was open: a process that is killed leaves whole commits in the file
and its log (sqlite.org/atomiccommit.html). Else it runs beside the work.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from video_queue.db.backup import backup, stamp
from video_queue.db.connection import OF_DAMAGE, Connection, connect, damaged, explain, is_damage

_LOG = logging.getLogger(__name__)
_STEPS_BETWEEN_STOPS = 100_000

_HAS_ROW = "SELECT 1 FROM sqlite_master WHERE name = 'soundness'"
_READ = "SELECT closed, checked_at, problems FROM soundness"
_HAS_BOOT = "SELECT 1 FROM pragma_table_info('soundness') WHERE name = 'boot'"
_READ_BOOT = "SELECT boot FROM soundness"
_OPENED = "UPDATE soundness SET closed = 0"
_OPENED_IN = "UPDATE soundness SET boot = ?"
_CLOSED = "UPDATE soundness SET closed = 1"
_CHECKED = "UPDATE soundness SET checked_at = ?, problems = ?"


class Soundness(NamedTuple):
    """What the last full check found, and when (ISO 8601 UTC; None: never checked)."""

    checked_at: str | None
    problems: list[str]


def read_soundness(conn: Connection) -> Soundness:
    """What is known without a check."""
    row = conn.execute(_READ).fetchone()
    return Soundness(row["checked_at"], json.loads(row["problems"]))


def record_check(conn: Connection, problems: list[str], now: str) -> None:
    """Keep what a full check found."""
    conn.execute(_CHECKED, (now, json.dumps(problems)))


def record_opened(conn: Connection, boot: str | None) -> None:
    """From now on only `record_closed`, or a start in the same `boot`, spares the next start its check."""
    if conn.execute(_HAS_ROW).fetchone():
        conn.execute(_OPENED)
    if conn.execute(_HAS_BOOT).fetchone():
        conn.execute(_OPENED_IN, (boot,))


def record_closed(conn: Connection) -> None:
    """Everything was committed, nothing is in use: the next start need not check."""
    if conn.execute(_HAS_ROW).fetchone():
        conn.execute(_CLOSED)


def check(conn: Connection) -> list[str]:
    """Everything that SQLite finds wrong with the database; empty when it is sound.

    By integrity_check: SQLite 3.40's quick_check has false alarms, and none sees an index that lacks an entry.
    """
    damage = [str(row[0]) for row in conn.execute("PRAGMA integrity_check") if row[0] != "ok"]
    dangling = [
        f"{row[0]}: row {row[1]} refers to a row of {row[2]} that is not there"
        for row in conn.execute("PRAGMA foreign_key_check")
    ]
    return damage + dangling


def check_file(path: Path, stop: threading.Event) -> list[str]:
    """`check` on a connection of its own, beside the work; given up soon after `stop` is set."""
    with closing(connect(path, read_only=True)) as conn:
        conn.set_progress_handler(stop.is_set, _STEPS_BETWEEN_STOPS)
        try:
            return check(conn)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if is_damage(error):
                return [str(error)]
            raise explain(error, path) from error


def require_sound(
    conn: Connection, path: Path, *, backups: Path | None, now: str, boot: str | None = None
) -> None:
    """Check a database that was open when the machine stopped, or that has known problems; repair its indexes.

    `boot` is the machine's start as it is now; where it is not known, any end but one in good order counts as a stop.

    Raises:
        VqError: `locked.damaged` for damage that a rebuilt index does not mend.
    """
    if _is_trusted(conn, boot):
        return
    problems = check(conn)
    if problems and not _repair(conn, problems, backups, now):
        raise damaged(path, problems[0])
    if conn.execute(_HAS_ROW).fetchone():
        record_check(conn, [], now)


def _is_trusted(conn: Connection, boot: str | None) -> bool:
    if not conn.execute(_HAS_ROW).fetchone():
        return False
    row = conn.execute(_READ).fetchone()
    return row["problems"] == "[]" and (bool(row["closed"]) or _was_opened_in(conn, boot))


def _was_opened_in(conn: Connection, boot: str | None) -> bool:
    if boot is None or not conn.execute(_HAS_BOOT).fetchone():
        return False
    return bool(conn.execute(_READ_BOOT).fetchone()["boot"] == boot)


def _repair(conn: Connection, problems: list[str], backups: Path | None, now: str) -> bool:
    """Build the indexes again from their tables, after a copy; kept only if the database is sound then."""
    if backups is not None:
        backup(conn, backups / f"{OF_DAMAGE}{stamp(now)}.db")
    conn.execute("BEGIN IMMEDIATE")
    try:
        conn.execute("REINDEX")
        sound = not check(conn)
        conn.execute("COMMIT" if sound else "ROLLBACK")
    except sqlite3.Error:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        return False
    if sound:
        _LOG.warning("the indexes of the database were damaged and are built again: %s", "; ".join(problems))
    return sound
