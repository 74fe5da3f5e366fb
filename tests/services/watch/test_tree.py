"""Reading a watched folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from video_queue.domain.watches import WatchUnit
from video_queue.services.watch.tree import Tree, quick_hash, read_tree


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mp4", "sub/b.mp4", "sub/deep/c.mp4", ".hidden/d.mp4", "done/e.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * len(name))
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "broken.mp4").symlink_to(tmp_path / "nowhere")
    return tmp_path


def read(folder: Path, unit: WatchUnit = WatchUnit.FILE, *, recursive: bool = True, **options: Any) -> Tree:
    return read_tree(
        folder, unit, recursive=recursive, accepts=lambda path: path.endswith((".mp4", ".png")), **options
    )


def test_files_are_found_below_the_folder_without_empty_hidden_and_looping_ones(folder: Path) -> None:
    units = read(folder, leave_out=[folder / "done"]).units
    assert sorted(units) == ["a.mp4", "sub/b.mp4", "sub/deep/c.mp4"]
    assert list(read(folder, recursive=False).units) == ["a.mp4"]


def test_a_folder_that_is_left_out_is_not_entered_under_another_name_either(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    link = tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(folder)
    (folder / "sub" / "back").symlink_to(folder / "done")
    (folder / "done" / "deep").mkdir()
    (folder / "done" / "deep" / "f.mp4").write_bytes(b"x")
    (folder / "deeper").symlink_to(folder / "done" / "deep")
    units = read(folder, leave_out=[link / "done"]).units
    assert sorted(units) == ["a.mp4", "sub/b.mp4", "sub/deep/c.mp4"]


def test_a_first_level_folder_is_one_unit_with_all_its_bytes(folder: Path) -> None:
    units = {path: size for path, (size, _) in read(folder, WatchUnit.FOLDER, recursive=False).units.items()}
    assert units == {"sub": len("sub/b.mp4") + len("sub/deep/c.mp4"), "done": len("done/e.mp4")}


def test_a_run_of_pictures_is_one_unit(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"f_{number:03d}.png").write_bytes(b"x")
    (tmp_path / "single.png").write_bytes(b"x")
    units = read(tmp_path, WatchUnit.SEQUENCE).units
    assert [(path, size) for path, (size, _) in units.items()] == [("f_###.png", 3)]


def test_a_folder_where_a_file_was_known_is_entered(folder: Path) -> None:
    assert sorted(read(folder, known=["sub", "a.mp4"], leave_out=[folder / "done"]).units) == [
        "a.mp4",
        "sub/b.mp4",
        "sub/deep/c.mp4",
    ]
    assert sorted(read(folder, WatchUnit.FOLDER, known=["sub", "done"]).units) == ["done", "sub"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert list(read(tmp_path / "missing").unread) == [""]


def test_the_quick_hash_tells_contents_apart_and_not_names(tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in "abc")
    for path, end in ((first, b"1"), (second, b"1"), (third, b"2")):
        path.write_bytes(b"x" * 300_000 + end)
    assert quick_hash(first) == quick_hash(second) != quick_hash(third)
    assert quick_hash(tmp_path) != quick_hash(first)
