"""One SQLite connection on a thread of its own, used from any number of event loops.

`run` hands a function to the thread and waits for its end, even when the caller is cancelled: so a write never
ends unseen, and no loop closes under an operation (aiosqlite 0.22 would report to the closed loop, and its thread
would die of it). If the thread dies nevertheless, what waits for it fails.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import aiosqlite

from video_queue.db.connection import Connection, connect, explain
from video_queue.domain.catalogue import fail

T = TypeVar("T")
_Future = asyncio.Future[Any]
_LOG = logging.getLogger(__name__)


class _Outcome(NamedTuple):
    """What an operation returned or raised. Errors travel as values: a future refuses to carry a StopIteration."""

    value: Any
    error: BaseException | None


class DbThread:
    """A connection and its thread. `await start()` opens it, `await close()` ends it."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._path = path
        self._read_only = read_only
        self._aio = aiosqlite.Connection(self._connect, iter_chunk_size=64)
        self._conn: Connection | None = None
        self._thread: threading.Thread | None = None
        self._started = threading.Event()
        self._lock = threading.Lock()
        self._begun: dict[asyncio.AbstractEventLoop, set[_Future]] = {}
        self._closed = self._hung = False
        # What runs on the thread now, and how many checks in a row saw it; see `checks_of_running`.
        self._running: object | None = None
        self._seen: tuple[object | None, int] = (None, 0)
        # A thread that hangs in the system must not keep the process from its end. aiosqlite has no public name.
        self._aio._thread.daemon = True  # noqa: SLF001 - see above

    async def start(self) -> None:
        """Start the thread and open the connection. Raises what `connect` raises."""
        try:
            await self._aio
        except BaseException:
            # aiosqlite ends its thread, but does not wait for it: it would report to a loop that may be gone.
            await asyncio.to_thread(self._join)
            raise
        threading.Thread(target=self._fail_pending, name="vq-db-watch", daemon=True).start()

    @property
    def waiting(self) -> int:
        """How many operations are waited for."""
        return sum(map(len, tuple(self._begun.values())))

    @property
    def ended(self) -> bool:
        """Whether it was closed or has died."""
        return self._closed

    def checks_of_running(self) -> int:
        """How many calls of this in a row saw the operation that runs now; 0 while none runs.

        Counted in calls, not in seconds: a machine that slept is no thread that hangs.
        """
        running, (before, count) = self._running, self._seen
        self._seen = (running, 0 if running is None else count + 1 if running is before else 1)
        return self._seen[1]

    def give_up(self) -> None:
        """The thread hangs: fail what waits for it, and never wait for it again."""
        self._hung = True
        self._fail_begun()

    async def run(
        self,
        step: Callable[[Connection], T],
        *,
        on_abandoned: Callable[[Connection, T], object] | None = None,
        on_queued: Callable[[], None] | None = None,
    ) -> T:
        """What `step` returns or raises, run on the thread; `on_queued` is called before it can run.

        A caller that is cancelled meanwhile gets its CancelledError after the step has ended; where the step
        succeeded, its result is first given to `on_abandoned`, on the thread too.

        Raises:
            VqError: `internal.database` when the thread is closed or dead.
        """
        outcome, cancelled = await self._outcome(step, on_queued)
        if cancelled is None:
            if outcome.error is not None:
                raise outcome.error
            return cast(T, outcome.value)
        if on_abandoned is not None and outcome.error is None:
            undone, _ = await self._outcome(lambda conn: on_abandoned(conn, cast(T, outcome.value)))
            if undone.error is not None:
                _LOG.error("what a cancelled caller left could not be undone", exc_info=undone.error)
        raise cancelled

    async def drain(self) -> None:
        """Wait until the operations begun from the current loop have ended and their callers have the results."""
        loop = asyncio.get_running_loop()
        while begun := self._begun.get(loop):
            await asyncio.wait(tuple(begun))
            await asyncio.sleep(0)  # their callers' turn: they may begin other operations

    async def close(self) -> None:
        """Close the connection after the operations that are queued, and end the thread."""
        if self._conn is None:
            return
        with self._lock:
            dead, self._closed = self._closed, True
        if self._hung:
            self._aio.stop()  # whenever it comes back
        elif dead:
            await self._close_dead()
        else:
            await self._aio.close()
        self._conn = None

    def _connect(self) -> Connection:
        self._thread = threading.current_thread()
        self._started.set()
        self._conn = connect(self._path, read_only=self._read_only)
        return self._conn

    async def _outcome(
        self, step: Callable[[Connection], T], on_queued: Callable[[], None] | None = None
    ) -> tuple[_Outcome, asyncio.CancelledError | None]:
        """The outcome of `step`, and the first cancellation that arrived meanwhile."""
        loop = asyncio.get_running_loop()
        future = self._begin(loop, step, on_queued)
        cancelled: asyncio.CancelledError | None = None
        try:
            while not future.done():
                try:
                    await _done(future)
                except asyncio.CancelledError as error:
                    cancelled = cancelled or error
            return cast(_Outcome, future.result()), cancelled
        finally:
            self._end(loop, future)

    def _begin(
        self,
        loop: asyncio.AbstractEventLoop,
        step: Callable[[Connection], T],
        on_queued: Callable[[], None] | None,
    ) -> _Future:
        conn, path = self._conn, self._path

        def operation() -> _Outcome:
            self._running = operation
            try:
                return _Outcome(step(cast(Connection, conn)), None)
            except BaseException as error:  # noqa: BLE001 - every error belongs to the caller, none to the thread
                return _Outcome(None, explain(error, path))
            finally:
                self._running = None

        with self._lock:
            if self._closed:
                raise fail("internal.database")
            if on_queued is not None:
                on_queued()
            # aiosqlite has no public call that runs a function on its thread. `_execute` queues it and awaits
            # one future; stepping it by hand gives us that future, which no task's cancellation can reach.
            queued = self._aio._execute(operation)  # type: ignore[no-untyped-call]  # noqa: SLF001 - see above
            future: _Future = queued.send(None)
            self._begun.setdefault(loop, set()).add(future)
        return future

    def _end(self, loop: asyncio.AbstractEventLoop, future: _Future) -> None:
        with self._lock:
            begun = self._begun[loop]
            begun.discard(future)
            if not begun:
                del self._begun[loop]

    def _join(self) -> None:
        """Wait for the thread's end."""
        self._started.wait()
        if self._thread is not None:
            self._thread.join()

    def _fail_pending(self) -> None:
        """Wait for the thread's end, and fail the operations that it left undone."""
        self._join()
        self._fail_begun()

    def _fail_begun(self) -> None:
        with self._lock:
            self._closed = True
            pending = [(loop, future) for loop, begun in self._begun.items() for future in begun]
        for loop, future in pending:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_give_up, future)

    async def _close_dead(self) -> None:
        """Close a connection whose thread is gone: aiosqlite's `close` would wait for that thread for ever."""
        closing = asyncio.create_task(self._aio.close())
        while not closing.done():
            await asyncio.sleep(0)
            closing.cancel()
        if self._conn is not None:
            self._conn.close()


async def _done(future: _Future) -> None:
    """As `asyncio.wait`, for one future and for less: cancelling the caller does not cancel it."""
    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(_: _Future) -> None:
        if not waiter.done():
            waiter.set_result(None)

    future.add_done_callback(wake)
    try:
        await waiter
    finally:
        future.remove_done_callback(wake)


def _give_up(future: _Future) -> None:
    if not future.done():
        future.set_result(_Outcome(None, fail("internal.database")))
