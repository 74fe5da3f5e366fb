"""QueueDB: whole transactions from several event loops, cancelled callers, dying threads, events."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from video_queue.db.connection import Connection
from video_queue.db.migrate import Migration
from video_queue.db.queue_db import QueueDB
from video_queue.db.stored import DamagedRowError
from video_queue.domain.errors import VqError
from video_queue.domain.events import Event

NOW = "2025-01-01T00:00:00Z"
SCHEMA = """
CREATE TABLE counter (value INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (parent_id INTEGER NOT NULL REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
"""
MIGRATIONS = (Migration(1, "counter", SCHEMA),)


def value(conn: Connection) -> int:
    return int(conn.execute("SELECT value FROM counter").fetchone()["value"])


def add(conn: Connection, amount: int) -> int:
    changed = value(conn) + amount
    conn.execute("UPDATE counter SET value = ?", (changed,))
    return changed


def announce(conn: Connection, *texts: str) -> None:
    conn.events += [Event(id=number, type=text, at=NOW) for number, text in enumerate(texts)]


def run(tmp_path: Path, body: Callable[[QueueDB], Awaitable[None]]) -> None:
    """`body` with an open database, closed afterwards."""

    async def whole() -> None:
        async with await QueueDB.open(tmp_path / "vq.db", backups=None, now=NOW, migrations=MIGRATIONS) as db:
            await body(db)

    asyncio.run(whole())


def in_other_loop(main: Callable[[], Awaitable[None]]) -> threading.Thread:
    """A thread with an event loop of its own that runs `main`."""

    async def whole() -> None:
        await main()

    thread = threading.Thread(target=lambda: asyncio.run(whole()))
    thread.start()
    return thread


async def joined(thread: threading.Thread) -> None:
    await asyncio.get_running_loop().run_in_executor(None, thread.join)


class Gate:
    """An operation that reports when it runs, and ends when it is let go."""

    def __init__(self) -> None:
        self.running = threading.Event()
        self.may_end = threading.Event()

    def hold(self, conn: Connection, amount: int = 1) -> int:
        changed = add(conn, amount)
        self.running.set()
        assert self.may_end.wait(30)
        return changed

    async def entered(self) -> None:
        assert await asyncio.get_running_loop().run_in_executor(None, self.running.wait, 30)


def test_two_loops_lose_no_read_modify_write(tmp_path: Path) -> None:
    async def body(db: QueueDB) -> None:
        async def two_thousand() -> None:
            for _ in range(2000):
                await db.transact(add, 1)

        other = in_other_loop(two_thousand)
        await two_thousand()
        await joined(other)
        assert await db.read(value) == 4000

    run(tmp_path, body)


def test_transact_rolls_back_on_any_exception(tmp_path: Path) -> None:
    def half(conn: Connection, error: BaseException) -> None:
        add(conn, 1)
        raise error

    async def body(db: QueueDB) -> None:
        for error in (ValueError("x"), KeyboardInterrupt(), sqlite3.IntegrityError("y")):
            with pytest.raises(type(error)):
                await db.transact(half, error)
        with pytest.raises(RuntimeError):
            await db.transact(
                half, StopIteration()
            )  # what a bare next() raises; a future refuses to carry it
        assert await db.transact(add, 1) == 1

    run(tmp_path, body)


def test_transact_rolls_back_when_the_commit_fails(tmp_path: Path) -> None:
    def orphan(conn: Connection) -> None:
        add(conn, 1)
        conn.execute("INSERT INTO child VALUES (7)")

    async def body(db: QueueDB) -> None:
        with pytest.raises(sqlite3.IntegrityError):
            await db.transact(orphan)
        assert await db.transact(add, 1) == 1

    run(tmp_path, body)


def test_read_cannot_write_and_sees_what_was_committed(tmp_path: Path) -> None:
    async def body(db: QueueDB) -> None:
        for expected in range(1, 50):
            await db.transact(add, 1)
            assert await db.read(value) == expected
        with pytest.raises(sqlite3.OperationalError):
            await db.read(add, 1)
        assert await db.read(value) == 49

    run(tmp_path, body)


def test_a_thread_that_reads_for_itself_sees_what_was_committed_and_knows_the_same_errors(
    tmp_path: Path,
) -> None:
    def reading_thread(_: Connection) -> int:
        return threading.get_ident()

    def damaged(_: Connection) -> None:
        raise DamagedRowError("job 1", "no JSON")

    async def body(db: QueueDB) -> None:
        here = threading.get_ident()
        with db.reading_here():
            assert await db.read(reading_thread) == here
            for expected in range(1, 20):
                await db.transact(add, 1)
                assert await db.read(value) == expected
            with pytest.raises(sqlite3.OperationalError):
                await db.read(add, 1)
            with pytest.raises(VqError) as raised:
                await db.read(damaged)
            assert raised.value.code == "internal"
            assert await db.read(value) == 19
        assert await db.read(reading_thread) != here

    run(tmp_path, body)


def test_read_is_one_snapshot_and_does_not_delay_writers(tmp_path: Path) -> None:
    gate = Gate()

    def twice(conn: Connection) -> tuple[int, int]:
        first = value(conn)
        gate.running.set()
        assert gate.may_end.wait(30)
        return first, value(conn)

    async def body(db: QueueDB) -> None:
        slow = asyncio.create_task(db.read(twice))
        await gate.entered()
        assert await db.transact(add, 1) == 1  # while the slow read is still running
        assert await db.read(value) == 1  # the second reader
        gate.may_end.set()
        assert await slow == (0, 0)

    run(tmp_path, body)


def test_cancelled_caller_does_not_cancel_its_write(tmp_path: Path) -> None:
    gate = Gate()

    async def body(db: QueueDB) -> None:
        task = asyncio.create_task(db.transact(gate.hold))
        await gate.entered()
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()  # an impatient second time
        gate.may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await db.read(value) == 1

    run(tmp_path, body)


def test_abandoned_result_is_undone_before_the_caller_ends(tmp_path: Path) -> None:
    gate = Gate()
    seen: list[tuple[Any, ...]] = []

    def release(conn: Connection, claimed: int) -> None:
        seen.append((claimed, value(conn)))
        add(conn, -claimed)

    async def body(db: QueueDB) -> None:
        task = asyncio.create_task(db.transact(gate.hold, 5, on_abandoned=release))
        await gate.entered()
        task.cancel()
        gate.may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert seen == [(5, 5)]
        assert await db.read(value) == 0
        assert await db.transact(add, 3, on_abandoned=release) == 3  # nobody cancelled: nothing is undone
        assert await db.read(value) == 3

    run(tmp_path, body)


def test_abandoned_failure_has_nothing_to_undo(tmp_path: Path) -> None:
    gate = Gate()
    undone: list[int] = []

    def fails(conn: Connection) -> int:
        gate.hold(conn)
        raise ValueError("no")

    async def body(db: QueueDB) -> None:
        task = asyncio.create_task(db.transact(fails, on_abandoned=lambda _, result: undone.append(result)))
        await gate.entered()
        task.cancel()
        gate.may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert undone == []
        assert await db.read(value) == 0

    run(tmp_path, body)


def test_loop_that_ends_with_an_operation_in_flight_harms_nobody(tmp_path: Path) -> None:
    gate = Gate()

    async def body(db: QueueDB) -> None:
        async def leave_behind() -> None:
            task = asyncio.create_task(db.transact(gate.hold))
            await gate.entered()
            del task  # asyncio.run now cancels it, and must wait for the write before it closes the loop

        other = in_other_loop(leave_behind)
        await gate.entered()
        waiting = asyncio.create_task(db.transact(add, 1))
        await asyncio.sleep(0)
        gate.may_end.set()
        assert await waiting == 2
        await joined(other)
        assert await db.transact(add, 1) == 3

    run(tmp_path, body)


def test_drain_waits_for_the_operations_of_its_loop(tmp_path: Path) -> None:
    gate = Gate()

    async def body(db: QueueDB) -> None:
        results: list[int] = []

        async def caller() -> None:
            results.append(await db.transact(gate.hold))
            results.append(await db.transact(add, 1))

        task = asyncio.create_task(caller())
        await gate.entered()
        draining = asyncio.create_task(db.drain())
        await asyncio.sleep(0)
        assert not draining.done()
        gate.may_end.set()
        await draining
        assert results == [1, 2]
        await task

    run(tmp_path, body)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_dead_thread_fails_its_callers_and_is_reported(tmp_path: Path) -> None:
    gate = Gate()

    async def body(db: QueueDB) -> None:
        dead = asyncio.Event()
        watching = asyncio.create_task(db.watch(dead.set, interval=0.01))
        doomed = asyncio.new_event_loop()
        abandoned = doomed.create_task(db.transact(gate.hold))
        doomed.call_soon(doomed.stop)
        await asyncio.get_running_loop().run_in_executor(None, doomed.run_forever)
        await gate.entered()
        waiting = asyncio.create_task(db.transact(add, 1))
        await asyncio.sleep(0)
        doomed.close()  # aiosqlite's thread dies when it reports to a closed loop
        gate.may_end.set()
        with pytest.raises(VqError) as caught:
            await waiting
        assert caught.value.code == "internal"
        await dead.wait()
        await watching
        with pytest.raises(VqError):
            await db.transact(add, 1)
        abandoned.get_coro().close()

    run(tmp_path, body)


def test_a_thread_that_hangs_fails_its_callers_and_is_reported(tmp_path: Path) -> None:
    gate = Gate()

    async def body(db: QueueDB) -> None:
        dead = asyncio.Event()
        hanging = asyncio.create_task(db.transact(gate.hold))
        await gate.entered()
        waiting = asyncio.create_task(db.transact(add, 1))
        await db.watch(dead.set, interval=0.001, checks=3)
        assert dead.is_set()
        for caller in (hanging, waiting):
            with pytest.raises(VqError) as caught:
                await caller
            assert caught.value.code == "internal"
        threads = [thread for thread in threading.enumerate() if "_connection_worker" in thread.name]
        await db.drain()
        await db.close()  # does not wait for it
        gate.may_end.set()
        for thread in threads:
            await joined(thread)

    run(tmp_path, body)


def test_watch_ends_quietly_with_the_database(tmp_path: Path) -> None:
    async def body(db: QueueDB) -> None:
        dead: list[bool] = []
        watching = asyncio.create_task(db.watch(lambda: dead.append(True), interval=0.001))
        await db.transact(add, 1)
        await db.close()
        await watching
        assert dead == []

    run(tmp_path, body)


def test_closed_database_refuses_and_closes_twice(tmp_path: Path) -> None:
    async def body(db: QueueDB) -> None:
        queued = asyncio.create_task(db.transact(add, 1))
        await asyncio.sleep(0)
        await db.close()
        assert await queued == 1
        for call in (db.transact(add, 1), db.read(value)):
            with pytest.raises(VqError) as caught:
                await call
            assert caught.value.code == "internal"

    run(tmp_path, body)


def test_events_are_announced_after_the_commit_and_only_then(tmp_path: Path) -> None:
    seen: list[tuple[str, ...]] = []
    path = tmp_path / "vq.db"

    def on_events(events: tuple[Event, ...]) -> None:
        other = sqlite3.connect(path)
        committed = other.execute("SELECT value FROM counter").fetchone()[0]
        other.close()
        seen.append((*(event.type for event in events), str(committed)))

    def append(conn: Connection, *texts: str) -> None:
        add(conn, 1)
        announce(conn, *texts)

    def append_and_fail(conn: Connection) -> None:
        append(conn, "job.deleted")
        raise ValueError("no")

    def broken(events: tuple[Event, ...]) -> None:
        raise ValueError(events)

    async def body(db: QueueDB) -> None:
        db.subscribe(broken)  # logged; it must not fail what is committed
        end = db.subscribe(on_events)
        await db.transact(append, "job.created", "job.updated")
        with pytest.raises(ValueError, match="no"):
            await db.transact(append_and_fail)
        await db.transact(add, 1)
        await db.transact(append, "job.finished")
        end()
        await db.transact(append, "job.deleted")
        assert seen == [("job.created", "job.updated", "1"), ("2",), ("job.finished", "3")]

    run(tmp_path, body)


def test_settings_of_the_connections(tmp_path: Path) -> None:
    def pragmas(conn: Connection) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys", "query_only")
        return [conn.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    async def body(db: QueueDB) -> None:
        assert (await db.transact(pragmas))[:3] == ["wal", 2, 1]
        assert (await db.read(pragmas))[3] == 1

    run(tmp_path, body)


def test_full_disk_is_said_and_undone(tmp_path: Path) -> None:
    def fill(conn: Connection) -> None:
        add(conn, 1)
        conn.execute("CREATE TABLE big AS SELECT zeroblob(1000000) AS filler")

    def limit(conn: Connection) -> None:
        conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0]}")

    async def body(db: QueueDB) -> None:
        await db.transact(limit)
        with pytest.raises(VqError) as caught:
            await db.transact(fill)
        assert caught.value.code == "disk_full"
        assert await db.transact(add, 1) == 1

    run(tmp_path, body)


def test_open_refuses_what_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "vq.db"
    path.write_bytes(b"not a database at all" * 500)

    with pytest.raises(VqError) as caught:
        run(tmp_path, lambda db: db.drain())
    assert caught.value.code == "locked"
    assert str(path) in caught.value.message
    assert path.read_bytes().startswith(b"not a database")


def test_open_refuses_a_damaged_database(tmp_path: Path) -> None:
    def fill(conn: Connection) -> None:
        conn.executemany("INSERT INTO parent VALUES (?)", ((number,) for number in range(20_000)))

    run(tmp_path, lambda db: db.transact(fill))
    path = tmp_path / "vq.db"
    damaged = bytearray(path.read_bytes())
    middle = len(damaged) // 2
    damaged[middle : middle + 20_000] = b"\xff" * 20_000
    path.write_bytes(damaged)

    with pytest.raises(VqError) as caught:
        run(tmp_path, lambda db: db.drain())
    assert caught.value.code == "locked"


def test_open_keeps_what_was_there(tmp_path: Path) -> None:
    async def bump(db: QueueDB) -> None:
        await db.transact(add, 5)

    async def read(db: QueueDB) -> None:
        assert await db.read(value) == 5

    run(tmp_path, bump)
    run(tmp_path, read)
