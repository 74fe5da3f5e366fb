"""What every phase driver gets besides its parameters: its folder, its share of the machine, and its callbacks.

A driver is `async def run(params, run: PhaseRun) -> result`. It is cancelled by asyncio.CancelledError; blocking
work runs in `in_thread`, which passes the cancellation on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from video_queue.system.processes.children import Children

DEFAULT_STALL_SECONDS = 600.0


class Report(Protocol):
    """Reports how far a phase is; may be called from any thread, at any rate."""

    def __call__(self, fraction: float, message: str = "") -> None:
        """`fraction` is 0..1; `message` is for the artist."""


@dataclass(frozen=True)
class PhaseRun:
    """One run of one phase. `work_dir` is a folder of its own, for all files that the phase makes. It is empty, or,
    for phases that resume, holds what a run before this one left of the same work.

    `hardware` lets one phase at a time use a hardware encoder, `limit` is the phase's timeout.
    `stall_seconds`: how long a child may show no progress. `log` takes text for the prompt's log.
    `caption_styles` is the folder of the artist's own. `readable`: what ffmpeg may open besides `work_dir`; None: any.
    `owner` names this work, the same in every attempt.
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
    hardware: asyncio.Lock = field(default_factory=asyncio.Lock)
    limit: asyncio.Timeout | None = None
    caption_styles: Path | None = None
    readable: tuple[str, ...] | None = None
    owner: str = ""

    @asynccontextmanager
    async def hardware_encoder(self) -> AsyncIterator[None]:
        """A hardware encoder for this phase alone; the phase's time does not run while others use it."""
        when = self.limit.when() if self.limit else None
        if self.limit is None or when is None:
            async with self.hardware:
                yield
            return
        clock = asyncio.get_running_loop().time
        began = clock()
        self.limit.reschedule(None)
        async with self.hardware:
            self.limit.reschedule(when + clock() - began)
            yield
