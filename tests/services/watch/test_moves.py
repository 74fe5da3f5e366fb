"""What becomes of files whose jobs are finished, with `after: move`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.ram_disk import RamDisk
from tests.services.watch.watched import Watched
from video_queue.db.connection import Connection
from video_queue.domain.watches import WatchState


def test_finished_files_are_moved_away_and_never_onto_another(watched: Watched, clip: Path) -> None:
    watched.add(after="move", recursive=True)
    (watched.folder / "sub").mkdir()
    for name in ("good.mp4", "sub/bad.mp4"):
        shutil.copy(clip, watched.folder / name)
    (watched.folder / "_done").mkdir()
    (watched.folder / "_done" / "good.mp4").write_text("another")
    watched.scan()
    watched.scan(after=5)
    by_name = {job.submission["inputs"][0].rpartition("/")[2]: job.id for job in watched.jobs()}
    watched.end(by_name["good.mp4"], "succeeded")
    watched.end(by_name["bad.mp4"], "failed")
    watched.scan()
    assert (watched.folder / "_done" / "good.mp4").read_text() == "another"
    assert (watched.folder / "_done" / "good_2.mp4").read_bytes() == clip.read_bytes()
    assert (watched.folder / "_failed" / "sub" / "bad.mp4").exists()
    assert not (watched.folder / "good.mp4").exists()
    assert watched.why("good.mp4").rule == "moved"
    shutil.copy(clip, watched.folder / "good.mp4")
    watched.scan(after=5)
    assert watched.scan(after=5).totals.model_dump() == {"waiting": 0, "working": 1, "done": 1, "failed": 1}
    assert len(watched.jobs()) == 3


def test_a_run_that_is_done_is_moved_and_a_clip_that_was_given_up_lies_with_the_failed(
    watched: Watched, clip: Path
) -> None:
    watched.add(unit="sequence", submission={"workflow": "run"}, after="move", settle_seconds=1)
    for number in range(3):
        Image.new("RGB", (16, 16)).save(watched.folder / f"f_{number}.png")
    watched.scan()
    watched.scan(after=2)
    watched.end(1, "succeeded")
    watched.scan()
    assert sorted(path.name for path in (watched.folder / "_done").iterdir()) == [
        "f_0.png",
        "f_1.png",
        "f_2.png",
    ]
    watched.ask(lambda services: services.watches.remove(1))
    watched.add(after="move")
    (watched.folder / "cut.mp4").write_bytes(clip.read_bytes()[:3000])
    watched.scan(watch=2)
    watched.scan(after=700, watch=2)
    watched.scan(watch=2)
    assert (watched.folder / "_failed" / "cut.mp4").exists()
    assert watched.scan(watch=2).totals.failed == 1
    assert "cannot be read" in watched.why("cut.mp4").reason


def test_a_file_that_cannot_be_moved_stays_and_says_why(watched: Watched, clip: Path) -> None:
    watched.add(after="move")
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    watched.end(1, "succeeded")
    (watched.folder / "_done").write_text("a file where the folder should be")
    watched.scan()
    assert (watched.folder / "a.mp4").exists()
    assert "cannot be moved" in watched.why("a.mp4").reason
    (watched.folder / "_done").unlink()
    watched.scan()
    assert (watched.folder / "_done" / "a.mp4").exists()
    assert len(watched.jobs()) == 1


def test_files_that_were_moved_away_are_not_taken_again_however_their_folder_is_named(
    watched: Watched, clip: Path
) -> None:
    (watched.folder.parent / "link").symlink_to(watched.folder)
    targets = {"done_dir": "sub/../fin", "failed_dir": str(watched.folder.parent / "link" / "bad")}
    watch = watched.add(after="move", recursive=True, **targets)
    assert watch.done_dir == str(watched.folder / "fin")
    for number, state in enumerate(("succeeded", "failed"), 1):
        shutil.copy(clip, watched.folder / f"{number}.mp4")
        watched.scan()
        watched.scan(after=5)
        watched.end(number, state)
        watched.scan()
    watched.scan()
    watched.scan(after=5)
    assert (watched.folder / "fin" / "1.mp4").exists()
    assert (watched.folder / "bad" / "2.mp4").exists()
    assert watched.inputs() == [["1.mp4"], ["2.mp4"]]
    assert watched.why("bad/2.mp4").rule == "moved"


def test_a_link_that_leads_finished_files_back_stops_the_watch_and_says_why(
    watched: Watched, clip: Path
) -> None:
    watched.add(after="move", recursive=True)
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    (watched.folder / "_done").symlink_to(watched.folder)
    stopped = watched.scan(after=5)
    assert (stopped.state, watched.jobs()) == (WatchState.FAILING, [])
    assert "_done" in str(stopped.reason)


def a_run(folder: Path) -> list[str]:
    """Eight large pictures; only the first says how wide their numbers are."""
    names = [f"f_{number:04d}.png" for number in (1, *range(1001, 1008))]
    for name in names:
        Image.frombytes("RGB", (256, 256), os.urandom(256 * 256 * 3)).save(folder / name)
    return names


def test_a_run_that_is_half_moved_when_its_disk_is_full_makes_no_second_job_and_is_whole_in_the_end(
    watched: Watched, tmp_path: Path
) -> None:
    disk = RamDisk(tmp_path / "disk", megabytes=4)
    if not disk.is_real:
        pytest.skip("no disk can be mounted here")
    try:
        watched.add(
            unit="sequence",
            submission={"workflow": "run"},
            settle_seconds=1,
            after="move",
            done_dir=str(disk.folder),
        )
        names = a_run(watched.folder)
        watched.scan()
        watched.scan(after=2)
        watched.end(1, "succeeded")
        disk.fill()
        os.truncate(disk.folder / "filler", 3_500_000)
        watched.scan()
        moved = {path.name for path in disk.folder.glob("f_*")}
        assert 0 < len(moved) < 8
        assert "cannot be moved" in watched.why("f_####.png").reason
        watched.restart()
        (watched.folder / "f_2000.png").write_bytes(b"it came meanwhile")
        watched.scan(after=100)
        watched.scan(after=100)
        assert (list(watched.files()), len(watched.jobs())) == (["f_####.png"], 1)
        disk.free()
        watched.scan()
        assert sorted(path.name for path in disk.folder.iterdir()) == names
        assert [path.name for path in watched.folder.iterdir()] == ["f_2000.png"]
        assert watched.files()["f_####.png"].rule == "moved"
        job = watched.ask(lambda services: services.lookup.job(1))
        assert job.submission["inputs"] == [str(disk.folder / names[0])]
    finally:
        disk.unmount()


def test_a_run_whose_names_are_in_use_gets_a_folder_of_its_own(watched: Watched) -> None:
    watched.add(unit="sequence", submission={"workflow": "run"}, settle_seconds=1, after="move")
    for number in (1, 2):
        names = a_run(watched.folder)
        watched.scan()
        watched.scan(after=2)
        watched.end(number, "succeeded")
        watched.scan()
    for folder in ("_done", "_done/f_2"):
        assert sorted(path.name for path in (watched.folder / folder).glob("*.png")) == names


@pytest.mark.parametrize("unit", ["file", "folder"])
def test_a_failed_job_finds_its_moved_input_when_it_is_retried(
    watched: Watched, clip: Path, unit: str
) -> None:
    watched.add(unit=unit, after="move")
    (watched.folder / "sub").mkdir()
    name = "sub/a.mp4" if unit == "folder" else "a.mp4"
    shutil.copy(clip, watched.folder / name)
    watched.scan()
    watched.scan(after=5)
    fail_all(watched)
    watched.scan()
    moved = watched.folder / "_failed" / name
    assert moved.exists()
    answer = watched.ask(lambda services: services.many.act_on("retry", ids=["1"]))
    assert answer.refused == []
    prompts = watched.ask(lambda services: services.lookup.prompts(1)).items
    assert [(prompt.state, prompt.input) for prompt in prompts] == [("queued", str(moved))]
    job = watched.ask(lambda services: services.lookup.job(1))
    place = job.submission["inputs"][0] if unit == "file" else job.submission["input_dir"]
    assert Path(place).exists()
    watched.scan(after=5)
    assert len(watched.jobs()) == 1


def fail_all(watched: Watched) -> None:
    """As if every prompt had failed."""

    def fail(conn: Connection) -> None:
        conn.execute("UPDATE prompt SET state = 'failed', attempt = 1")
        conn.execute("UPDATE job SET state = 'failed', failed = 1, queued = 0")

    watched.ask(lambda services: services.db.transact(fail))


def test_a_move_that_was_cut_short_by_a_crash_is_finished_with_the_next_scan(
    watched: Watched, clip: Path
) -> None:
    watched.add(after="move")
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        shutil.copy(clip, watched.folder / name)
    watched.scan()
    watched.scan(after=5)
    done = watched.folder / "_done"
    done.mkdir()
    watched.ask(lambda services: services.db.transact(begin_moves, done))
    (watched.folder / "a.mp4").rename(done / "a.mp4")
    (done / "b.mp4").hardlink_to(watched.folder / "b.mp4")
    watched.restart()
    watched.scan()
    assert sorted(path.name for path in done.iterdir()) == ["a.mp4", "b.mp4", "c.mp4"]
    assert [path.name for path in watched.folder.iterdir()] == ["_done"]
    assert {file.rule for file in watched.files().values()} == {"moved"}
    jobs = [
        watched.ask(lambda services, number=job.id: services.lookup.job(number)) for job in watched.jobs()
    ]  # type: ignore[misc]
    inputs = {job.submission["inputs"][0] for job in jobs}
    assert inputs == {str(done / name) for name in ("a.mp4", "b.mp4", "c.mp4")}


def begin_moves(conn: Connection, done: Path) -> None:
    """As a scan writes it before it moves anything."""
    conn.execute(
        "UPDATE watch_file SET target = ? || '/' || path, reason = 'its job succeeded'", (str(done),)
    )
