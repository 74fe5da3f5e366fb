"""QueueDB: the only way to the database. One writing connection, two for reading, shared by all event loops.

The worker's loop reads on a connection of its own (`reading_here`): the way of its many small reads to another thread
and back cost more than they do.

A statement function takes a `Connection` first and runs whole on the database's thread: `transact` between
BEGIN IMMEDIATE and COMMIT, `read` inside one snapshot. What it appends to `conn.events` is announced after the
commit.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, TypeVarTuple, Unpack, cast

from video_queue.db.connection import Connection, connect, damaged, explain
from video_queue.db.db_thread import DbThread
from video_queue.db.group_commit import Write, commit_alone, commit_together, next_writes
from video_queue.db.migrate import Migration, prepare, shipped_migrations
from video_queue.db.soundness import record_closed
from video_queue.db.stored import DamagedRowError
from video_queue.domain.errors import VqError
from video_queue.domain.events import Event

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Listener = Callable[[tuple[Event, ...]], None]
_READERS = 2
_LOG = logging.getLogger(__name__)


class QueueDB:
    """The database of one home. `await QueueDB.open(...)` opens it; close it from the loop that opened it."""

    def __init__(self, path: Path, writer: DbThread, readers: tuple[DbThread, ...]) -> None:
        self.path = path
        self._writer = writer
        self._readers = readers
        # The reading connections of threads that read for themselves, by thread.
        self._own: dict[int, Connection] = {}
        self._waiting: deque[Write] = deque()
        self._listeners: tuple[Listener, ...] = ()
        self._listeners_lock = threading.Lock()
        self._prepared = False
        self._closing = False
        # Why the latest write failed, until one succeeds: what rows cannot say while nothing can be written.
        self.write_error: BaseException | None = None

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        backups: Path | None,
        now: str,
        boot: str | None = None,
        migrations: tuple[Migration, ...] | None = None,
    ) -> QueueDB:
        """The database at `path`, checked and migrated; created when there is none.

        `backups` is the folder for the copy that precedes a migration (None: no copy), `now` the moment
        recorded with migrations (ISO 8601 UTC), `boot` the machine's start (None: unknown; see `soundness`),
        `migrations` what to apply (default: those that ship).

        Raises:
            VqError: `locked.newer_schema`, or `locked.damaged` when the file fails its check.
        """
        known = shipped_migrations() if migrations is None else migrations
        writer = DbThread(path, read_only=False)
        db = cls(path, writer, tuple(DbThread(path, read_only=True) for _ in range(_READERS)))
        try:
            await writer.start()
            await writer.run(lambda conn: prepare(conn, path, known, backups=backups, now=now, boot=boot))
            db._prepared = True
            await db.start_readers()
        except sqlite3.DatabaseError as error:  # a schema that is not what it was
            await db.close()
            raise damaged(path, str(error)) from error
        except BaseException:
            await db.close()
            raise
        return db

    async def start_readers(self) -> None:
        """Open the reading connections; `open` does it once the schema is there."""
        for reader in self._readers:
            await reader.start()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def transact(
        self,
        fn: Callable[[Connection, Unpack[Ts]], T],
        *args: *Ts,
        on_abandoned: Callable[[Connection, T], object] | None = None,
        shared: bool = False,
    ) -> T:
        """What `fn(conn, *args)` returns, in one committed transaction; its exception after a rollback.

        A caller that is cancelled does not cancel its write: its CancelledError waits for the write's end. Then
        `on_abandoned` is run in a second transaction with the result, to undo what the caller cannot use any more
        (a claim, say).

        A `shared` one may be written by one COMMIT together with other shared ones that wait; an error undoes it alone.
        It must be short, for others wait for it, and `fn` may run twice, the first time undone.

        Raises:
            VqError: `internal.database` when the thread is gone, `disk_full.write`, `locked.damaged`.
        """
        undo = on_abandoned and (lambda conn, result: self._commit(conn, on_abandoned, result))
        write = Write(lambda conn: fn(conn, *args), shared)
        return await self._writer.run(
            lambda conn: cast(T, self._finish(conn, write)),
            on_abandoned=undo,
            on_queued=lambda: self._waiting.append(write),
        )

    async def read(self, fn: Callable[[Connection, Unpack[Ts]], T], *args: *Ts) -> T:
        """What `fn(conn, *args)` returns, run on a connection that only reads, in one snapshot.

        It sees every transaction that was committed before the call, and never delays a writer.
        """
        own = self._own.get(threading.get_ident())
        if own is not None and not self.ended:
            return self._read_here(own, fn, *args)
        reader = min(self._readers, key=lambda thread: thread.waiting)
        return await reader.run(lambda conn: _snapshot(conn, fn, *args))

    @contextmanager
    def reading_here(self) -> Iterator[None]:
        """Within it, the calling thread reads by itself, on a connection of its own.

        For a loop whose reads are so small that the way to another thread and back costs more than they do.
        """
        thread = threading.get_ident()
        with closing(connect(self.path, read_only=True)) as conn:
            self._own[thread] = conn
            try:
                yield
            finally:
                del self._own[thread]

    async def fold_log(self) -> None:
        """Bring what the log holds into the file, which gets its new size so, as far as no reader is in the way."""
        await self._writer.run(lambda conn: conn.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone())

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Have `callback` called with the events of every commit that changed a row; returns the call that ends it.

        There may be none: progress, say, appends no event. It is called on the database's thread before the writer's
        call returns: it must be quick and thread-safe.
        """
        with self._listeners_lock:
            self._listeners = (*self._listeners, callback)

        def unsubscribe() -> None:
            with self._listeners_lock:
                self._listeners = tuple(other for other in self._listeners if other is not callback)

        return unsubscribe

    @property
    def ended(self) -> bool:
        """Whether its threads are gone: nothing can be read or written any more."""
        return any(thread.ended for thread in (self._writer, *self._readers))

    async def watch(self, on_dead: Callable[[], None], *, interval: float = 5.0, checks: int = 24) -> None:
        """Check every `interval` seconds that the threads live and do not hang; call `on_dead` and end when not.

        One operation that still runs after so many `checks` hangs: whatever waits for the database then fails.
        Ends without that call when the database was closed properly (cancel it before that, though).
        """
        threads = (self._writer, *self._readers)
        while not self.ended:
            for thread in threads:
                if thread.checks_of_running() > checks:
                    thread.give_up()
            await asyncio.sleep(interval)
        if not self._closing:
            on_dead()

    async def drain(self) -> None:
        """Wait for all operations begun from the current loop; call it before that loop is stopped."""
        for thread in (*self._readers, self._writer):
            await thread.drain()

    async def close(self) -> None:
        """Close all connections after what is queued. Other loops must have drained. Closing twice is safe."""
        if self._prepared and not self._closing:
            with suppress(VqError, sqlite3.Error):  # not recorded: the next start checks
                await self.transact(record_closed)
        self._closing = True
        for thread in (*self._readers, self._writer):
            await thread.close()

    def _commit(self, conn: Connection, fn: Callable[[Connection, Unpack[Ts]], T], *args: *Ts) -> T:
        """Runs on the database's thread, as the next three do."""
        write = Write(lambda conn: fn(conn, *args), shared=False)
        self._commit_all(conn, [write])
        return cast(T, write.result())

    def _finish(self, conn: Connection, write: Write) -> Any:
        """The result of `write`, which may have been written with one before it; those before it come first."""
        while not write.done:
            self._commit_all(conn, next_writes(self._waiting))
        return write.result()

    def _commit_all(self, conn: Connection, writes: list[Write]) -> None:
        together = len(writes) > 1
        if together:
            try:
                commit_together(conn, writes)
            except BaseException:  # noqa: BLE001 - each gets its own error below
                together = False
        for write in writes:
            if not together:
                commit_alone(conn, write)
            if isinstance(write.error, sqlite3.OperationalError):
                self.write_error = explain(write.error, self.path)
            elif write.events is not None:
                self.write_error = None
                self._announce(write.events)
            write.done = True

    def _read_here(self, conn: Connection, fn: Callable[[Connection, Unpack[Ts]], T], *args: *Ts) -> T:
        try:
            return _snapshot(conn, fn, *args)
        except (sqlite3.Error, ValueError, DamagedRowError) as error:
            raise explain(error, self.path) from None

    def _announce(self, events: tuple[Event, ...]) -> None:
        for listener in self._listeners:
            try:
                listener(events)
            except Exception:  # noqa: BLE001 - the transaction is committed; a listener cannot take that back
                _LOG.exception("a listener of the database failed")


def _snapshot(conn: Connection, fn: Callable[[Connection, Unpack[Ts]], T], *args: *Ts) -> T:
    """All statements of `fn` see the same moment."""
    conn.execute("BEGIN")
    try:
        return fn(conn, *args)
    finally:
        conn.execute("ROLLBACK")
