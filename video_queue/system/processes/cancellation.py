"""Work that must end before its cancellation is passed on: in this loop, or in a thread that is asked to stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")

_GIVE_UP_SECONDS = 20.0


async def finish_despite_cancel(work: Coroutine[object, object, None]) -> None:
    """Waits until `work` is done even if the waiting task is cancelled meanwhile; then the cancellation goes on."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


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
