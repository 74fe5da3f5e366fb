"""The peers of `queue.py`, each behind the same five calls, each opened as its own documentation says.

A peer that cannot do something says so with None instead of a figure.
"""

from __future__ import annotations

import sqlite3
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

LITE, LITE_FULL = "litequeue as it comes", "litequeue, synchronous=FULL"
HUEY, PERSIST = "huey (deletes what it takes)", "persist-queue"


class Peer(Protocol):
    """A queue in a folder of its own. `durable`: whether a commit is on the disk when the call returns."""

    name: str
    durable: bool

    def fill(self, count: int) -> bool:
        """Add `count` finished items of history; False if it keeps none."""

    def enqueue(self, items: list[str]) -> None:
        """Add items, in one transaction where it has transactions."""

    def claim_and_complete(self) -> bool:
        """Take the next item and finish it; False if there was none (or it cannot)."""

    def page_and_counts(self) -> bool:
        """The newest 50 items and the number of items by state; False if it cannot."""

    def close(self) -> None:
        """Close the files."""


class RawBare:
    """sqlite3 by hand on a table of two columns, no index: the upper limit."""

    name, durable = "sqlite3, bare table", True

    def __init__(self, folder: Path) -> None:
        self.conn = raw_connection(folder / "raw.db")
        self.conn.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, data TEXT)")

    def fill(self, count: int) -> bool:
        rows = (("x" * 250,) for _ in range(count))
        with _transaction(self.conn):
            self.conn.executemany("INSERT INTO item (data) VALUES (?)", rows)
        return True

    def enqueue(self, items: list[str]) -> None:
        with _transaction(self.conn):
            self.conn.executemany("INSERT INTO item (data) VALUES (?)", ((item,) for item in items))

    def claim_and_complete(self) -> bool:
        return False

    def page_and_counts(self) -> bool:
        return False

    def close(self) -> None:
        self.conn.close()


