"""Copies of the database while it is in use."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from video_queue.db.connection import Connection, connect, make_private

_ROLLING = "vq-*.db"
_HAS_BOOT = "SELECT 1 FROM pragma_table_info('soundness') WHERE name = 'boot'"
_UNTRUSTED = "UPDATE soundness SET closed = 0, boot = NULL"


def backup(conn: Connection, target: Path) -> None:
    """Copy the database of `conn` to the file `target`, complete or not at all.

    An older `target` is replaced. The copy is one plain file that needs no write-ahead log beside it; in the place of
    the database it is checked before it is used.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    make_private(partial)
    try:
        with closing(sqlite3.connect(partial)) as copy:
            conn.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
            if copy.execute(_HAS_BOOT).fetchone():
                copy.execute(_UNTRUSTED)
                copy.commit()
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def rolling_backup(conn: Connection, folder: Path, *, now: str, keep: int = 5) -> Path:
    """Copy the database into `folder` under a name with the moment `now`; the `keep` newest copies stay.

    Copies made before migrations are not counted and not removed.
    """
    target = folder / f"vq-{stamp(now)}.db"
    backup(conn, target)
    for old in sorted(folder.glob(_ROLLING))[:-keep]:
        old.unlink(missing_ok=True)
    return target


def back_up_file(path: Path, folder: Path, *, now: str) -> Path:
    """`rolling_backup` on a connection of its own, beside the work, however long it takes."""
    with closing(connect(path, read_only=True)) as conn:
        return rolling_backup(conn, folder, now=now)


def stamp(now: str) -> str:
    """The digits of a moment's date and time, for the name of a copy."""
    return "".join(char for char in now[:19] if char.isdigit())
