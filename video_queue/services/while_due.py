"""What goes on beside the worker for as long as rows say so: begun and stopped after the commits that change them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.events import Event

# A missed commit is late, never lost.
_LONGEST_WAIT = 60.0
# Between two checks, however many commits there are.
_PAUSE = 0.5

Due = TypeVar("Due")


async def keep_while(
    db: QueueDB, due: Callable[[Connection], Due], do: Callable[[Due], Coroutine[Any, Any, None]]
) -> None:
    """Run `do` with what `due` reads, and again when it has ended, while that is anything; until cancelled."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()

    def on_commit(_: tuple[Event, ...]) -> None:
        loop.call_soon_threadsafe(changed.set)

    unsubscribe = db.subscribe(on_commit)
    doing: asyncio.Task[None] | None = None
    try:
        while True:
            changed.clear()
            what = await db.read(due)
            if doing and (doing.done() or not what):
                await _end(doing)
                doing = None
            if what and not doing:
                doing = asyncio.create_task(do(what))
            await asyncio.sleep(_PAUSE)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LONGEST_WAIT):
                    await changed.wait()
    finally:
        unsubscribe()
        if doing:
            await _end(doing)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
