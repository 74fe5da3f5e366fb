"""Databases as a power cut or a failing disk leaves them: `python -m tests.db.broken_files --cuts 1000 --flips 200`.

A log that is cut anywhere must open to a beginning of what was acknowledged. A file with flipped bits must be refused,
with the copy to restore, or hold every row as it was written; what else it says of a row must be that it is damaged.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import shutil
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

from tests.db.claims import counts_are_true
from tests.db.conftest import NOW, new_job
from video_queue.db.backup import back_up_file
from video_queue.db.connection import Connection, connect
from video_queue.db.migrate import prepare, shipped_migrations
from video_queue.db.queue_db import QueueDB
from video_queue.domain.errors import VqError

_JOBS = 40
_TABLES = ("job", "prompt", "event", "document")
Rows = dict[str, list[tuple[object, ...]]]


def cut_logs(folder: Path, count: int, rng: random.Random) -> int:
    """Cut the log of one database at so many random points; how many of its commits were whole, over all."""
    path, ends = _database_with_log(folder)
    log, whole = path.with_name("vq.db-wal").read_bytes(), 0
    for number in range(count):
        cut = rng.randint(0, len(log))
        copy = folder / f"cut-{number}" / "vq.db"
        copy.parent.mkdir()
        shutil.copyfile(path, copy)
        copy.with_name("vq.db-wal").write_bytes(log[:cut])
        expected = sum(end <= cut for end in ends)
        with closing(_opened(copy)) as conn:
            jobs = [row["id"] for row in conn.execute("SELECT id FROM job ORDER BY id")]
            assert jobs == list(range(1, expected + 1)), f"cut at {cut}"
            assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok", f"cut at {cut}"
            assert counts_are_true(conn), f"cut at {cut}"
        shutil.rmtree(copy.parent)
        whole += expected
    return whole


def flip_bytes(folder: Path, count: int, rng: random.Random) -> Counter[str]:
    """Flip bytes at random in so many copies of one database; how often each ended how."""
    path, _ = _database_with_log(folder)
    with closing(_opened(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        written = _rows(conn)
    content, ends = path.read_bytes(), Counter[str]()
    for number in range(count):
        copy = folder / f"flip-{number}" / "vq.db"
        copy.parent.mkdir()
        shutil.copyfile(path, copy)
        saved = back_up_file(copy, copy.parent / "backups", now=NOW)
        damaged = bytearray(content)
        for _ in range(rng.choice((1, 2, 16))):
            damaged[rng.randrange(len(damaged))] ^= rng.randint(1, 255)
        copy.write_bytes(damaged)
        ends[asyncio.run(_end_of(copy, saved, written))] += 1
        shutil.rmtree(copy.parent)
    return ends


async def _end_of(path: Path, saved: Path, written: Rows) -> str:
    """How a start with this file after a power cut ends, and that it is one of the ways that are allowed."""
    try:
        async with await QueueDB.open(path, backups=saved.parent, now=NOW, boot="the next boot") as db:
            rows = await db.read(_rows)
    except VqError as error:
        named = "another program" in error.message or saved.name in error.hint
        return "refused" if error.code == "locked" and named else f"refused without the copy: {error}"
    if rows == written:
        return "every row is as it was written"
    return "a value was changed, which SQLite cannot see"


def _database_with_log(folder: Path) -> tuple[Path, list[int]]:
    """A database whose jobs all stand in its log, and where in the log each of their commits ends."""
    path = folder / "vq.db"
    conn = _opened(path)
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.execute("PRAGMA wal_autocheckpoint = 0")
    ends = []
    for number in range(_JOBS):
        conn.execute("BEGIN IMMEDIATE")
        new_job(conn, 1 + number % 3)
        conn.execute("COMMIT")
        ends.append(path.with_name("vq.db-wal").stat().st_size)
    # Closing it would write the log into the file: the copies are what a power cut leaves.
    kept = folder / "kept"
    kept.mkdir()
    for name in ("vq.db", "vq.db-wal"):
        shutil.copyfile(folder / name, kept / name)
    conn.close()
    return kept / "vq.db", ends


def _opened(path: Path) -> Connection:
    conn = connect(path, read_only=False)
    prepare(conn, path, shipped_migrations(), backups=None, now=NOW)
    return conn


def _rows(conn: Connection) -> Rows:
    return {table: [tuple(row) for row in conn.execute(f"SELECT * FROM {table}")] for table in _TABLES}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cuts", type=int, default=1000)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    for count, run in ((options.cuts, cut_logs), (options.flips, flip_bytes)):
        with tempfile.TemporaryDirectory(prefix="vq-broken-") as folder:
            print(run.__name__, count, run(Path(folder), count, rng))


if __name__ == "__main__":
    main()
