"""Keeping the worker going: a loop that fails is run again, and a result is written as soon as it can be.

A full disk, a database that another program keeps locked, a folder that is away: all of them pass. Only a database
whose thread is gone ends the worker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import TypeVar

from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.errors import VqError
from video_queue.domain.failure_policy import ENVIRONMENT

_SHORTEST, _LONGEST = 0.25, 10.0
_LOG = logging.getLogger(__name__)

T = TypeVar("T")


class Supervisor:
    """Runs the loops of one worker and writes its results, until `stopping` is set."""

    def __init__(self, db: QueueDB, stopping: asyncio.Event) -> None:
        self._db, self._stopping = db, stopping

    async def keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` to its end. After an error wait a little and run it again, unless the worker stops.

        Raises:
            VqError: `internal.database` when the database is gone.
        """
        pauses, loop = _pauses(), asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                return await work()
            except Exception as error:
                if self._db.ended:
                    raise
                _log(f"{name} failed and is run again", error)
            if loop.time() - began > _LONGEST:
                pauses = _pauses()
            await self._pause(next(pauses))
            if self._stopping.is_set():
                return None

    async def write(
        self, fn: Callable[[Connection], T], *, on_abandoned: Callable[[Connection, T], object] | None = None
    ) -> T:
        """As `QueueDB.transact`, again and again while the disk is full or the database locked.

        Raises:
            VqError: `internal.database`; what is wrong with the database when the worker stops.
        """
        for seconds in _pauses():
            try:
                return await self._db.transact(fn, on_abandoned=on_abandoned)
            except VqError as error:
                if error.code not in ENVIRONMENT.codes or self._stopping.is_set():
                    raise
                _log("a result waits to be written", error)
            await self._pause(seconds)
        raise AssertionError("the pauses never end")

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _pauses() -> Iterator[float]:
    """Seconds to wait before each further try: longer and longer, up to a limit."""
    seconds = _SHORTEST
    while True:
        yield seconds
        seconds = min(seconds * 2, _LONGEST)


def _log(text: str, error: Exception) -> None:
    """With a trace where it may be a mistake of ours."""
    expected = isinstance(error, VqError | OSError)
    _LOG.warning("%s: %s", text, error, exc_info=None if expected else error)
