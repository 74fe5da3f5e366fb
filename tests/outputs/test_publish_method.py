"""Every form of publishing, forced: it gives the name, and never replaces anything."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from video_queue.outputs.publish_method import (
    PublishMethod,
    is_reserved,
    probe_publish_method,
    publish_file,
    rename_without_replacing,
    replace_reserved,
)

MARK = 1_234_567_890


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def staged_file(folder: Path) -> Path:
    path = folder / "staged.bin"
    path.write_bytes(b"whole")
    return path


def staged_folder(folder: Path) -> Path:
    path = folder / "staged"
    path.mkdir()
    (path / "one").write_bytes(b"whole")
    return path


@pytest.mark.parametrize("method", list(PublishMethod))
def test_a_file_gets_its_name(tmp_path: Path, method: PublishMethod) -> None:
    staged, final = staged_file(tmp_path), tmp_path / "final.bin"
    publish_file(staged, final, method, mark=MARK)
    assert final.read_bytes() == b"whole"
    assert names_in(tmp_path) == ["final.bin"]


@pytest.mark.parametrize("method", [PublishMethod.RENAME, PublishMethod.RESERVE])
def test_a_folder_gets_its_name(tmp_path: Path, method: PublishMethod) -> None:
    staged, final = staged_folder(tmp_path), tmp_path / "final"
    publish_file(staged, final, method, mark=MARK)
    assert (final / "one").read_bytes() == b"whole"
    assert names_in(tmp_path) == ["final"]


@pytest.mark.parametrize("taken", ["file", "empty file", "folder", "dangling link"])
@pytest.mark.parametrize("method", list(PublishMethod))
def test_a_taken_name_is_refused_and_left_alone(tmp_path: Path, method: PublishMethod, taken: str) -> None:
    staged, final = staged_file(tmp_path), tmp_path / "final.bin"
    if taken == "folder":
        final.mkdir()
    elif taken == "dangling link":
        final.symlink_to(tmp_path / "nowhere")
    else:
        final.write_bytes(b"" if taken == "empty file" else b"mine")
    before = final.lstat()
    with pytest.raises(FileExistsError):
        publish_file(staged, final, method, mark=MARK)
    assert final.lstat() == before
    assert staged.read_bytes() == b"whole"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("is_empty", [True, False])
@pytest.mark.parametrize("method", [PublishMethod.RENAME, PublishMethod.RESERVE])
def test_a_taken_folder_is_refused_and_left_alone(
    tmp_path: Path, method: PublishMethod, is_empty: bool
) -> None:
    staged, final = staged_folder(tmp_path), tmp_path / "final"
    final.mkdir()
    if not is_empty:
        (final / "mine").touch()
    with pytest.raises(FileExistsError):
        publish_file(staged, final, method, mark=MARK)
    assert names_in(final) == ([] if is_empty else ["mine"])
    assert staged.exists()


def test_a_reservation_that_somebody_filled_is_theirs(tmp_path: Path) -> None:
    staged, final = staged_file(tmp_path), tmp_path / "final.bin"

    def fill(step: str) -> None:
        assert step == "reserved"
        assert is_reserved(final, MARK)
        final.write_bytes(b"mine")

    with pytest.raises(FileExistsError):
        publish_file(staged, final, PublishMethod.RESERVE, mark=MARK, checkpoint=fill)
    assert final.read_bytes() == b"mine"


def test_a_reserved_folder_that_somebody_filled_is_theirs(tmp_path: Path) -> None:
    staged, final = staged_folder(tmp_path), tmp_path / "final"

    def fill(step: str) -> None:
        (final / "mine").touch()
        os.utime(final, (MARK, MARK))

    with pytest.raises(FileExistsError):
        publish_file(staged, final, PublishMethod.RESERVE, mark=MARK, checkpoint=fill)
    assert names_in(final) == ["mine"]


def test_only_our_mark_makes_a_reservation(tmp_path: Path) -> None:
    staged, final = staged_file(tmp_path), tmp_path / "final.bin"
    assert not is_reserved(final, MARK)
    final.touch()
    assert not is_reserved(final, MARK)
    with pytest.raises(FileExistsError):
        replace_reserved(staged, final, MARK)
    os.utime(final, (MARK + 1, MARK + 1))  # what a file system with two-second times may make of it
    assert is_reserved(final, MARK)
    replace_reserved(staged, final, MARK)
    assert final.read_bytes() == b"whole"


def test_probing_tries_what_works_and_leaves_nothing(tmp_path: Path) -> None:
    assert probe_publish_method(tmp_path) is PublishMethod.LINK
    expected = (
        {PublishMethod.RENAME} if sys.platform == "win32" else set(PublishMethod) - {PublishMethod.LINK}
    )
    assert probe_publish_method(tmp_path, of_folder=True) in expected
    assert names_in(tmp_path) == []


def test_probing_a_folder_that_is_away_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        probe_publish_method(tmp_path / "away")


def test_renaming_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rename_without_replacing(tmp_path / "none", tmp_path / "final")
