"""Damage as a failing disk leaves it, made on closed databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_TAKE = "SELECT rootpage, tbl_name, sql FROM sqlite_master WHERE name = ?"
_DROP = "DELETE FROM sqlite_master WHERE name = ?"
_PUT_BACK = "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('index', ?, ?, ?, ?)"


def change_without_index(path: Path, index: str, statement: str) -> None:
    """Run `statement` so that `index` does not notice: its entries and the table's rows differ afterwards."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        root, table, sql = db.execute(_TAKE, (index,)).fetchone()
        db.execute(_DROP, (index,))
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(statement)
        db.execute("PRAGMA writable_schema = ON")
        db.execute(_PUT_BACK, (index, table, root, sql))


def overwrite_middle(path: Path, size: int = 20_000) -> None:
    """Overwrite the middle of the file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + size] = b"\xff" * size
    path.write_bytes(content)