class RawSame:
    """sqlite3 by hand on our own `prompt` table with its indexes, and counts by GROUP BY."""

    name, durable = "sqlite3, our columns and indexes", True

    def __init__(self, folder: Path, schema: list[str]) -> None:
        self.conn = raw_connection(folder / "raw.db")
        for statement in schema:
            self.conn.execute(statement)
        self.next_job = 1

    def fill(self, count: int) -> bool:
        with _transaction(self.conn):
            self.conn.executemany(
                "INSERT INTO prompt (job_id, idx, lane, plan, seed, state) VALUES (?, ?, 'gpu', ?, ?, 'succeeded')",
                ((-1 - number // 1000, number % 1000, "x" * 250, str(number)) for number in range(count)),
            )
        return True

    def enqueue(self, items: list[str]) -> None:
        with _transaction(self.conn):
            self.conn.executemany(
                "INSERT INTO prompt (job_id, idx, lane, plan, seed, held_reason) VALUES (?, ?, ?, ?, ?, ?)",
                ((self.next_job, n, "gpu", item, str(n), None) for n, item in enumerate(items, start=1)),
            )
        self.next_job += 1

    def claim_and_complete(self) -> bool:
        return False

    def page_and_counts(self) -> bool:
        self.conn.execute("SELECT state, count(*) FROM prompt GROUP BY state").fetchall()
        self.conn.execute("SELECT * FROM prompt ORDER BY id DESC LIMIT 50").fetchall()
        return True

    def close(self) -> None:
        self.conn.close()


class Lite:
    """litequeue as it comes (no fsync at a commit), or with the durability that we have."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.name = LITE_FULL if durable else LITE
        self.durable = durable
        from litequeue import LiteQueue

        self.queue = LiteQueue(str(folder / "lite.db"))
        if durable:
            self.queue.conn.execute("PRAGMA synchronous = FULL")

    def fill(self, count: int) -> bool:
        now = time.time_ns()
        rows = (("x" * 250, f"00000000-0000-7000-0000-{n:012x}", now, now, now) for n in range(count))
        with self.queue.transaction():
            self.queue.conn.executemany(
                "INSERT INTO [Queue] (data, message_id, status, in_time, lock_time, done_time)"
                " VALUES (?, ?, 2, ?, ?, ?)",
                rows,
            )
        return True

    def enqueue(self, items: list[str]) -> None:
        with self.queue.transaction():
            for item in items:
                self.queue.put(item)

    def claim_and_complete(self) -> bool:
        message = self.queue.pop()
        if message is None:
            return False
        self.queue.done(message.message_id)
        return True

    def page_and_counts(self) -> bool:
        self.queue.qsize()
        return True

    def close(self) -> None:
        self.queue.close()


class Huey:
    """huey's SQLite storage: an item is deleted when it is taken, so there is neither history nor completion."""

    name, durable = HUEY, True

    def __init__(self, folder: Path) -> None:
        from huey.storage import SqliteStorage

        self.storage = SqliteStorage(filename=str(folder / "huey.db"), fsync=True)

    def fill(self, count: int) -> bool:  # noqa: ARG002 - the shape of a Peer
        return False

    def enqueue(self, items: list[str]) -> None:
        for item in items:
            self.storage.enqueue(item.encode())

    def claim_and_complete(self) -> bool:
        return self.storage.dequeue() is not None

    def page_and_counts(self) -> bool:
        self.storage.enqueued_items(50)
        self.storage.queue_size()
        return True

    def close(self) -> None:
        self.storage.close()


class Persist:
    """persist-queue's acknowledged queue."""

    name, durable = PERSIST, True

    def __init__(self, folder: Path) -> None:
        from persistqueue import SQLiteAckQueue

        self.queue = SQLiteAckQueue(str(folder / "persist"))
        self.file = folder / "persist" / "data.db"

    def fill(self, count: int) -> bool:
        conn = sqlite3.connect(self.file)
        with conn:
            conn.executemany(
                "INSERT INTO ack_queue_default (data, timestamp, status) VALUES (?, 0, '5')",
                ((b"x" * 250,) for _ in range(count)),
            )
        conn.close()
        return True

    def enqueue(self, items: list[str]) -> None:
        for item in items:
            self.queue.put(item)

    def claim_and_complete(self) -> bool:
        item = self.queue.get(block=False)
        self.queue.ack(item)
        return True

    def page_and_counts(self) -> bool:
        self.queue.ready_count()
        self.queue.acked_count()
        return True

    def close(self) -> None:
        self.queue.close()


class Absent:
    """A peer that is not installed: it has a line, and no figures."""

    durable = True

    def __init__(self, name: str) -> None:
        self.name = name


def all_peers(folder: Path, schema: list[str]) -> list[Peer | Absent]:
    """Every peer, each in a new folder below `folder`; `schema` makes our own table for the raw one."""
    warnings.simplefilter("ignore", ResourceWarning)
    makers: dict[str, Callable[[Path], Peer]] = {
        RawBare.name: RawBare,
        RawSame.name: lambda place: RawSame(place, schema),
        LITE: lambda place: Lite(place, durable=False),
        LITE_FULL: lambda place: Lite(place, durable=True),
        HUEY: Huey,
        PERSIST: Persist,
    }
    peers: list[Peer | Absent] = []
    for number, (name, make) in enumerate(makers.items()):
        place = folder / str(number)
        place.mkdir(parents=True)
        try:
            peers.append(make(place))
        except ImportError:
            peers.append(Absent(name))
    return peers


def raw_connection(path: Path) -> sqlite3.Connection:
    """sqlite3 with the durability that we have."""
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA synchronous = FULL")
    conn.execute("PRAGMA cache_size = -65536")
    return conn


class _transaction:  # noqa: N801 - reads as a statement
    """BEGIN IMMEDIATE ... COMMIT."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.conn = conn

    def __enter__(self) -> None:
        self.conn.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: Any) -> None:
        self.conn.execute("COMMIT")
