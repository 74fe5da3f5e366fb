"""Files that are finished with are moved away, whole, with their settings, and never onto another file."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.other_disk import other_disk
from video_queue.services.watch.moving import move_away


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """An empty folder on another file system than the test's."""
    place = other_disk(tmp_path)
    if place is None:
        pytest.skip("this machine has no second file system to write to")
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


def test_a_file_takes_its_settings_along(tmp_path: Path) -> None:
    source = tmp_path / "a.mp4"
    source.write_bytes(b"clip")
    (tmp_path / "a.mp4.vq.yaml").write_text("priority: 1")
    moved = move_away(source, tmp_path / "_done" / "sub" / "a.mp4")
    assert moved.read_bytes() == b"clip"
    assert (moved.parent / "a.mp4.vq.yaml").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["_done"]


def test_a_name_that_is_taken_stays_as_it_is(tmp_path: Path) -> None:
    for name in ("a.mp4", "done/a.mp4", "done/a_2.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert move_away(tmp_path / "a.mp4", tmp_path / "done" / "a.mp4") == tmp_path / "done" / "a_3.mp4"
    assert (tmp_path / "done" / "a.mp4").read_text() == "done/a.mp4"


def test_a_folder_is_moved_whole(tmp_path: Path) -> None:
    (tmp_path / "shoot").mkdir()
    (tmp_path / "shoot" / "a.mp4").write_text("x")
    moved = move_away(tmp_path / "shoot", tmp_path / "_done" / "shoot")
    assert (moved / "a.mp4").read_text() == "x"


def test_a_folder_is_moved_whole_to_another_disk_also_after_it_was_cut_short(
    tmp_path: Path, elsewhere: Path
) -> None:
    for cut_short in (False, True):
        source, target = tmp_path / "shoot", elsewhere / f"shoot_{cut_short}"
        (source / "deep").mkdir(parents=True)
        for name in ("a.mp4", "deep/b.mp4"):
            (source / name).write_text(name)
        if cut_short:
            shutil.copytree(source, target)
            (source / "a.mp4").unlink()
            (source / "came.mp4").write_text("meanwhile")
        assert move_away(source, target) == target
        assert [(target / name).read_text() for name in ("a.mp4", "deep/b.mp4")] == [
            "a.mp4",
            "deep/b.mp4",
        ]
        assert [path.name for path in tmp_path.rglob("*")] == (["shoot", "came.mp4"] if cut_short else [])
    assert sorted(path.name for path in elsewhere.iterdir()) == ["shoot_False", "shoot_True"]


def test_a_file_is_moved_to_another_disk(tmp_path: Path, elsewhere: Path) -> None:
    source = tmp_path / "a.mp4"
    source.write_bytes(b"clip")
    os.utime(source, (1000, 1000))
    moved = move_away(source, elsewhere / "a.mp4")
    assert (moved.read_bytes(), moved.stat().st_mtime) == (b"clip", 1000)
    assert [path.name for path in elsewhere.iterdir()] == ["a.mp4"]
    assert not source.exists()
