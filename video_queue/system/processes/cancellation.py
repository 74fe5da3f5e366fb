"""Work that must end before its cancellation is passed on: in this loop, or in a thread that is asked to stop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import TypeVar

from video_queue.system.processes.threads import run_in_thread

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


async def in_thread(work: Callable[[threading.Event], T], *, give_up_seconds: float = _GIVE_UP_SECONDS) -> T:
    """`work(stop)` in a thread. Cancelling sets `stop` and waits for the thread, which must check it often.

    A thread that does not end in time is left alone: a library stuck on hostile media cannot be killed. Neither
    the loop's end nor the process's waits for it, as both do for the threads of `asyncio.to_thread`.
    """
    stop = threading.Event()
    future = _in_daemon_thread(partial(work, stop))
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([future], timeout=give_up_seconds)
        if not future.cancel():
            future.exception()  # retrieved and dropped: the cancellation is what the caller sees
        raise


def _in_daemon_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    outcome = concurrent.futures.Future[T]()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - every error belongs to the caller, none to the thread
            outcome.set_exception(error)

    run_in_thread(run)
    return asyncio.wrap_future(outcome)
