"""Adding, changing and removing watches, and asking about files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.services.watch.watched import Watched
from video_queue.domain.errors import VqError
from video_queue.domain.hours import in_hours
from video_queue.domain.submission import Submission
from video_queue.domain.watches import FileState, Watch, WatchChanges


def edit(watched: Watched, changes: WatchChanges) -> Watch:
    return watched.ask(lambda services: services.watches.edit(1, changes))


def test_the_jobs_of_a_watch_share_a_folder_named_after_the_watched_one(watched: Watched) -> None:
    watch = watched.add()
    assert watch.submission["output_dir"] == str(watched.settings.output_root / "tiny" / "drop")
    assert (watch.settle_seconds, watch.counts["taken"]) == (3.0, 0)


def test_what_is_changed_concerns_files_that_wait(watched: Watched, clip: Path) -> None:
    watched.add(hours="00:00-00:01" if not _is_midnight(watched) else "12:00-12:01")
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    quiet = watched.scan(after=5)
    assert (quiet.state, watched.why("a.mp4").rule) == ("quiet", "hours")
    changed = edit(watched, WatchChanges(hours=None, submission=Submission(workflow="tiny", priority=7)))
    assert (changed.hours, changed.submission["priority"]) == (None, 7)
    watched.scan(after=1)
    assert [job.priority for job in watched.jobs()] == [7]


def _is_midnight(watched: Watched) -> bool:
    return in_hours("23:50-00:10", watched.clock.now())


def test_names_are_judged_again_after_a_change_of_include_exclude_and_recursive(
    watched: Watched, clip: Path
) -> None:
    watched.add(recursive=True, hours="12:00-12:01" if _is_midnight(watched) else "00:00-00:01")
    (watched.folder / "sub").mkdir()
    for name in ("a.mp4", "b.mp4", "sub/c.mp4"):
        shutil.copy(clip, watched.folder / name)
    watched.scan()
    edit(watched, WatchChanges(hours=None, exclude=["a*"], recursive=False))
    watched.scan(after=5)
    assert watched.inputs() == [["b.mp4"]]
    files = watched.files()
    assert {name: (file.state, file.rule) for name, file in files.items()} == {
        "a.mp4": ("ignored", "pattern"),
        "b.mp4": ("taken", "taken"),
        "sub/c.mp4": ("ignored", "deep"),
    }
    assert watched.ask(lambda services: services.watches.scanner.scan(1)).due is None
    edit(watched, WatchChanges(include=["a*", "c*"], exclude=[], recursive=True))
    watched.scan()
    assert sorted(watched.inputs()) == [["a.mp4"], ["b.mp4"], ["c.mp4"]]
    make_clip(watched.folder / "b.mp4", frames=6)
    watched.scan()
    watched.scan(after=5)
    assert watched.why("b.mp4").rule == "pattern", "what became a job is not followed under a name left out"
    assert len(watched.jobs()) == 3


def test_a_change_that_makes_no_sense_is_refused_and_changes_nothing(watched: Watched) -> None:
    before = watched.add()
    for changes in (
        WatchChanges(submission=Submission(workflow="nosuch")),
        WatchChanges(submission=Submission(workflow="tiny", output_dir=str(watched.folder / "out"))),
        WatchChanges(submission=Submission(workflow="tiny", glob="*")),
    ):
        with pytest.raises(VqError):
            edit(watched, changes)
    assert watched.ask(lambda services: services.watches.get(1)) == before


def test_a_removed_watch_leaves_jobs_and_files_and_may_be_added_again(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    watched.ask(lambda services: services.watches.remove(1))
    assert len(watched.jobs()) == 1
    assert (watched.folder / "a.mp4").exists()
    assert watched.add(existing="skip").id == 2
    with pytest.raises(VqError):
        watched.ask(lambda services: services.watches.remove(1))


def test_files_are_given_by_pages(watched: Watched, clip: Path) -> None:
    watched.add()
    for number in range(5):
        shutil.copy(clip, watched.folder / f"{number}.mp4")
    watched.scan()
    first = watched.ask(lambda services: services.watches.files(1, limit=3))
    assert [file.path for file in first.items] == ["0.mp4", "1.mp4", "2.mp4"]
    rest = watched.ask(lambda services: services.watches.files(1, cursor=first.next_cursor, limit=3))
    assert ([file.path for file in rest.items], rest.next_cursor) == (["3.mp4", "4.mp4"], None)
    assert watched.ask(lambda services: services.watches.files(1, state="taken")).items == []


def test_a_restart_forgets_nothing_of_what_waits(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.restart()
    watched.scan(after=5)
    assert watched.files()["a.mp4"].state is FileState.TAKEN
