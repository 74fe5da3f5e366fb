"""Each attempt has folders of its own: what still runs of an older one never touches what is published."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from tests.media_clips import codes_of, make_clip
from tests.worker.conftest import Queue
from tests.worker.gated_ffmpeg import needs_scripts
from tests.worker.rendering.conftest import until
from tests.worker.waiting import until as until_event
from tests.worker.workflows import ROUND_TRIP
from video_queue.domain.states import PromptState
from video_queue.domain.views import Job
from video_queue.media.ffmpeg_binary import locate
from video_queue.wiring import Services
from video_queue.worker.execution.phase_folders import path_in_phase, remove_earlier, take_earlier

# The first time it waits until it is ended; the second time it works, and then finishes what the first time began.
LATE = """#!{python}
import os, shutil, subprocess, sys, time
if "-progress" not in sys.argv or "libx264" not in sys.argv:
    os.execv({real!r}, ["ffmpeg", *sys.argv[1:]])
first = {first!r}
if not os.path.exists(first):
    with open(first + ".part", "w") as file:
        file.write(sys.argv[-1])
    os.rename(first + ".part", first)
    time.sleep(600)
status = subprocess.call([{real!r}, *sys.argv[1:]])
with open(first) as file:
    output = file.read().removeprefix("file:")
os.makedirs(os.path.dirname(output), exist_ok=True)
shutil.copy({late!r}, output)
sys.exit(status)
"""


@needs_scripts
def test_what_an_older_attempt_finishes_late_is_not_what_is_published(tmp_path: Path) -> None:
    clip, late = make_clip(tmp_path / "clip.mp4", 6), make_clip(tmp_path / "late.mp4", 4)
    first, ffmpeg = tmp_path / "first", tmp_path / "late-ffmpeg"
    places = {"python": sys.executable, "real": str(locate()), "first": str(first), "late": str(late)}
    ffmpeg.write_text(LATE.format(**places))
    ffmpeg.chmod(ffmpeg.stat().st_mode | stat.S_IXUSR)
    queue = Queue(tmp_path / "home", ffmpeg=str(ffmpeg))
    queue.workflow("round-trip", ROUND_TRIP)

    async def pause(services: Services, jobs: list[Job]) -> None:
        await until(first.exists)
        await services.queue.pause("now")

        async def put_back(_event: str | None) -> bool:
            return (await services.lookup.job(jobs[0].id)).counts.queued == 1

        await until_event(services, put_back)
        await services.queue.resume()

    (job,) = queue.work({"workflow": "round-trip", "inputs": [str(clip)]}, during=pause)
    (prompt,) = queue.prompts(job.id)
    assert prompt.state is PromptState.SUCCEEDED
    assert Path(first.read_text().removeprefix("file:")).exists()  # the late one did finish
    assert codes_of(Path(prompt.artifacts[0].path)) == list(range(6))


def test_a_resumed_phase_finds_what_earlier_attempts_finished(tmp_path: Path) -> None:
    """Also in a folder of a home of before, which is named without the attempt."""
    old, second, third = (tmp_path / f"00-frames{attempt}" for attempt in ("", ".a2", ".a3"))
    for folder, number in [(old, 1), (second, 2)]:
        (folder / "key/frames").mkdir(parents=True)
        (folder / f"key/frames/{number}.png").write_text(str(number))
    (second / "other-key").mkdir()
    kept = take_earlier(third, third, "key")
    assert [path.read_text() for path in sorted(kept.rglob("*.png"))] == ["1", "2"]
    assert list(tmp_path.iterdir()) == [third]


def test_of_the_files_that_may_still_be_written_a_copy_is_taken(tmp_path: Path) -> None:
    first, second = tmp_path / "00-frames.a1", tmp_path / "00-frames.a2"
    (first / "key").mkdir(parents=True)
    with (first / "key/last.png").open("w") as writer:
        writer.write("whole")
        writer.flush()
        kept = take_earlier(second, second, "key")
        writer.write(" and more")
    assert (kept / "last.png").read_text() == "whole"


def test_an_item_that_is_made_again_leaves_the_finished_ones_of_earlier_attempts(tmp_path: Path) -> None:
    first, second = tmp_path / "01-turned.a1", tmp_path / "01-turned.a2"
    for item in ("000001", "000002"):
        (first / item).mkdir(parents=True)
    remove_earlier(second / "000002", second)
    assert [path.name for path in first.iterdir()] == ["000001"]


def test_an_attempt_that_is_over_removes_nothing_of_the_next_one(tmp_path: Path) -> None:
    first, second = tmp_path / "01-turned.a9", tmp_path / "01-turned.a10"
    (second / "000002/key").mkdir(parents=True)
    remove_earlier(first / "000002", first)
    take_earlier(first / "000002", first, "key")
    assert (second / "000002/key").is_dir()


def test_a_file_of_any_attempt_is_its_phase_s(tmp_path: Path) -> None:
    for name in ("00-frames", "00-frames.a1", "00-frames.a12"):
        assert path_in_phase(tmp_path / name / "x/1.png", tmp_path, 0) == Path("x/1.png")
    assert path_in_phase(tmp_path / "01-frames.a1/1.png", tmp_path, 0) is None
    assert path_in_phase(tmp_path.parent / "00-frames/1.png", tmp_path, 0) is None
