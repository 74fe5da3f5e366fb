"""Statements about model files: the sha256 of each by path, for as long as it has the same size and time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from video_queue.db.connection import Connection
from video_queue.domain.moments import iso_of

# A file that is not known yet, or has changed since, is to be hashed.
_REQUEST = """
    INSERT INTO model_file (path, bytes, mtime) VALUES (?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET bytes = excluded.bytes, mtime = excluded.mtime, sha256 = NULL
    WHERE (bytes, mtime) <> (excluded.bytes, excluded.mtime)
"""

_NEXT = """
    SELECT path, bytes, mtime FROM model_file INDEXED BY model_file_unknown WHERE sha256 IS NULL ORDER BY path
"""

_STORE = "UPDATE model_file SET sha256 = ? WHERE path = ? AND bytes = ? AND mtime = ?"


class FileState(NamedTuple):
    """A file with this size and time (ns): as long as it has both, its contents are taken to be the same."""

    path: str
    bytes: int
    mtime: int

    @classmethod
    def of(cls, path: Path) -> FileState | None:
        """The file as it is now; None where it cannot be read."""
        try:
            stat = path.stat()
        except OSError:
            return None
        return cls(str(path), stat.st_size, stat.st_mtime_ns)

    @property
    def modified_at(self) -> str:
        """Its time, ISO 8601 UTC."""
        return iso_of(self.mtime / 1e9)


def known_hashes(conn: Connection, files: Iterable[FileState]) -> dict[FileState, str | None]:
    """The sha256 of each file that is known; None for one that is to be hashed, and none for one that is new."""
    known: dict[FileState, str | None] = {}
    for file in files:
        row = conn.execute("SELECT * FROM model_file WHERE path = ?", (file.path,)).fetchone()
        if row is not None and (row["bytes"], row["mtime"]) == file[1:]:
            known[file] = row["sha256"]
    return known


def request_hashes(conn: Connection, files: Iterable[FileState]) -> None:
    """Let these files be hashed when nothing runs."""
    conn.executemany(_REQUEST, files)


def unhashed(conn: Connection) -> list[FileState]:
    """The files that are to be hashed."""
    return [FileState(*row) for row in conn.execute(_NEXT)]


def store_hash(conn: Connection, file: FileState, sha256: str) -> None:
    """Keep the sha256 of a file, unless it has changed since."""
    conn.execute(_STORE, (sha256, *file))


def forget_file(conn: Connection, path: str) -> None:
    """A file that is gone is not to be hashed."""
    conn.execute("DELETE FROM model_file WHERE path = ?", (path,))
