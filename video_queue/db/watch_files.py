"""Statements about the ledger of watched files. A file is taken in the transaction that makes its job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from video_queue.db import events
from video_queue.db.connection import Connection
from video_queue.domain.events import EventType
from video_queue.domain.moments import iso
from video_queue.domain.watches import FileState, Rule, WatchFile, WatchTotals


class LedgerRow(NamedTuple):
    """One file of a watch. `mtime` is in nanoseconds; `since` and `due` are seconds since the epoch.

    `target` is where it is being moved.
    """

    path: str
    size: int
    mtime: int
    state: str
    rule: Rule
    reason: str
    since: float
    due: float | None = None
    hash: str | None = None
    job_id: int | None = None
    target: str | None = None


class FileChangedError(Exception):
    """A file, or its watch, is not any more what was decided about; nothing was written."""


_COLUMNS = ", ".join(LedgerRow._fields)

# All files of a watch.
_LEDGER = f"SELECT {_COLUMNS} FROM watch_file WHERE watch_id = ?"

# Write a row, in place of one for the same path.
_WRITE = f"""
    INSERT INTO watch_file (watch_id, at, {_COLUMNS}) VALUES (?, ?, {", ".join("?" * len(LedgerRow._fields))})
    ON CONFLICT (watch_id, path) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in ("at", *LedgerRow._fields[1:]))}
"""

# Record the job of a file that still waits as it was seen, for a watch that is not paused.
_TAKE = """
    UPDATE watch_file
    SET state = 'taken', rule = 'taken', reason = :reason, hash = :hash, job_id = :job_id, due = NULL, at = :now
    WHERE watch_id = :watch_id AND path = :path AND state = 'waiting' AND size = :size AND mtime = :mtime
        AND EXISTS (SELECT 1 FROM watch WHERE id = :watch_id AND enabled = 1)
"""

# What became of all that ever lay in the folder: files that wait, jobs, and files that were given up, also those that
# were moved away since.
_TOTALS = """
    SELECT
        (SELECT count(*) FROM watch_file WHERE watch_id = ?1 AND state = 'waiting') AS waiting,
        coalesce(sum(state IN ('queued', 'running', 'review')), 0) AS working,
        coalesce(sum(state = 'succeeded'), 0) AS done,
        coalesce(sum(state IN ('failed', 'partial')), 0) + (
            SELECT count(*) FROM watch_file
            WHERE watch_id = ?1 AND (state = 'failed' OR rule = 'moved' AND job_id IS NULL AND hash IS NULL)
        ) AS failed
    FROM job WHERE watch = ?1
"""

# Files by path, after one.
_PAGE = """
    SELECT * FROM watch_file
    WHERE watch_id = :watch_id AND path > :after AND (:state IS NULL OR state = :state)
    ORDER BY path LIMIT :limit
"""

# Files whose jobs are finished and those that were given up, for watches that move them away then.
_FINISHED = """
    SELECT f.path, f.size, f.mtime, j.state FROM watch_file f INDEXED BY watch_file_state
    JOIN job j ON j.id = f.job_id
    WHERE f.watch_id = ?1 AND f.state = 'taken' AND f.target IS NULL AND j.state NOT IN ('queued', 'running', 'review')
    UNION ALL
    SELECT path, size, mtime, 'unreadable' FROM watch_file
    WHERE watch_id = ?1 AND state = 'failed' AND target IS NULL
"""


# Files of watches that work which become jobs soon by themselves.
_COMING = """
    SELECT 1 FROM watch_file f JOIN watch w ON w.id = f.watch_id AND w.enabled = 1
    WHERE f.state = 'waiting' AND f.rule IN ('new', 'changing', 'open', 'max_new', 'ready') LIMIT 1
"""


def files_come(conn: Connection) -> bool:
    """Whether there are files in watched folders that are still copied, or wait only for their turn."""
    return conn.execute(_COMING).fetchone() is not None


# The jobs of a watch's files since a moment, wherever the files are now.
_JOBS_SINCE = """
    SELECT count(*), min(j.created_at) FROM watch_file f JOIN job j ON j.id = f.job_id
    WHERE f.watch_id = ? AND j.created_at >= ?
