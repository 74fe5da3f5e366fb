"""What every phase driver gets besides its parameters: its folder, its share of the machine, and whom to tell.

A driver is `async def run(params, run: PhaseRun) -> result`. It is cancelled by asyncio.CancelledError; work that
blocks goes through `in_thread`, which passes the cancellation on.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from video_queue.worker.children import Children

T = TypeVar("T")
DEFAULT_STALL_SECONDS = 600.0
_GIVE_UP_SECONDS = 20.0


class Report(Protocol):
    """Tells how far a phase is; may be called from any thread, as often as one likes."""

    def __call__(self, fraction: float, message: str = "") -> None:
        """`fraction` is 0..1; `message` is for the artist."""


@dataclass(frozen=True)
class PhaseRun:
    """One run of one phase. `work_dir` is an empty folder of its own: all files the phase makes go there.

    `stall_seconds`: how long a child may show no progress. `log` takes text for the prompt's log.
    """

    prompt_id: int
    job_id: int
    attempt: int
    phase_name: str
    work_dir: Path
    threads: int
    report: Report
    log: Callable[[str], None]
    children: Children
    ffmpeg: Path
    stall_seconds: float = DEFAULT_STALL_SECONDS


async def in_thread(work: Callable[[threading.Event], T]) -> T:
    """`work(stop)` in a thread. Cancelling sets `stop` and waits for the thread, which must look at it often.

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
            task.exception()  # it was told to stop; what it says to that is of no interest
        raise
