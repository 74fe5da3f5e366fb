"""Schema migrations: numbered SQL files in `migrations/`, each applied with its record in one transaction.

`prepare` is what happens to a database before anything else uses it: version and damage checks, a backup, then
the migrations.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from video_queue.db.backup import backup, stamp
from video_queue.db.connection import Connection
from video_queue.db.soundness import record_opened, require_sound
from video_queue.domain.catalogue import fail

_FILE_NAME = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
# The record of the migrations that were applied.
_RECORDS = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT
"""


class Migration(NamedTuple):
    """One step of the schema: its number (from 1), its name and its SQL."""

    version: int
    name: str
    sql: str


def shipped_migrations() -> tuple[Migration, ...]:
    """The migrations that ship with the package."""
    return read_migrations(files("video_queue.db").joinpath("migrations"))


def read_migrations(folder: Traversable) -> tuple[Migration, ...]:
    """The `NNNN_name.sql` files of `folder`, in order.

    Raises:
        ValueError: when their numbers are not 1, 2, 3, ...
    """
    entries = [(_FILE_NAME.match(entry.name), entry) for entry in folder.iterdir()]
    migrations = sorted(Migration(int(m[1]), m[2], entry.read_text("utf-8")) for m, entry in entries if m)
    numbers = [migration.version for migration in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError(f"migrations are numbered {numbers}")
    return tuple(migrations)


def prepare(
    conn: Connection,
    path: Path,
    migrations: tuple[Migration, ...],
    *,
    backups: Path | None,
    now: str,
    boot: str | None = None,
) -> None:
    """Bring the database at `path` to the newest schema, or refuse it untouched.

    Raises:
        VqError: `locked.newer_schema`; `locked.damaged` when a check that was due found something.
    """
    version = schema_version(conn)
    if version > len(migrations):
        raise fail("locked.newer_schema", found=version, known=len(migrations))
    if version:
        require_sound(conn, path, backups=backups, now=now, boot=boot)
    migrate(conn, migrations, backups=backups, now=now)
    record_opened(conn, boot)


def schema_version(conn: Connection) -> int:
    """The number of the last migration that was applied; 0 for an empty database."""
    if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'").fetchone():
        return 0
    return int(conn.execute("SELECT coalesce(max(version), 0) FROM schema_migrations").fetchone()[0])


def migrate(conn: Connection, migrations: Iterable[Migration], *, backups: Path | None, now: str) -> None:
    """Apply the migrations that are missing; a database with content is copied into `backups` first."""
    version = schema_version(conn)
    missing = [migration for migration in migrations if migration.version > version]
    if missing and version and backups is not None:
        backup(conn, backups / f"before-{missing[0].version:04d}-{stamp(now)}.db")
    for migration in missing:
        _apply(conn, migration, now)


def _apply(conn: Connection, migration: Migration, now: str) -> None:
    # Rebuilding a table needs foreign keys off, and that switch works outside transactions only.
    conn.execute("PRAGMA foreign_keys = OFF")
    try:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute(_RECORDS)
        for statement in split_statements(migration.sql):
            conn.execute(statement)
        if broken := conn.execute("PRAGMA foreign_key_check").fetchone():
            raise sqlite3.IntegrityError(f"{migration.name} leaves a dangling reference in {broken[0]}")
        record = (migration.version, migration.name, now)
        conn.execute("INSERT INTO schema_migrations VALUES (?, ?, ?)", record)
        conn.execute("COMMIT")
    except BaseException:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        raise
    finally:
        conn.execute("PRAGMA foreign_keys = ON")


def split_statements(sql: str) -> Iterator[str]:
    """The statements of a script, whole triggers included (`executescript` would commit before it begins)."""
    pending = ""
    for piece in re.split(r"(?<=;)", sql):
        pending += piece
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if re.sub(r"--[^\n]*|/\*.*?\*/", "", pending, flags=re.DOTALL).strip():
        yield pending
