"""What an artist sees of a watched folder: which files become jobs, when, and what happens to them afterwards."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from tests.media_clips import make_clip, make_junk
from tests.services.watch.watched import Watched
from video_queue.domain.report import headline
from video_queue.domain.watches import FileState, WatchState


def test_a_file_is_taken_once_it_has_kept_its_size_and_time(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    assert watched.scan().counts["waiting"] == 1
    assert watched.jobs() == []
    assert watched.scan(after=2).counts["taken"] == 0
    assert watched.scan(after=2).counts["taken"] == 1
    assert watched.inputs() == [["a.mp4"]]
    job = watched.jobs()[0]
    assert (job.submitted_by, job.workflow) == ("watch", "tiny")
    assert watched.files()["a.mp4"].job_id == job.id
    watched.scan(after=60)
    assert len(watched.jobs()) == 1


def test_a_file_that_grows_is_not_taken(watched: Watched, clip: Path) -> None:
    watched.add()
    content = clip.read_bytes()
    for part in range(1, 6):
        (watched.folder / "a.mp4").write_bytes(content[: len(content) * part // 5])
        watched.scan(after=2)
        assert watched.jobs() == []
        assert watched.files()["a.mp4"].rule in ("new", "changing")
    watched.scan(after=4)
    assert len(watched.jobs()) == 1


def test_a_file_that_is_open_for_writing_is_not_taken(watched: Watched, clip: Path) -> None:
    watched.add()
    with (watched.folder / "a.mp4").open("wb") as file:
        file.write(clip.read_bytes())
        file.flush()
        watched.scan()
        watched.scan(after=60)
        assert watched.files()["a.mp4"].rule == "open"
    watched.scan(after=60)
    assert len(watched.jobs()) == 1


def test_a_truncated_clip_waits_and_is_given_up_after_a_while_with_the_reason(
    watched: Watched, clip: Path
) -> None:
    watched.add()
    (watched.folder / "a.mp4").write_bytes(clip.read_bytes()[:3000])
    make_junk(watched.folder / "b.mp4")
    watched.scan()
    watched.scan(after=10)
    assert {file.rule for file in watched.files().values()} == {"unreadable"}
    assert watched.why("a.mp4").state is FileState.WAITING
    watched.scan(after=700)
    why = watched.why("a.mp4")
    assert why.state is FileState.FAILED
    assert "early" in why.reason or "index" in why.reason
    watched.scan(after=60)
    report = watched.ask(lambda services: services.reports.read(datetime(2000, 1, 1, tzinfo=UTC)))
    assert sorted((file.file, file.folder) for file in report.given_up) == [
        (name, str(watched.folder)) for name in ("a.mp4", "b.mp4")
    ]
    assert "2 files given up" in headline(report)
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=10)
    assert watched.inputs() == [["a.mp4"]]


def test_names_that_are_not_meant_are_left_alone_and_why_says_so(watched: Watched, clip: Path) -> None:
    watched.add()
    names = {
        ".hidden.mp4": "hidden", "a.mp4.part": "temporary", "b.mp4.crdownload": "temporary", "c.mp4~": "temporary",
        "~syncthing~d.mp4.tmp": "temporary", ".syncthing.d.mp4.tmp": "hidden", ".e.mp4.Ab3x9Z": "hidden",
        "notes.txt": "kind", "clip.mp4.vq.json": "temporary",
    }  # fmt: skip
    for name in names:
        shutil.copy(clip, watched.folder / name)
    (watched.folder / "empty.mp4").touch()
    watched.scan()
    watched.scan(after=10)
    assert watched.files() == {}
    assert {name: watched.why(name).rule for name in names} == names
    assert watched.why("empty.mp4").rule == "empty"
    assert watched.why("nothing.mp4").rule == "gone"
    assert all(watched.why(name).change for name in names)


def test_what_lay_there_before_is_skipped_on_request_and_taken_after_a_change(
    watched: Watched, clip: Path
) -> None:
    shutil.copy(clip, watched.folder / "old.mp4")
    watched.add(existing="skip")
    watched.scan()
    shutil.copy(clip, watched.folder / "new.mp4")
    watched.scan()
    watched.scan(after=5)
    assert watched.inputs() == [["new.mp4"]]
    assert watched.why("old.mp4").rule == "existing"
    make_clip(watched.folder / "old.mp4", frames=6)
    watched.scan()
    watched.scan(after=5)
    assert watched.inputs() == [["new.mp4"], ["old.mp4"]]


def test_what_is_dropped_between_add_and_the_first_scan_is_taken_and_only_what_lay_there_is_skipped(
    watched: Watched, clip: Path
) -> None:
    shutil.copy(clip, watched.folder / "old.mp4")
    assert watched.add(existing="skip").counts["ignored"] == 1
    shutil.copy(clip, watched.folder / "new.mp4")
    watched.restart()
    watched.scan()
    watched.scan(after=5)
    assert watched.inputs() == [["new.mp4"]]
    assert watched.why("old.mp4").rule == "existing"


def test_a_file_replaced_before_its_job_began_is_bound_again(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    make_clip(watched.folder / "a.mp4", frames=9)
    watched.scan()
    rows = watched.ask(
        lambda services: services.db.read(lambda conn: list(conn.execute("SELECT not_before FROM job")))
    )
    assert rows[0]["not_before"] is not None, "the job waits while its file changes"
    watched.scan(after=5)
    rows = watched.ask(
        lambda services: services.db.read(lambda conn: list(conn.execute("SELECT not_before FROM job")))
    )
    assert rows[0]["not_before"] is None
    assert len(watched.jobs()) == 1
    assert watched.files()["a.mp4"].state is FileState.TAKEN


def test_a_file_replaced_after_its_job_began_makes_a_new_job(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    begin_all(watched)
    make_clip(watched.folder / "a.mp4", frames=9)
    watched.scan()
    watched.scan(after=5)
    assert watched.inputs() == [["a.mp4"], ["a.mp4"]]
    assert watched.files()["a.mp4"].job_id == 2


def test_a_file_that_is_only_touched_makes_no_new_job(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    begin_all(watched)
    os.utime(watched.folder / "a.mp4", (1, 1))
    watched.scan()
    watched.scan(after=5)
    assert len(watched.jobs()) == 1
    assert watched.files()["a.mp4"].state is FileState.TAKEN


def test_a_renamed_file_makes_no_second_job_and_is_read_under_its_new_name(
    watched: Watched, clip: Path
) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    (watched.folder / "a.mp4").rename(watched.folder / "b.mp4")
    watched.scan()
    watched.scan(after=5)
    assert watched.inputs() == [["b.mp4"]]
    assert set(watched.files()) == {"b.mp4"}
    prompts = watched.ask(lambda services: services.lookup.prompts(1)).items
    assert prompts[0].input == str(watched.folder / "b.mp4")


def test_a_copy_under_another_name_makes_a_new_job(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy2(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    shutil.copy2(watched.folder / "a.mp4", watched.folder / "b.mp4")
    watched.scan()
    watched.scan(after=5)
    assert sorted(watched.inputs()) == [["a.mp4"], ["b.mp4"]]


def test_a_file_that_is_gone_before_its_job_ran_is_named_by_the_job(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy2(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    kept = (watched.folder / "a.mp4").rename(watched.folder.parent / "kept.mp4")
    watched.scan()
    assert watched.files()["a.mp4"].state is FileState.GONE
    prompts = watched.ask(lambda services: services.lookup.prompts(1)).items
    assert "a.mp4" in str(prompts[0].message)
    kept.rename(watched.folder / "a.mp4")
    watched.scan(after=5)
    watched.scan(after=5)
    assert watched.files()["a.mp4"].state is FileState.TAKEN
    assert len(watched.jobs()) == 1
    prompts = watched.ask(lambda services: services.lookup.prompts(1)).items
    assert prompts[0].message is None


def test_a_folder_that_is_away_and_comes_back_loses_and_doubles_nothing(watched: Watched, clip: Path) -> None:
    watched.add()
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(clip, watched.folder / name)
    watched.scan()
    watched.scan(after=5)
    watched.folder.rename(watched.folder.parent / "unplugged")
    away = watched.scan(after=60)
    assert (away.state, away.counts["taken"]) == (WatchState.AWAY, 2)
    assert away.reason
    (watched.folder.parent / "unplugged").rename(watched.folder)
    shutil.copy(clip, watched.folder / "c.mp4")
    assert watched.scan().state is WatchState.WATCHING
    watched.scan(after=5)
    assert sorted(watched.inputs()) == [["a.mp4"], ["b.mp4"], ["c.mp4"]]


def test_sub_folders_are_mirrored_below_the_output_folder(
    watched: Watched, clip: Path, tmp_path: Path
) -> None:
    watched.add(recursive=True, submission={"output_dir": str(tmp_path / "out")})
    (watched.folder / "day" / "one").mkdir(parents=True)
    shutil.copy(clip, watched.folder / "day" / "one" / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    assert watched.jobs()[0].output_dir == str(tmp_path / "out" / "day" / "one")


def test_files_of_settings_win_over_the_watch_and_a_broken_one_holds_its_file_back(
    watched: Watched, clip: Path
) -> None:
    watched.add(recursive=True, submission={"params": {"text": "watch"}, "priority": 1})
    (watched.folder / "sub").mkdir()
    for name in ("a.mp4", "sub/b.mp4", "sub/c.mp4", "sub/d.mp4"):
        shutil.copy(clip, watched.folder / name)
    (watched.folder / "sub" / "_vq.yaml").write_text("params: {text: folder}\npriority: 2\n")
    (watched.folder / "sub" / "c.mp4.vq.yaml").write_text("params: {text: file}\n")
    (watched.folder / "sub" / "d.mp4.vq.yaml").write_text("priorty: 3\n")
    watched.scan()
    watched.scan(after=5)
    assert watched.why("sub/d.mp4").rule == "sidecar"
    assert "did you mean priority" in watched.why("sub/d.mp4").reason
    jobs = {job.submission["inputs"][0].rpartition("/")[2]: job for job in watched.jobs()}
    assert {name: (job.submission["params"]["text"], job.priority) for name, job in jobs.items()} == {
        "a.mp4": ("watch", 1), "b.mp4": ("folder", 2), "c.mp4": ("file", 2),
    }  # fmt: skip
    (watched.folder / "sub" / "d.mp4.vq.yaml").write_text("priority: 3\n")
    watched.scan(after=20)
    assert len(watched.jobs()) == 4


def test_no_more_than_max_new_are_taken_in_a_minute_and_the_others_say_why(
    watched: Watched, clip: Path
) -> None:
    watched.add(max_new=2)
    for number in range(5):
        shutil.copy(clip, watched.folder / f"{number}.mp4")
    watched.scan()
    watched.scan(after=5)
    assert len(watched.jobs()) == 2
    assert [file.rule for file in watched.files().values()].count("max_new") == 3
    watched.scan(after=10)
    assert len(watched.jobs()) == 2
    watched.scan(after=60)
    watched.scan(after=60)
    assert len(watched.jobs()) == 5


def test_files_that_wait_for_their_minute_are_written_once_and_each_knows_its_turn(
    watched: Watched, clip: Path
) -> None:
    watched.add(max_new=2)
    for number in range(6):
        shutil.copy(clip, watched.folder / f"{number}.mp4")
    watched.scan()
    watched.scan(after=5)
    assert len(watched.jobs()) == 2
    turns = [str(file.next)[:16] for file in watched.files().values() if file.rule == "max_new"]
    assert [turns.count(minute) for minute in sorted(set(turns))] == [2, 2]
    revision = _revision(watched)
    for _ in range(5):
        watched.scan(after=5)
    assert _revision(watched) == revision
    for taken in (4, 6):
        watched.scan(after=60)
        assert len(watched.jobs()) == taken


def test_files_that_are_done_and_moved_away_within_the_minute_count_too(watched: Watched, clip: Path) -> None:
    watched.add(max_new=1, after="move")
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(clip, watched.folder / name)
    watched.scan()
    watched.scan(after=5)
    watched.end(1, "succeeded")
    watched.scan()
    assert (watched.folder / "_done" / "a.mp4").exists()
    shutil.copy(clip, watched.folder / "c.mp4")
    watched.scan()
    watched.scan(after=20)
    assert len(watched.jobs()) == 1
    watched.scan(after=60)
    assert len(watched.jobs()) == 2


def _revision(watched: Watched) -> int:
    """It grows with each row of the ledger that is written."""
    sql = "SELECT revision FROM watch"
    return int(watched.ask(lambda services: services.db.read(lambda conn: conn.execute(sql).fetchone()[0])))


def test_a_numbered_run_of_pictures_is_one_job(watched: Watched) -> None:
    from PIL import Image

    watched.add(unit="sequence", submission={"workflow": "run"}, recursive=True)
    (watched.folder / "shot").mkdir()
    for number in range(1, 6):
        Image.new("RGB", (32, 32), (number, 0, 0)).save(watched.folder / "shot" / f"f_{number:04d}.png")
    watched.scan()
    watched.scan(after=30)
    assert watched.jobs() == []
    watched.scan(after=40)
    assert len(watched.jobs()) == 1
    assert list(watched.files()) == ["shot/f_####.png"]


def test_a_first_level_folder_is_one_job(watched: Watched, clip: Path) -> None:
    watched.add(unit="folder")
    (watched.folder / "shoot").mkdir()
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(clip, watched.folder / "shoot" / name)
    watched.scan()
    watched.scan(after=5)
    jobs = watched.jobs()
    assert [job.counts.queued for job in jobs] == [2]
    assert list(watched.files()) == ["shoot"]


def test_a_workflow_that_breaks_stops_the_watch_with_the_reason_and_nothing_is_lost(
    watched: Watched, clip: Path
) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    path = watched.settings.workflows_dir / "tiny.yaml"
    text = path.read_text()
    path.write_text("phases: 3\n")
    watched.scan()
    broken = watched.scan(after=5)
    assert broken.state is WatchState.FAILING
    assert "tiny" in str(broken.reason)
    path.write_text(text)
    watched.scan(after=5)
    assert watched.scan(after=5).state is WatchState.WATCHING
    assert len(watched.jobs()) == 1


def test_a_paused_watch_takes_nothing_and_what_came_meanwhile_is_taken_afterwards(
    watched: Watched, clip: Path
) -> None:
    watched.add()
    assert watched.act("pause").state is WatchState.PAUSED
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    assert watched.jobs() == []
    assert watched.why("a.mp4").rule == "paused"
    watched.act("resume")
    watched.scan()
    watched.scan(after=5)
    assert len(watched.jobs()) == 1


def begin_all(watched: Watched) -> None:
    """As if every prompt had begun."""
    watched.ask(
        lambda services: services.db.transact(
            lambda conn: conn.execute("UPDATE prompt SET attempt = 1, started_at = 'now', state = 'running'")
        )
    )
