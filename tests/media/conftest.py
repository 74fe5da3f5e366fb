"""A PhaseRun as the worker gives it: a real folder, a real ffmpeg, and a record of what was reported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.media.run_record import RunRecord
from video_queue.media.ffmpeg_binary import locate
from video_queue.media.phase_run import PhaseRun


@pytest.fixture
def record() -> RunRecord:
    return RunRecord()


@pytest.fixture
def new_run(tmp_path: Path, record: RunRecord) -> Callable[[], PhaseRun]:
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
            report=record.report,
            log=record.log.append,
            children=record.children,
            ffmpeg=locate(),
            stall_seconds=60,
        )

    return make


@pytest.fixture
def run(new_run: Callable[[], PhaseRun]) -> PhaseRun:
    return new_run()
