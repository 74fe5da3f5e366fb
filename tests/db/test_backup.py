"""Copies of a database in use,"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from video_queue.db.backup import backup, rolling_backup
from video_queue.db.connection import Connection, connect


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[Connection]:
    connection = connect(tmp_path / "vq.db", read_only=False)
    connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY, filler BLOB)")
    connection.execute("CREATE TABLE child (id INTEGER REFERENCES parent (id))")
    connection.execute("INSERT INTO parent VALUES (1, zeroblob(100000))")
    yield connection
    connection.close()


def rows(path: Path) -> int:
    copy = sqlite3.connect(path)
    try:
        return int(copy.execute("SELECT count(*) FROM parent").fetchone()[0])
    finally:
        copy.close()


def test_backup_is_one_plain_file(conn: Connection, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "copy.db"
    backup(conn, target)
    assert [entry.name for entry in target.parent.iterdir()] == ["copy.db"]
    assert rows(target) == 1
    assert [entry.name for entry in target.parent.iterdir()] == [
        "copy.db"
    ]  # reading it needs no log beside it


def test_backup_leaves_out_what_is_not_committed(conn: Connection, tmp_path: Path) -> None:
    reader = connect(tmp_path / "vq.db", read_only=True)
    conn.execute("BEGIN IMMEDIATE")
    conn.execute("INSERT INTO parent VALUES (2, NULL)")
    backup(reader, tmp_path / "copy.db")
    conn.execute("COMMIT")
    reader.close()
    assert rows(tmp_path / "copy.db") == 1


def test_backup_replaces_an_older_one_and_what_was_cut_off(conn: Connection, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    (tmp_path / ".copy.db.partial").write_bytes(b"cut off")
    backup(conn, target)
    conn.execute("INSERT INTO parent VALUES (2, NULL)")
    backup(conn, target)
    assert rows(target) == 2
    assert not (tmp_path / ".copy.db.partial").exists()


def test_rolling_backup_keeps_the_newest(conn: Connection, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    backup(conn, folder / "before-0002-20240101000000.db")
    copies = [rolling_backup(conn, folder, now=f"2025-01-0{day}T10:00:00Z", keep=3) for day in range(1, 6)]
    kept = sorted(entry.name for entry in folder.iterdir())
    assert kept == ["before-0002-20240101000000.db", *(path.name for path in copies[2:])]


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these rights")
def test_nobody_else_on_the_machine_reads_the_database_or_a_copy(conn: Connection, tmp_path: Path) -> None:
    backup(conn, tmp_path / "copy.db")
    files = [*tmp_path.glob("vq.db*"), tmp_path / "copy.db"]
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in files} == {
        file.name: "0o600" for file in files
    }
