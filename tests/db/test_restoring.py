"""A copy in the place of the database: what was there is kept, and no log of the one is read by the other."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from video_queue.db import queue_state
from video_queue.db.backup import backup
from video_queue.db.connection import connect
from video_queue.db.queue_db import QueueDB
from video_queue.db.restoring import require_restorable, restore
from video_queue.domain.errors import VqError

NOW = "2026-01-01T00:00:00.000Z"


def make_database(path: Path) -> None:
    asyncio.run(_open_and_close(path))


async def _open_and_close(path: Path) -> None:
    async with await QueueDB.open(path, backups=None, now=NOW):
        pass


def state_of(path: Path) -> str:
    with closing(connect(path, read_only=True)) as conn:
        return str(queue_state.read_queue(conn)["state"])


def set_state(conn: sqlite3.Connection, state: str) -> None:
    conn.execute("UPDATE queue SET state = ?", (state,))


def test_the_copy_counts_and_the_database_of_before_is_kept_with_what_its_log_held(tmp_path: Path) -> None:
    path, copy, kept = (tmp_path / name for name in ("vq.db", "copy.db", "kept.db"))
    make_database(path)
    with closing(connect(path, read_only=False)) as conn:
        backup(conn, copy)
    writer = connect(path, read_only=False)
    set_state(writer, "paused")
    assert path.with_name("vq.db-wal").stat().st_size > 0
    writer.close()
    restore(copy, path, kept)
    assert (state_of(path), state_of(kept)) == ("running", "paused")
    make_database(path)


def test_a_damaged_database_is_replaced_and_kept_as_it_is(tmp_path: Path) -> None:
    path, copy, kept = (tmp_path / name for name in ("vq.db", "copy.db", "kept.db"))
    make_database(copy)
    path.write_bytes(b"no database at all" * 100)
    path.with_name("vq.db-wal").write_bytes(b"a log" * 100)
    restore(copy, path, kept)
    assert state_of(path) == "running"
    assert kept.read_bytes().startswith(b"no database")
    assert not path.with_name("vq.db-wal").exists()


def test_a_copy_that_is_damaged_foreign_newer_or_not_there_is_refused(tmp_path: Path) -> None:
    junk, foreign, newer = (tmp_path / name for name in ("junk.db", "foreign.db", "newer.db"))
    junk.write_bytes(b"junk" * 1000)
    with closing(sqlite3.connect(foreign)) as conn:
        conn.execute("CREATE TABLE song (id INTEGER)")
    make_database(newer)
    with closing(sqlite3.connect(newer)) as conn, conn:
        conn.execute("INSERT INTO schema_migrations VALUES (999, 'later', ?)", (NOW,))
    for path, code in ((junk, "validation"), (foreign, "validation"), (newer, "locked")):
        with pytest.raises(VqError) as refused:
            require_restorable(path)
        assert refused.value.code == code, path
    with pytest.raises(VqError) as refused:
        require_restorable(tmp_path / "none.db")
    assert refused.value.code == "not_found"
