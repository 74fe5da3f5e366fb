"""The SQLite connection that statement functions get: its settings, and the events a transaction appends.

Everything here runs on the thread that owns the connection (see `db_thread`).
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from video_queue.db.stored import DamagedRowError
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.events import Event

# Only `vq db` tools and a stray sqlite3 shell ever compete for the write lock.
_BUSY_SECONDS = 10.0
_CACHED_STATEMENTS = 256
# synchronous=FULL: a commit that was acknowledged survives power loss.
# No mmap: a disk error would arrive as SIGBUS and end the process.
_WRITER = (
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
    "PRAGMA journal_size_limit = 67108864",
)
_READER = ("PRAGMA query_only = ON", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -16384")
# SQLite's extended result codes keep the primary one in the low byte.
_PRIMARY_CODE = 0xFF
_IN_USE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_DISK_FAILS = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


_Args = ParamSpec("_Args")
_Value = TypeVar("_Value")

# What the names of copies begin with that are made of a damaged database, before it is repaired.
OF_DAMAGE = "before-repair-"


class Connection(sqlite3.Connection):
    """A `sqlite3.Connection` with `events`: what to announce once the running transaction is committed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.events: list[Event] = []

    def fetch_readable(
        self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()
    ) -> list[sqlite3.Row]:
        """All rows, for people: bytes that are no text any more come as replacement characters, not as an error."""
        try:
            return self.execute(statement, values).fetchall()
        except sqlite3.OperationalError as error:
            if not is_damage(error):
                raise
        self.text_factory = partial(str, encoding="utf-8", errors="replace")
        try:
            return self.execute(statement, values).fetchall()
        finally:
            self.text_factory = str

    def alone(
        self, run: Callable[Concatenate[Connection, _Args], _Value], *args: _Args.args, **kwargs: _Args.kwargs
    ) -> _Value:
        """What `run(conn, ...)` returns; what it raises undoes its rows and events, and nothing before it."""
        events = len(self.events)
        self.execute("SAVEPOINT one")
        try:
            value = run(self, *args, **kwargs)
        except BaseException:
            if self.in_transaction:  # a full disk has undone all that was before it too
                self.execute("ROLLBACK TO one")
                self.execute("RELEASE one")
                del self.events[events:]
            raise
        self.execute("RELEASE one")
        return value


def connect(path: Path, *, read_only: bool) -> Connection:
    """A configured connection to the database at `path`: rows by name, transactions begun by hand.

    Raises:
        VqError: `locked.damaged` when the file is no database or cannot keep a write-ahead log,
            `locked.foreign_database` (for writing) when it holds the tables of another program.
    """
    if not read_only:
        make_private(path)
    conn = sqlite3.connect(
        path,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        # One thread uses it at a time; another may only close it after that thread has died.
        check_same_thread=False,
        cached_statements=_CACHED_STATEMENTS,
        factory=Connection,
    )
    try:
        conn.row_factory = sqlite3.Row
        if not read_only:
            _require_ours(conn, path)
            # Of a new file, before its log is made; one with tables stays as it is (see `vacuum`).
            conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
            _require_wal(conn, path)
        for pragma in _READER if read_only else _WRITER:
            conn.execute(pragma)
    except BaseException as error:
        conn.close()
        raise explain(error, path) from error
    return conn


def make_private(path: Path) -> None:
    """Make an empty file that only its owner reads, where there is none: SQLite gives a log the same rights."""
    with suppress(OSError):  # what is wrong with the folder is said by SQLite
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def explain(error: BaseException, path: Path) -> BaseException:
    """`error`, or the catalogue's error where SQLite blames the disk, another process or the file itself."""
    code = _code(error)
    if code == sqlite3.SQLITE_FULL:
        return fail("disk_full.write", path=str(path.parent))
    if code in _IN_USE:
        return fail("locked.busy", path=str(path))
    if code in _DISK_FAILS:
        return fail("locked.disk", path=str(path), detail=str(error))
    if isinstance(error, DamagedRowError):
        return fail("internal.damaged_row", path=str(path), where=error.where, detail=error.detail)
    if isinstance(error, json.JSONDecodeError):
        return fail("internal.damaged_row", path=str(path), where="a stored text", detail=error.msg)
    if is_damage(error):
        return damaged(path, str(error))
    return error


def damaged(path: Path, detail: str) -> VqError:
    """That the database at `path` is damaged, and the newest copy of it that was made while it was sound."""
    try:
        copies = [
            file for file in (path.parent / "backups").glob("*.db") if not file.name.startswith(OF_DAMAGE)
        ]
        newest = max(copies, key=lambda file: file.stat().st_mtime, default=None)
    except OSError:
        newest = None
    if newest is None:
        return fail("locked.damaged", path=str(path), detail=detail)
    return fail("locked.damaged_with_copy", path=str(path), detail=detail, copy=newest.name)


def is_damage(error: BaseException) -> bool:
    """Whether the content of the file is to blame. For texts that are none Python's module has two errors."""
    undecodable = isinstance(error, sqlite3.OperationalError) and str(error).startswith("Could not decode")
    unreadable = isinstance(error, UnicodeDecodeError | DamagedRowError | json.JSONDecodeError)
    return undecodable or unreadable or _code(error) in _DAMAGED


def _code(error: BaseException) -> int:
    """SQLite's primary code; 0 where there is none, as in errors that the sqlite3 module raises itself (misuse)."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE


def _require_ours(conn: Connection, path: Path) -> None:
    tables = [row["name"] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    if tables and "schema_migrations" not in tables:
        raise fail("locked.foreign_database", path=str(path))


def _require_wal(conn: Connection, path: Path) -> None:
    mode = conn.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise damaged(path, f"it cannot use a write-ahead log ({mode})")


# From 3.7.0 to 3.51.2 two writers at the moment of a WAL reset could lose a transaction.
FIRST_WITHOUT_WAL_RESET_BUG = (3, 51, 3)


def sqlite_version() -> tuple[int, int, int]:
    """The version of the SQLite library, for example (3, 45, 1)."""
    return sqlite3.sqlite_version_info
