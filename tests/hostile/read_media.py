"""Reads hostile files with everything that looks at files, in a process that the system holds to memory and time.

`python -m tests.hostile.read_media FOLDER [--ffmpeg]` prints how each ended. With `--ffmpeg` every file is converted
and its captions are tried, too, as phases do it: that is the long form, of some minutes.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.media.run_record import RunRecord
from video_queue.comfy.importing.source import read_texts
from video_queue.domain.errors import VqError
from video_queue.domain.media.phases import PHASES
from video_queue.media.embedded import embedded_texts
from video_queue.media.ending import undecodable_part
from video_queue.media.facts import probe, read_to_end
from video_queue.media.ffmpeg_binary import locate
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import DRIVERS
from video_queue.media.text.subtitles import read_subtitles
from video_queue.media.thumbnails import thumbnail
from video_queue.media.whole_file import missing_part
from video_queue.system.processes.confinement import readable_places

MEMORY = 6 * 2**30  # of addresses: threads reserve much that they never use
SECONDS = 120  # of one core


def readers(cache: Path) -> dict[str, Callable[[Path], Any]]:
    """What looks at a file before any phase does."""
    return {
        "probe": partial(probe, count_frames=True),
        "to its end": read_to_end,
        "thumbnail": lambda path: thumbnail(path, cache),
        "texts": lambda path: read_texts(embedded_texts(path)),
        "captions": read_subtitles,
        "missing part": missing_part,
        "ending": lambda path: undecodable_part(path, "video"),
    }


def read(path: Path, reader: Callable[[Path], Any]) -> str:
    """`read`, or the code of the refusal; whatever else is raised ends the process."""
    try:
        reader(path)
    except VqError as error:
        return str(error.code)
    return "read"


def run_phase(uses: str, values: dict[str, Any], work: Path) -> None:
    """A phase as the worker runs it, ffmpeg confined to what the values name."""
    record = RunRecord()
    run = PhaseRun(
        prompt_id=1, job_id=1, attempt=1, phase_name="phase", work_dir=Path(tempfile.mkdtemp(dir=work)), threads=1,
        report=record.report, log=record.log.append, children=record.children, ffmpeg=locate(), stall_seconds=20,
        readable=(str(work), *readable_places(values)),
    )  # fmt: skip
    asyncio.run(DRIVERS[uses](PHASES[uses].params.model_validate(values), run))


def main(folder: Path, *, with_ffmpeg: bool) -> None:
    """Read every file of the folder, and print the counts as JSON."""
    if not with_ffmpeg:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        ways = readers(work / "cache")
        if with_ffmpeg:
            clip = str(folder / "clip.mp4")
            ways = {
                "convert": lambda path: run_phase("media.convert", {"source": str(path)}, work),
                "captions": lambda path: run_phase(
                    "media.captions", {"source": clip, "subtitles": str(path)}, work
                ),
                "frames": lambda path: run_phase("media.extract_frames", {"source": str(path)}, work),
            }
        for path in sorted(folder.iterdir()):
            for name, reader in ways.items():
                counts[f"{name}: {read(path, reader)}"] += 1
    json.dump(counts, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), with_ffmpeg="--ffmpeg" in sys.argv)
