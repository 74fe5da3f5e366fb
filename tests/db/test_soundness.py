"""A sound database is never called damaged, damage is found and told, and indexes are built again."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.db.damage import change_without_index, overwrite_middle
from video_queue.db.backup import backup
from video_queue.db.connection import Connection, connect
from video_queue.db.migrate import migrate, prepare, shipped_migrations
from video_queue.db.queue_db import QueueDB
from video_queue.db.soundness import check, check_file, read_soundness, record_check
from video_queue.domain.errors import VqError

NOW = "2026-01-01T00:00:00.000Z"
PROMPT = "INSERT INTO prompt (job_id, idx, lane, plan) VALUES (1, 7, 'media', '{}')"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with a job, closed in good order."""
    path = tmp_path / "vq.db"
    start(path, add_job)
    return path


def start(
    path: Path, fn: Callable[[Connection], object] = read_soundness, boot: str | None = "this boot"
) -> object:
    """What `fn` returns in a transaction between a start and an end in good order."""

    async def whole() -> object:
        async with await QueueDB.open(path, backups=path.parent / "backups", now=NOW, boot=boot) as db:
            return await db.transact(fn)

    return asyncio.run(whole())


def kill(path: Path) -> None:
    """Leave the database as a process does that is killed."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE soundness SET closed = 0")
        db.commit()


def lose_power(path: Path) -> None:
    """Leave the database as a machine does that stops while a process has it open."""
    kill(path)
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE soundness SET boot = 'the boot before'")
        db.commit()


def add_job(conn: Connection) -> None:
    conn.execute("INSERT INTO document VALUES ('h', '{}')")
    conn.execute(
        "INSERT INTO job (name, workflow, workflow_hash, priority, position, submission, params, output_dir,"
        " created_at, submitted_by) VALUES ('n', 'two', 'h', 0, 1, '{}', '{}', '/o', ?, 'cli')",
        (NOW,),
    )


def backup_of(path: Path, target: Path) -> None:
    with closing(connect(path, read_only=True)) as conn:
        backup(conn, target)


def problems_beside(path: Path) -> list[str]:
    return check_file(path, threading.Event())


def test_sqlite_finds_rows_of_every_table_without_rowid_sound(path: Path) -> None:
    with closing(connect(path, read_only=False)) as conn:
        conn.execute("PRAGMA foreign_keys = OFF")
        tables = [row["name"] for row in conn.execute("PRAGMA table_list") if row["wr"]]
        for table in tables:
            types = [row["type"] for row in conn.execute(f"PRAGMA table_info({table})")]
            values = [{"INTEGER": 7, "REAL": 1.5}.get(type_, "x") for type_ in types]
            conn.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(types))})", values)
        assert "job_dependency" in tables
        for pragma in ("quick_check", "integrity_check"):
            assert [row[0] for row in conn.execute(f"PRAGMA {pragma}")] == ["ok"]


def test_an_older_home_with_a_waiting_job_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "vq.db"
    with closing(connect(path, read_only=False)) as conn:
        migrate(conn, shipped_migrations()[:3], backups=None, now=NOW)
        add_job(conn)
        conn.execute("INSERT INTO job_dependency (job_id, after_id) VALUES (1, 5)")
        prepare(conn, path, shipped_migrations(), backups=None, now=NOW)
        (row,) = conn.execute("SELECT * FROM job_dependency").fetchall()
        assert (row["job_id"], row["after_id"]) == (1, 5)


def test_a_start_after_an_end_in_good_order_reads_no_more_than_it_must(path: Path) -> None:
    change_without_index(path, "prompt_of_job", PROMPT)
    start(path)  # the check that runs beside the work has not been made
    assert problems_beside(path)


def test_a_start_after_a_kill_reads_no_more_than_it_must(path: Path) -> None:
    change_without_index(path, "prompt_of_job", PROMPT)
    kill(path)
    start(path)  # the check that runs beside the work has not been made
    assert problems_beside(path)


def test_a_power_cut_at_any_moment_makes_the_next_start_check(path: Path) -> None:
    state = "SELECT closed, boot FROM soundness"
    assert tuple(start(path, lambda conn: conn.execute(state).fetchone())) == (0, "this boot")
    with closing(sqlite3.connect(path)) as db:
        assert db.execute(state).fetchone() == (1, "this boot")


@pytest.mark.parametrize("boot", ["this boot", None], ids=["a new boot", "boots that are not known"])
def test_a_start_after_a_power_cut_builds_damaged_indexes_again(
    path: Path, boot: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    change_without_index(path, "prompt_ready", PROMPT)
    lose_power(path)
    start(path, boot=boot)
    assert problems_beside(path) == []
    assert "prompt_ready" in caplog.text
    (copy,) = (path.parent / "backups").glob("before-repair-*.db")
    assert problems_beside(copy)


def test_a_start_after_a_check_that_found_damage_repairs_it(path: Path) -> None:
    change_without_index(path, "prompt_of_job", PROMPT)
    problems = problems_beside(path)
    start(path, lambda conn: record_check(conn, problems, NOW))
    soundness = start(path)
    assert soundness == (NOW, [])
    assert problems_beside(path) == []


def test_a_copy_in_the_place_of_the_database_is_checked_before_it_is_used(path: Path) -> None:
    change_without_index(path, "prompt_of_job", PROMPT)
    copy = path.with_name("copy.db")
    start(path, lambda _: backup_of(path, copy))
    path.write_bytes(copy.read_bytes())
    start(path)
    assert problems_beside(path) == []


def test_damage_that_no_index_mends_is_refused_and_the_file_stays(path: Path) -> None:
    start(
        path,
        lambda conn: [conn.execute("INSERT INTO document VALUES (?, ?)", (n, "x" * 900)) for n in range(999)],
    )
    lose_power(path)
    overwrite_middle(path)
    before = problems_beside(path)
    for _ in range(2):
        with pytest.raises(VqError) as caught:
            start(path)
        assert (caught.value.code, "damaged" in caught.value.message) == ("locked", True)
    assert problems_beside(path) == before


def test_a_database_of_another_program_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vq.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE job (id INTEGER)")
    before = path.read_bytes()
    with pytest.raises(VqError) as caught:
        start(path)
    assert (caught.value.code, "another program" in caught.value.message) == ("locked", True)
    assert path.read_bytes() == before


def test_a_text_that_is_none_is_called_damage(path: Path) -> None:
    start(path, lambda conn: conn.execute("UPDATE job SET note = CAST(x'ff' AS TEXT)"))
    with pytest.raises(VqError) as caught:
        start(path, lambda conn: conn.execute("SELECT note FROM job").fetchall())
    assert (caught.value.code, "damaged" in caught.value.message) == ("locked", True)


def test_a_check_beside_the_work_is_given_up_when_it_is_stopped(path: Path) -> None:
    def many(conn: Connection) -> None:
        rows = ((str(number), "x") for number in range(100_000))
        conn.executemany("INSERT INTO document VALUES (?, ?)", rows)
        conn.execute("UPDATE job SET parent_id = 1")

    start(path, many)
    stop = threading.Event()
    stop.set()
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        check_file(path, stop)


def test_check_names_dangling_references(path: Path) -> None:
    with closing(connect(path, read_only=False)) as conn:
        assert check(conn) == []
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute(PROMPT.replace("(1,", "(9,"))
        assert check(conn) == ["prompt: row 1 refers to a row of job that is not there"]
