"""Whether a folder answers at all: every call into a dead share may hang, and no thread can be freed from that."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

_SECONDS = 10.0
_LOCK = threading.Lock()
# The calls that have not come back, with when each began: of the process's threads, so there is one list of them.
_CALLS: dict[Path, tuple[float, Future[None]]] = {}


async def answers(folder: Path, seconds: float = _SECONDS) -> bool:
    """Whether a call into `folder` comes back in time, with whatever result. While one hangs no other is made."""
    with _LOCK:
        began, call = _CALLS.get(folder) or _begin(folder)
    left = began + seconds - time.monotonic()
    if not call.done() and left > 0:
        await asyncio.wait([asyncio.wrap_future(call)], timeout=left)
    return call.done()


def _begin(folder: Path) -> tuple[float, Future[None]]:
    call = Future[None]()

    def run() -> None:
        with suppress(OSError, ValueError):
            folder.stat()
        with _LOCK:
            del _CALLS[folder]
        call.set_result(None)

    _CALLS[folder] = time.monotonic(), call
    threading.Thread(target=run, name="vq-answers", daemon=True).start()
    return _CALLS[folder]