"""


def read_ledger(conn: Connection, watch_id: int) -> dict[str, LedgerRow]:
    """Every file of a watch by its path."""
    cursor = conn.cursor()
    cursor.row_factory = None
    return {row[0]: LedgerRow._make(row) for row in cursor.execute(_LEDGER, (watch_id,))}


def write_rows(conn: Connection, watch_id: int, rows: Iterable[LedgerRow], now: str) -> None:
    """Write what is on record about files now; nothing once the watch is removed."""
    if conn.execute("SELECT 1 FROM watch WHERE id = ?", (watch_id,)).fetchone():
        conn.executemany(_WRITE, ((watch_id, now, *row) for row in rows))


def take_files(conn: Connection, watch_id: int, taken: Sequence[tuple[LedgerRow, int]], now: str) -> None:
    """Record the jobs (their numbers) that were made of files in this transaction.

    Raises:
        FileChangedError: another scan took one, it changed, or the watch was paused or removed.
    """
    values = (
        {"watch_id": watch_id, "job_id": job_id, "now": now, "reason": f"job {job_id}"}
        | {"path": row.path, "size": row.size, "mtime": row.mtime, "hash": row.hash}
        for row, job_id in taken
    )
    if conn.executemany(_TAKE, values).rowcount != len(taken):
        raise FileChangedError
    conn.executemany("UPDATE job SET watch = ? WHERE id = ?", ((watch_id, job_id) for _, job_id in taken))


def append_files(conn: Connection, watch_id: int, counts: dict[str, int], now: str) -> None:
    """Append one event for a change of many files: how many came into each state."""
    if counts:
        events.append_event(conn, EventType.WATCH_FILES, now, watch=watch_id, counts=counts)


def write_with_event(conn: Connection, watch_id: int, rows: Iterable[LedgerRow], now: str) -> None:
    """Write rows, and append one event for all of them, and one for each file that was given up."""
    rows = list(rows)
    write_rows(conn, watch_id, rows, now)
    append_files(conn, watch_id, dict(Counter(row.state for row in rows)), now)
    for row in rows:
        if row.state == FileState.FAILED and row.target is None:
            _append_failed(conn, watch_id, row, now)


def _append_failed(conn: Connection, watch_id: int, row: LedgerRow, now: str) -> None:
    """Say which file was given up and why; there is no job that would."""
    if watch := conn.execute("SELECT path FROM watch WHERE id = ?", (watch_id,)).fetchone():
        data = {"watch": watch_id, "folder": watch["path"], "file": row.path, "reason": row.reason}
        events.append_event(conn, EventType.WATCH_FILE_FAILED, now, **data)


def rename_file(conn: Connection, watch_id: int, old: str, row: LedgerRow, now: str) -> None:
    """A file has another name now: `row` is what is on record from now on."""
    conn.execute("DELETE FROM watch_file WHERE watch_id = ? AND path = ?", (watch_id, old))
    write_rows(conn, watch_id, [row], now)


def count_files(conn: Connection, watch_id: int) -> dict[str, int]:
    """How many files of a watch there are in each state."""
    rows = conn.execute(
        "SELECT state, count(*) AS files FROM watch_file WHERE watch_id = ? GROUP BY state", (watch_id,)
    )
    return {state.value: 0 for state in FileState} | {row["state"]: row["files"] for row in rows}


def count_outcomes(conn: Connection, watch_id: int) -> WatchTotals:
    """What became of the files of a watch so far."""
    return WatchTotals(**dict(conn.execute(_TOTALS, (watch_id,)).fetchone()))


def taken_since(conn: Connection, watch_id: int, moment: str) -> tuple[int, str | None]:
    """How many jobs a watch made at or after a moment (ISO 8601 UTC), and when the first of them."""
    count, oldest = conn.execute(_JOBS_SINCE, (watch_id, moment)).fetchone()
    return int(count), oldest


def list_files(conn: Connection, watch_id: int, state: str | None, after: str, limit: int) -> list[WatchFile]:
    """Up to `limit` files by path, after `after`."""
    values = {"watch_id": watch_id, "state": state, "after": after, "limit": limit}
    return [file_view(row) for row in conn.execute(_PAGE, values)]


def find_file(conn: Connection, watch_id: int, path: str, unit: str) -> WatchFile | None:
    """What is on record about a file, or about the run or first-level folder it belongs to."""
    sql = "SELECT * FROM watch_file WHERE watch_id = ? AND path IN (?, ?) ORDER BY path = ? DESC"
    row = conn.execute(sql, (watch_id, path, unit, path)).fetchone()
    return None if row is None else file_view(row)


def finished_files(conn: Connection, watch_id: int) -> list[tuple[str, int, int, str]]:
    """(path, size, mtime, the job's state) of files whose jobs are finished; `unreadable` for those given up."""
    return [tuple(row) for row in conn.execute(_FINISHED, (watch_id,))]


def next_due(conn: Connection, watch_id: int) -> float | None:
    """When a waiting file of a watch is to be considered next; None when none is."""
    sql = "SELECT min(due) FROM watch_file WHERE watch_id = ? AND state = 'waiting'"
    row = conn.execute(sql, (watch_id,)).fetchone()
    return None if row[0] is None else float(row[0])


def file_view(row: Any) -> WatchFile:
    """A WatchFile from a row."""
    return WatchFile(
        path=row["path"],
        size=row["size"],
        mtime=_moment(row["mtime"] / 1e9),
        state=FileState(row["state"]),
        rule=row["rule"],
        reason=row["reason"],
        since=_moment(row["since"]),
        next=None if row["due"] is None else _moment(row["due"]),
        job_id=row["job_id"],
        at=row["at"],
    )


def _moment(seconds: float) -> str:
    """Seconds as ISO 8601 UTC; a file may have any time, so years that cannot be are those that can."""
    return iso(datetime.fromtimestamp(min(max(seconds, 31_536_000.0), 253_000_000_000.0), UTC))
