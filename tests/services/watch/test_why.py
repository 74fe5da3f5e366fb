"""Why a file that no scan put down is not considered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.services.watch.watched import Watched
from video_queue.domain.watches import FileState


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("sub/a.mp4", "deep"),
        (".cache/a.mp4", "hidden"),
        ("_done/a.mp4", "moved"),
        ("a.txt", "kind"),
        ("old_a.mp4", "pattern"),
        ("a.mp4", "ready"),
        ("missing.mp4", "gone"),
    ],
)
def test_the_rule_is_named(watched: Watched, clip: Path, name: str, rule: str) -> None:
    watched.add(exclude=["old_*"])
    if rule != "gone":
        (watched.folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(clip, watched.folder / name)
    why = watched.why(name)
    assert (why.watch, why.rule) == (1, rule)
    assert why.change


def test_a_file_in_no_watched_folder_is_said_to_be_so(watched: Watched) -> None:
    why = watched.why("../other/a.mp4")
    assert (why.watch, why.state, why.rule) == (None, None, "unwatched")


def test_a_file_of_a_folder_that_is_away_waits_for_it(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.folder.rename(watched.folder.parent / "unplugged")
    watched.scan(after=5)
    assert watched.why("a.mp4").rule == "away"


def test_a_renamed_file_says_so_under_its_new_name(watched: Watched, clip: Path) -> None:
    watched.add()
    shutil.copy(clip, watched.folder / "a.mp4")
    watched.scan()
    watched.scan(after=5)
    (watched.folder / "a.mp4").rename(watched.folder / "b.mp4")
    watched.scan()
    why = watched.why("b.mp4")
    assert (why.rule, why.job_id, why.reason) == ("renamed", 1, "it was a.mp4")
    assert why.change


def test_a_broken_workflow_file_is_the_answer_for_files_that_wait_for_it(
    watched: Watched, clip: Path
) -> None:
    watched.add()
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(clip, watched.folder / name)
        watched.scan()
        watched.scan(after=5)
    (watched.folder / "c.mp4").write_bytes(b"x")
    watched.scan()
    shutil.copy(clip, watched.folder / "d.mp4")
    (watched.settings.workflows_dir / "tiny.yaml").write_text("phases: 3\n")
    watched.scan(after=5)
    assert watched.why("a.mp4").rule == "taken"
    for name in ("c.mp4", "d.mp4"):
        why = watched.why(name)
        assert (why.rule, why.state) == ("failing", FileState.WAITING)
        assert "tiny" in why.reason


def test_one_picture_of_a_run_and_one_file_of_a_folder_have_the_answer_of_the_whole(
    watched: Watched, clip: Path
) -> None:
    watched.add(unit="sequence", submission={"workflow": "run"}, recursive=True, settle_seconds=1)
    (watched.folder / "shot").mkdir()
    for name in ("f_0009.png", "f_0010.png", "g_1.png", "g_2.png"):
        (watched.folder / "shot" / name).write_bytes(b"x")
    watched.scan()
    for name in ("f_0009.png", "f_0010.png", "f_####.png"):
        assert (watched.why(f"shot/{name}").rule, watched.why(f"shot/{name}").state) == ("new", "waiting")
    watched.ask(lambda services: services.watches.remove(1))
    watched.add(unit="folder")
    watched.scan(watch=2)
    shutil.copy(clip, watched.folder / "shot" / "a.mp4")
    watched.scan(watch=2)
    assert watched.why("shot/a.mp4").rule == "new"
