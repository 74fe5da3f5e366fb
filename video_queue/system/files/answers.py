"""Whether a folder answers at all: every call into a dead share may hang, and no thread can be freed from that."""

from __future__ import annotations

import asyncio
import errno
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from video_queue.system.processes.threads import run_in_thread

T = TypeVar("T")

_SECONDS = 10.0
# A folder that has just answered is not asked again.
_FRESH_SECONDS = 1.0
_LOCK = threading.Lock()
# The calls that have not come back, with when each began: of the process's threads, so there is one list of them.
_CALLS: dict[Path, tuple[float, Future[None]]] = {}
# When folders answered last, the newest of them.
_ANSWERED: dict[Path, float] = {}
_KEPT = 64


async def answers(folder: Path, seconds: float = _SECONDS) -> bool:
    """Whether a call into `folder` comes back in time, with whatever result. While one hangs no other is made."""
    with _LOCK:
        if time.monotonic() - _ANSWERED.get(folder, -math.inf) < _FRESH_SECONDS:
            return True
        began, call = _CALLS.get(folder) or _begin(folder)
    left = began + seconds - time.monotonic()
    if not call.done() and left > 0:
        await asyncio.wait([asyncio.wrap_future(call)], timeout=left)
    return call.done()


def hangs(folder: Path) -> bool:
    """Whether a call into `folder` that `answers` made has not come back in time; makes none."""
    with _LOCK:
        began = _CALLS[folder][0] if folder in _CALLS else time.monotonic()
    return began + _SECONDS <= time.monotonic()


async def require_answer(*folders: Path, seconds: float = _SECONDS) -> None:
    """Return if calls into all of the folders come back.

    Raises:
        TimeoutError: one does not answer; `filename` is it.
    """
    for folder in folders:
        if not await answers(folder, seconds):
            raise TimeoutError(
                errno.ETIMEDOUT, "it does not answer: its drive or share may be gone", str(folder)
            )


async def call(work: Callable[[], T], *folders: Path | Callable[[], Path], seconds: float = _SECONDS) -> T:
    """What `work` returns, which reads or writes in `folders`, from a thread of its own.

    A folder may be one that is only known while it works. A thread that hangs is left to itself: it keeps neither
    other work from a thread nor the process from its end.

    Raises:
        TimeoutError: one of the folders does not answer; `filename` is it.
    """
    await require_answer(*(folder for folder in folders if isinstance(folder, Path)), seconds=seconds)
    result = asyncio.wrap_future(_in_own_thread(work))
    while not result.done():
        await asyncio.wait([result], timeout=seconds)
        if not result.done():
            asked = (folder if isinstance(folder, Path) else folder() for folder in folders)
            await require_answer(*asked, seconds=seconds)
    return result.result()


def _in_own_thread(work: Callable[[], T]) -> Future[T]:
    result = Future[T]()
    result.set_running_or_notify_cancel()

    def run() -> None:
        try:
            result.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            result.set_exception(error)

    run_in_thread(run)
    return result


def _begin(folder: Path) -> tuple[float, Future[None]]:
    call = Future[None]()

    def run() -> None:
        with suppress(OSError, ValueError):
            folder.stat()
        with _LOCK:
            del _CALLS[folder]
            _ANSWERED.pop(folder, None)
            _ANSWERED[folder] = time.monotonic()
            while len(_ANSWERED) > _KEPT:
                del _ANSWERED[next(iter(_ANSWERED))]
        call.set_result(None)

    _CALLS[folder] = time.monotonic(), call
    run_in_thread(run)
    return _CALLS[folder]
