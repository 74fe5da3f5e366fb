"""A process that archives and kills itself: `archive_child WORK FOLDER MODE MOMENT SOURCE...`.

MOMENT is `copy` (half of the bytes are written), `listed` (all are there, no source is removed) or `end`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.media.run_record import RunRecord
from video_queue.domain.media.archive import ArchiveParams
from video_queue.media.ffmpeg_binary import locate
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import archive


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(work: str, folder: str, mode: str, moment: str, *sources: str) -> None:
    record = RunRecord()

    def report(fraction: float, message: str = "") -> None:
        if moment == "copy" and fraction >= 0.5:
            die()

    write = archive.write_list

    def write_and_die(path: Path, content: dict[str, object]) -> None:
        write(path, content)
        die()

    if moment == "listed":
        archive.write_list = write_and_die  # type: ignore[assignment]
    run = PhaseRun(1, 1, 1, "archive", Path(work), 1, report, record.log.append, record.children, locate())
    asyncio.run(archive.run(ArchiveParams(inputs=list(sources), folder=folder, mode=mode), run))  # type: ignore[arg-type]
    die()


if __name__ == "__main__":
    main(*sys.argv[1:])
