"""Migrations: in order, each whole or not at all, after a backup; a newer schema is refused."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from video_queue.db import timings
from video_queue.db.connection import Connection, connect
from video_queue.db.migrate import (
    Migration,
    migrate,
    prepare,
    read_migrations,
    schema_version,
    shipped_migrations,
    split_statements,
)
from video_queue.db.queue_db import QueueDB
from video_queue.domain.errors import VqError

NOW = "2025-01-02T03:04:05Z"
FIRST = Migration(1, "first", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);")
SECOND = Migration(2, "second", "ALTER TABLE a ADD COLUMN y TEXT DEFAULT 'new';")
BROKEN = Migration(
    2, "broken", "INSERT INTO a VALUES (2); CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);"
)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Connection]:
    conn = connect(path, read_only=False)
    try:
        yield conn
    finally:
        conn.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vq.db"


def columns(conn: Connection, table: str = "a") -> list[str]:
    return [row["name"] for row in conn.execute(f"PRAGMA table_info({table})")]


def add_old_prompts(conn: Connection, count: int) -> None:
    """A job with prompts, in the columns of the first schema."""
    conn.execute("INSERT INTO document VALUES ('h', '{}')")
    conn.execute(
        """
        INSERT INTO job (name, workflow, workflow_hash, priority, position, submission, params, output_dir,
            created_at, submitted_by)
        VALUES ('n', 'two', 'h', 0, 1, '{}', '{}', '/o', ?, 'cli')
        """,
        (NOW,),
    )
    for number in range(1, count + 1):
        conn.execute("INSERT INTO prompt (job_id, idx, lane, plan) VALUES (1, ?, 'media', '{}')", (number,))


def test_shipped_migrations_make_a_sound_database(path: Path) -> None:
    with opened(path) as conn:
        migrate(conn, shipped_migrations(), backups=None, now=NOW)
        assert schema_version(conn) == len(shipped_migrations()) >= 1
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_migrate_records_each_step_once(path: Path) -> None:
    with opened(path) as conn:
        migrate(conn, (FIRST,), backups=None, now=NOW)
        migrate(conn, (FIRST, SECOND), backups=None, now="2026-01-01T00:00:00Z")
        migrate(conn, (FIRST, SECOND), backups=None, now="2027-01-01T00:00:00Z")
        records = [tuple(row) for row in conn.execute("SELECT * FROM schema_migrations ORDER BY version")]
        assert records == [(1, "first", NOW), (2, "second", "2026-01-01T00:00:00Z")]
        assert [tuple(row) for row in conn.execute("SELECT * FROM a")] == [(1, "new")]


def test_failed_migration_leaves_nothing(path: Path) -> None:
    with opened(path) as conn:
        migrate(conn, (FIRST,), backups=None, now=NOW)
        with pytest.raises(sqlite3.OperationalError):
            migrate(conn, (FIRST, BROKEN), backups=None, now=NOW)
        assert schema_version(conn) == 1
        assert [row["x"] for row in conn.execute("SELECT x FROM a")] == [1]
        assert columns(conn, "b") == []
        assert conn.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_migration_may_rebuild_a_table_but_not_leave_dangling_references(path: Path) -> None:
    family = Migration(
        1,
        "family",
        "CREATE TABLE parent (id INTEGER PRIMARY KEY); INSERT INTO parent VALUES (1);"
        "CREATE TABLE child (id INTEGER REFERENCES parent (id)); INSERT INTO child VALUES (1);",
    )
    rebuild = Migration(
        2,
        "rebuild",
        "CREATE TABLE fresh (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO fresh (id) SELECT id FROM parent;"
        "DROP TABLE parent; ALTER TABLE fresh RENAME TO parent;",
    )
    orphan = Migration(3, "orphan", "DELETE FROM parent;")
    with opened(path) as conn:
        migrate(conn, (family, rebuild), backups=None, now=NOW)
        assert columns(conn, "parent") == ["id", "name"]
        with pytest.raises(sqlite3.IntegrityError, match="orphan"):
            migrate(conn, (family, rebuild, orphan), backups=None, now=NOW)
        assert conn.execute("SELECT count(*) FROM parent").fetchone()[0] == 1


def test_backup_is_made_before_a_database_with_content_changes(path: Path, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    with opened(path) as conn:
        migrate(conn, (FIRST,), backups=backups, now=NOW)
        assert not backups.exists()  # there was nothing to save
        migrate(conn, (FIRST, SECOND), backups=backups, now=NOW)
    with opened(backups / "before-0002-20250102030405.db") as saved:
        assert columns(saved) == ["x"]
        assert schema_version(saved) == 1


def test_newer_schema_is_refused_untouched(path: Path) -> None:
    with opened(path) as conn:
        migrate(conn, (FIRST, SECOND), backups=None, now=NOW)
        with pytest.raises(VqError) as caught:
            prepare(conn, path, (FIRST,), backups=None, now=NOW)
        assert caught.value.code == "locked"
        assert "newer" in caught.value.message
        assert schema_version(conn) == 2


def test_open_migrates_and_refuses_a_newer_schema(path: Path, tmp_path: Path) -> None:
    async def open_and_close(known: tuple[Migration, ...], read: Callable[[Connection], int]) -> int:
        async with await QueueDB.open(path, backups=tmp_path, now=NOW, migrations=known) as db:
            return await db.read(read)

    assert asyncio.run(open_and_close((FIRST,), schema_version)) == 1
    assert asyncio.run(open_and_close((FIRST, SECOND), schema_version)) == 2
    with pytest.raises(VqError, match="newer"):
        asyncio.run(open_and_close((FIRST,), schema_version))


def test_read_migrations_goes_by_number(tmp_path: Path) -> None:
    (tmp_path / "0002_second.sql").write_text(SECOND.sql)
    (tmp_path / "0001_first.sql").write_text(FIRST.sql)
    (tmp_path / "notes.txt").write_text("not a migration")
    assert read_migrations(tmp_path) == (FIRST, SECOND)


def test_read_migrations_refuses_a_gap(tmp_path: Path) -> None:
    (tmp_path / "0002_second.sql").write_text(SECOND.sql)
    with pytest.raises(ValueError, match="numbered"):
        read_migrations(tmp_path)


def test_split_statements_keeps_triggers_and_texts_whole() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = 1; DELETE FROM a; END;"
    script = f"-- a; comment\nINSERT INTO a VALUES ('x;y');\n{trigger}\nSELECT 1\n-- the end\n"
    pieces = [piece.strip() for piece in split_statements(script)]
    assert pieces == ["-- a; comment\nINSERT INTO a VALUES ('x;y');", trigger, "SELECT 1\n-- the end"]
    assert list(split_statements("SELECT 1;\n-- only words\n")) == ["SELECT 1;"]


def test_the_history_of_an_older_home_is_kept(path: Path) -> None:
    with opened(path) as conn:
        migrate(conn, shipped_migrations()[:1], backups=None, now=NOW)
        add_old_prompts(conn, 40)
        for number in range(1, 41):
            conn.execute(
                """
                INSERT INTO phase (prompt_id, seq, name, state, attempt, seconds)
                VALUES (?, 0, 'a', 'succeeded', 1, ?)
                """,
                (number, float(number)),
            )
        migrate(conn, shipped_migrations(), backups=None, now=NOW)
        runs = timings.read_runs(conn, "two", "a")
    assert [run.seconds for run in runs] == [float(number) for number in range(11, 41)]


def test_a_retry_from_a_phase_stays_one_in_an_older_home(path: Path) -> None:
    with opened(path) as conn:
        migrate(conn, shipped_migrations()[:2], backups=None, now=NOW)
        add_old_prompts(conn, 2)
        conn.execute("UPDATE prompt SET anew = 1 WHERE id = 2")
        migrate(conn, shipped_migrations(), backups=None, now=NOW)
        assert [row["fresh"] for row in conn.execute("SELECT fresh FROM prompt ORDER BY id")] == [0, 1]
        assert "anew" not in columns(conn, "prompt")
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_prompts_that_waited_in_an_old_home_are_counted_for_the_lanes(path: Path) -> None:
    shipped = shipped_migrations()
    with opened(path) as conn:
        migrate(conn, shipped[:1], backups=None, now=NOW)
        add_old_prompts(conn, 3)
        conn.execute("UPDATE prompt SET held_reason = 'pilot' WHERE idx = 3")
        migrate(conn, shipped, backups=None, now=NOW)
        row = conn.execute("SELECT * FROM ready_job").fetchone()
        assert (row["job_id"], row["released"], row["queued_free"], row["queued_gpu"]) == (1, 1, 2, 0)
