"""Small writes that wait at the same time share one commit and nothing else: errors, events, order stay their own."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.db.test_queue_db import Gate, add, announce, run, value
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.errors import VqError
from video_queue.domain.events import Event


def failing(conn: Connection) -> int:
    add(conn, 100)
    announce(conn, "job.deleted")
    raise ValueError("no")


def orphan(conn: Connection) -> int:
    """Refused at the commit only, where it undoes all that shares it."""
    conn.execute("INSERT INTO child VALUES (7)")
    return add(conn, 100)


def filling(conn: Connection) -> int:
    """Needs more room than there is: SQLite then undoes the whole transaction by itself."""
    conn.execute("CREATE TABLE big AS SELECT zeroblob(1000000) AS filler")
    return add(conn, 100)


def reporting(conn: Connection, name: str) -> int:
    announce(conn, name)
    return add(conn, 1)


async def all_at_once(db: QueueDB, *writes: Any, shared: bool = True) -> list[Any]:
    """The outcomes of writes that wait while another one runs, and what that one found: the commits of all."""
    gate, statements = Gate(), list[str]()
    await db.transact(lambda conn: conn.set_trace_callback(statements.append))
    held = asyncio.create_task(db.transact(gate.hold))
    await gate.entered()
    tasks = [asyncio.create_task(db.transact(*write, shared=shared)) for write in writes]
    await asyncio.sleep(0)  # the tasks' turn: each hands its write over
    gate.may_end.set()
    await held
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await db.transact(lambda conn: conn.set_trace_callback(None))
    return [*outcomes, statements.count("COMMIT") - 2]  # without those of the gate and of the trace's end


def test_writes_that_wait_share_one_commit(tmp_path: Path) -> None:
    async def body(db: QueueDB) -> None:
        assert await all_at_once(db, (add, 1), (add, 1), (add, 1)) == [2, 3, 4, 1]
        assert await all_at_once(db, (add, 1), (add, 1), shared=False) == [6, 7, 2]
        assert await db.read(value) == 7

    run(tmp_path, body)


@pytest.mark.parametrize(
    ("broken", "error"), [(failing, ValueError), (orphan, sqlite3.IntegrityError), (filling, VqError)]
)
def test_a_write_that_fails_undoes_none_of_those_beside_it(tmp_path: Path, broken: Any, error: Any) -> None:
    def limit(conn: Connection) -> None:
        conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0]}")

    async def body(db: QueueDB) -> None:
        await db.transact(limit)
        first, failed, last, _ = await all_at_once(db, (add, 1), (broken,), (add, 1))
        assert (first, last) == (2, 3)
        assert isinstance(failed, error)
        assert await db.read(value) == 3

    run(tmp_path, body)


def test_events_of_each_are_announced_once_in_order_when_all_are_committed(tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def on_events(events: tuple[Event, ...]) -> None:
        other = sqlite3.connect(tmp_path / "vq.db")
        seen.extend(
            (event.type, other.execute("SELECT value FROM counter").fetchone()[0]) for event in events
        )
        other.close()

    async def body(db: QueueDB) -> None:
        db.subscribe(on_events)
        for broken in (failing, orphan):
            await all_at_once(db, (reporting, "job.created"), (broken,), (reporting, "job.updated"))
        assert seen[:2] == [("job.created", 3), ("job.updated", 3)]
        assert [name for name, _ in seen] == ["job.created", "job.updated"] * 2

    run(tmp_path, body)


def test_a_caller_that_is_cancelled_takes_no_other_write_with_it(tmp_path: Path) -> None:
    async def body(db: QueueDB) -> None:
        gate = Gate()
        held = asyncio.create_task(db.transact(gate.hold))
        await gate.entered()
        first, second = (asyncio.create_task(db.transact(add, 1, shared=True)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        gate.may_end.set()
        await held
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await second == 3

    run(tmp_path, body)
