"""A PhaseRun as the worker would give it: real folder, real ffmpeg, and lists of what was reported."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from video_queue.media.ffmpeg_binary import locate
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.children import Children


@dataclass
class Notes:
    """What a run told its owner."""

    fractions: list[float] = field(default_factory=list)
    reported: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    started: list[int] = field(default_factory=list)
    commands: dict[int, tuple[str, str]] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)

    def report(self, fraction: float, message: str = "") -> None:
        self.fractions.append(fraction)
        self.messages.append(message)
        self.reported.set()

    async def on_start(self, pid: int, started: str, command: str) -> None:
        self.started.append(pid)
        self.commands[pid] = (started, command)

    async def on_end(self, pid: int) -> None:
        self.ended.append(pid)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def new_run(tmp_path: Path, notes: Notes) -> Callable[[], PhaseRun]:
    """Makes a PhaseRun with a fresh folder (its name holds what file names may hold) each time it is called."""
    count = iter(range(1000))

    def make() -> PhaseRun:
        folder = tmp_path / f"work 100%d [{next(count)}], it's"
        folder.mkdir()
        return PhaseRun(
            prompt_id=1,
            job_id=1,
            attempt=1,
            phase_name="phase",
            work_dir=folder,
            threads=2,
            report=notes.report,
            log=notes.log.append,
            children=Children(notes.on_start, notes.on_end),
            ffmpeg=locate(),
            stall_seconds=60,
        )

    return make


@pytest.fixture
def run(new_run: Callable[[], PhaseRun]) -> PhaseRun:
    return new_run()
