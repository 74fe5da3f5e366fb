"""Which SQLite this Python brings, for those who show it; the module itself stays inside `db/`."""

from __future__ import annotations

import sqlite3

# From 3.7.0 to 3.51.2 two writers at the moment of a WAL reset could lose a transaction.
FIRST_WITHOUT_WAL_RESET_BUG = (3, 51, 3)


def sqlite_version() -> tuple[int, int, int]:
    """Its version, for example (3, 45, 1)."""
    return sqlite3.sqlite_version_info
