"""The disk of the database, of the working files or of the outputs fills up at many moments, and has room again.

    python -m tests.crash.disk_full --points 50

is the long run; `test_disk_full.py` is its short form. At each point two clips are converted, and after so many
commits no more than so many bytes are left. The queue must say so, wait, go on by itself and lose nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.figure import print_figure
from tests.crash.invariants import problems_when_done
from tests.crash.lives import COPY
from tests.media_clips import make_clip
from tests.ram_disk import RamDisk
from tests.worker.conftest import Queue
from video_queue.domain.states import FINISHED_JOB
from video_queue.domain.views import Job
from video_queue.services.clock import Clock
from video_queue.wiring import Services

TARGETS = ("database", "work", "output")
_LEFT = (0, 12_288, 4096)
_AT_ONCE = 10
_CLIPS = 2


@dataclass(frozen=True, slots=True)
class Point:
    """The disk with `target` has only `left` bytes from the worker's `commit`-th commit on."""

    target: str
    commit: int
    left: int


@dataclass(slots=True)
class Report:
    """What was seen at one point: whether it was said that the disk is full, and every broken promise."""

    point: Point
    said: bool = False
    problems: list[str] = field(default_factory=list)


def points(count: int) -> list[Point]:
    """So many points, for each disk in turn, from the first commit on."""
    return [
        Point(TARGETS[number % 3], 1 + number // 3, _LEFT[(number // 3) % len(_LEFT)])
        for number in range(count)
    ]


class PatientClock(Clock):
    """The real clock, put forward by hand: nobody waits for pauses that only spare the disk."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """As the real clock, put forward."""
        return super().now() + self.ahead


def run_point(folder: Path, point: Point) -> Report:
    """Convert two clips in `folder` while the disk fills up and has room again."""
    report, clock, disk = Report(point), PatientClock(), RamDisk(folder / "disk", megabytes=16)
    try:
        places = {name: folder / name for name in TARGETS} | {point.target: disk.folder / point.target}
        for place in places.values():  # a named folder that is not there is a drive that is away
            place.mkdir()
        queue = Queue(places["database"], work_root=str(places["work"]), output_root=str(places["output"]))
        queue.workflow("copy", COPY)
        clips = [str(make_clip(folder / f"{name}.mp4", frames=8)) for name in range(_CLIPS)]
        during = partial(_fill_and_free, report, disk, clock)
        [job] = queue.work({"workflow": "copy", "inputs": clips}, during=during, clock=clock)
        report.problems += problems_when_done(queue.settings)
        tries = [prompt.attempt for prompt in queue.prompts(job.id)]
        if tries != [1] * _CLIPS:
            report.problems.append(f"attempts were used up: {tries}")
    finally:
        disk.unmount()
    return report


async def _fill_and_free(
    report: Report, disk: RamDisk, clock: PatientClock, services: Services, jobs: list[Job]
) -> None:
    commits = 0

    def on_commit(_: object) -> None:
        nonlocal commits
        commits += 1
        if commits == report.point.commit:
            disk.fill(left=report.point.left)

    end = services.db.subscribe(on_commit)
    try:
        while not report.said and (await services.lookup.job(jobs[0].id)).state not in FINISHED_JOB:
            report.said = await _says_full(services, jobs[0].id)
            await asyncio.sleep(0.02)
    finally:
        end()
    disk.free()
    clock.ahead += 60


async def _says_full(services: Services, job_id: int) -> bool:
    """Whether the queue, a lane or a prompt gives a full disk as the reason why nothing goes on."""
    view = await services.queue.view()
    prompts = (await services.lookup.prompts(job_id)).items
    waiting = [prompt.waiting_for.reason for prompt in prompts if prompt.waiting_for]
    return "disk_full" in {view.reason, *(lane.reason for lane in view.lanes), *waiting}


def run_points(folder: Path, several: Sequence[Point]) -> list[Report]:
    """Each point on a home and a disk of its own, several at once: most of the time they wait."""

    def run(numbered: tuple[int, Point]) -> Report:
        place = folder / f"{numbered[0]:03d}"
        place.mkdir()
        return run_point(place, numbered[1])

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(run, enumerate(several)))


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--points", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vq-full-") as folder:
        reports = run_points(Path(folder), points(options.points))
    said = Counter(report.point.target for report in reports if report.said)
    print(f"{len(reports)} points; it was said that the disk is full: {dict(said)}")
    print(f"{sum(bool(report.problems) for report in reports)} points with broken promises")
    for report in reports:
        for line in report.problems:
            print(report.point, line)
    print_figure("disk_full", sum(len(report.problems) for report in reports))
    sys.exit(any(report.problems for report in reports))


if __name__ == "__main__":
    main()
