"""Daemon threads for calls that may never come back: into a dead share, or into a library on hostile media.

A thread that is done waits for the next call, since starting one costs more than most calls. One that hangs is left to
itself; neither the process's end nor an event loop's waits for it, as both do for `asyncio.to_thread`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

BUSY, IDLE = "vq-work", "vq-idle"
_KEPT = 8
_Work = Callable[[], None]
# The queues of the threads that wait for work: of the process's threads, so there is one list of them.
_idle: deque[SimpleQueue[_Work]] = deque()


def run_in_thread(work: _Work) -> None:
    """Begin `work`, which must not raise, in a thread that does nothing else meanwhile."""
    try:
        _idle.pop().put(work)
    except IndexError:
        threading.Thread(target=_run, args=(work,), name=BUSY, daemon=True).start()


def _run(work: _Work) -> None:
    thread, queue = threading.current_thread(), SimpleQueue[_Work]()
    while True:
        work()
        del work  # and all that it holds
        if len(_idle) >= _KEPT:
            return
        thread.name = IDLE
        _idle.append(queue)
        work = queue.get()
        thread.name = BUSY
