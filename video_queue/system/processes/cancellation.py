"""Work that must end before its cancellation is passed on: in this loop, or in a thread that is asked to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_GIVE_UP_SECONDS = 20.0


async def run_to_end(work: Coroutine[object, object, T]) -> T:
    """What `work` returns. A cancellation meanwhile waits until `work` is done, and is raised then."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result


async def shield_until_done(work: Coroutine[object, object, T]) -> T:
    """What `work` returns. A cancellation meanwhile is swallowed: the caller must go on with the result."""
    task = asyncio.ensure_future(work)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    return task.result()


async def in_thread(work: Callable[[threading.Event], T]) -> T:
    """`work(stop)` in a thread. Cancelling sets `stop` and waits for the thread, which must check it often.

    A thread that does not end within 20 seconds is left alone (a library stuck on hostile media cannot be killed).
    """
    stop = threading.Event()
    task = asyncio.ensure_future(asyncio.to_thread(work, stop))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([task], timeout=_GIVE_UP_SECONDS)
        if task.done() and not task.cancelled():
            task.exception()  # retrieved and dropped: the cancellation is what the caller sees
        raise
