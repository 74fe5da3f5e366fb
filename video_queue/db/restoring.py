"""Putting a copy of the database in the place of the present one, which is kept. Only with the home's lock.

However this is interrupted, the home has the old database or the new one, and no log of the other beside it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from video_queue.db.backup import backup
from video_queue.db.connection import connect
from video_queue.db.migrate import schema_version, shipped_migrations
from video_queue.db.soundness import check_file
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError

_LOGS = ("-wal", "-shm")


def require_restorable(source: Path) -> None:
    """Refuse a copy that is damaged, of another program, or newer than this program.

    Raises:
        VqError: `not_found.backup`, `validation.backup`, `locked.newer_schema`.
    """
    if not source.is_file():
        raise fail("not_found.backup", name=str(source))
    known = len(shipped_migrations())
    try:
        problems = check_file(source, threading.Event())
        with closing(connect(source, read_only=True)) as conn:
            version = schema_version(conn)
    except VqError as error:
        raise fail("validation.backup", path=str(source), detail=error.message) from error
    if problems or not version:
        detail = problems[0] if problems else "it is no database of video_queue"
        raise fail("validation.backup", path=str(source), detail=detail)
    if version > known:
        raise fail("locked.newer_schema", found=version, known=known)


def restore(source: Path, path: Path, kept: Path) -> None:
    """Make the database at `path` the content of `source`; what was there is copied to `kept` first.

    Raises:
        OSError: nothing is changed at `path`.
    """
    partial = path.with_name(f".{path.name}.restored")
    with closing(connect(source, read_only=True)) as conn:
        backup(conn, partial)
    if path.exists():
        _fold_log(path)
        _copy(path, kept)
    # An old log beside a new database would be applied to it.
    for end in _LOGS:
        path.with_name(path.name + end).unlink(missing_ok=True)
    partial.replace(path)


def _fold_log(path: Path) -> None:
    """Bring what the log holds into the file. A damaged database may refuse, and is copied with its log."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(path: Path, kept: Path) -> None:
    for end in ("", _LOGS[0]):
        file = path.with_name(path.name + end)
        if file.exists():
            copy = kept.with_name(kept.name + end)
            shutil.copy2(file, copy)
            with copy.open("rb+") as written:
                os.fsync(written.fileno())
