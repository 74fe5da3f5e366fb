"""Giving back to the disk what deleted rows have left free in the database: in steps beside the work, or whole.

The steps need a file that was made for them (`auto_vacuum`), as every new one is; `rebuild` makes an older one so.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from video_queue.db.connection import Connection, connect, explain

# Pages freed in one transaction, which takes about 2 ms.
_STEP = 50
# What may stay free: it is used again, and a file that shrinks and grows each day is moved about for nothing.
_SPARE_SHARE, _SPARE_PAGES = 0.1, 2000
_INCREMENTAL = 2


def size(conn: Connection) -> int:
    """The bytes of the database, without its log."""
    return _pragma(conn, "page_size") * _pragma(conn, "page_count")


def can_shrink(conn: Connection) -> bool:
    """Whether more than a spare is free, and can be given back in steps."""
    count, free = _pragma(conn, "page_count"), _pragma(conn, "freelist_count")
    excess = free - max(_SPARE_PAGES, int(count * _SPARE_SHARE))
    return excess >= _STEP and _pragma(conn, "auto_vacuum") == _INCREMENTAL


def shrink_step(conn: Connection) -> bool:
    """Give some free pages back; whether there are more."""
    if not can_shrink(conn):
        return False
    # Python's module steps the statement once, which frees one page, whatever number it is given.
    for _ in range(_STEP):
        conn.execute("PRAGMA incremental_vacuum(1)")
    return can_shrink(conn)


def rebuild(path: Path) -> None:
    """Write the database anew without anything free in it; only with the home's lock.

    Raises:
        VqError: `disk_full.write`, `locked.damaged`.
    """
    with closing(connect(path, read_only=False)) as conn:
        conn.execute("PRAGMA auto_vacuum = INCREMENTAL")
        try:
            conn.execute("VACUUM")
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise explain(error, path) from error


def _pragma(conn: Connection, name: str) -> int:
    return int(conn.execute(f"PRAGMA {name}").fetchone()[0])
