"""The staging folder: where it lies, how files come there, what is cleared away."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.outputs.desk import Desk
from video_queue.domain.errors import VqError
from video_queue.outputs.staging import (
    OutputArea,
    discard_stale_staging,
    make_output_folder,
    make_staging_folder,
    owner_of,
    remove_staging_folder,
    same_file_system,
    stage_file,
)
from video_queue.system.files.durable import sync_folder, writing_to
from video_queue.system.files.folders import mount_of


def test_staging_lies_in_the_output_root_of_the_same_file_system(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    assert same_file_system(other, desk.area.output_root)
    assert desk.area.staging_root(other) == desk.area.output_root / ".vq-staging" / "home1"
    away = OutputArea(tmp_path / "away", tmp_path, "home1")
    assert away.staging_root(other) == other / ".vq-staging" / "home1"
    assert list(other.iterdir()) == []


def test_owners_are_stable_and_differ(tmp_path: Path) -> None:
    assert owner_of(tmp_path) == owner_of(tmp_path / "x" / "..")
    assert owner_of(tmp_path) != owner_of(tmp_path / "x")


@pytest.mark.parametrize("may_link", [True, False])
def test_a_file_comes_whole_with_its_hash(tmp_path: Path, may_link: bool) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(9_000_000))
    assert stage_file(source, target, may_link=may_link) == hashlib.sha256(source.read_bytes()).hexdigest()
    assert target.read_bytes() == source.read_bytes()
    assert target.samefile(source) is may_link


def test_a_link_is_copied_not_linked(tmp_path: Path) -> None:
    source, link, target = tmp_path / "source", tmp_path / "link", tmp_path / "target"
    source.write_bytes(b"whole")
    link.symlink_to(source)
    stage_file(link, target, may_link=True)
    assert not target.is_symlink()
    assert not target.samefile(source)


def test_a_disk_that_fails_at_the_last_moment_leaves_the_working_file_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    content = os.urandom(18_000)
    source.write_bytes(content)
    child = [sys.executable, Path(__file__).with_name("failing_disk_child.py"), source, target]
    shown = subprocess.run(child, check=True, capture_output=True, text=True).stdout.strip()
    if shown == "unsupported":
        pytest.skip("the kernel of this machine cannot make fsync fail")
    assert int(shown) == errno.EIO
    assert source.read_bytes() == content


def test_a_new_try_starts_with_an_empty_folder(tmp_path: Path) -> None:
    folder = make_staging_folder(tmp_path / ".vq-staging" / "home1", "p1-a1")
    (folder / "left over").touch()
    assert list(make_staging_folder(folder.parent, "p1-a1").iterdir()) == []
    sync_folder(folder)
    remove_staging_folder(folder)
    assert list(tmp_path.iterdir()) == []


def test_only_what_no_intent_knows_is_discarded(tmp_path: Path) -> None:
    root = tmp_path / ".vq-staging" / "home1"
    kept, stale = make_staging_folder(root, "p1-a1"), make_staging_folder(root, "p2-a1")
    other = make_staging_folder(root.parent / "home2", "p1-a1")
    assert discard_stale_staging(root, [kept]) == [stale]
    assert kept.is_dir()
    assert other.is_dir()
    assert discard_stale_staging(tmp_path / "away", []) == []


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EDQUOT, "disk_full"),
        (errno.ENOENT, "output_unavailable"),
        (errno.ESTALE, "output_unavailable"),
        (errno.EROFS, "output_unavailable"),
        (errno.EFBIG, "bad_output"),
    ],
)
def test_failures_of_writing_say_what_to_do(tmp_path: Path, number: int, code: str) -> None:
    with pytest.raises(VqError) as caught, writing_to(tmp_path):
        raise OSError(number, os.strerror(number))
    assert caught.value.code == code
    assert str(tmp_path) in caught.value.message


def test_taken_names_pass_through(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), writing_to(tmp_path):
        raise FileExistsError(errno.EEXIST, "taken")


def test_folders_are_made_below_what_is_there_only(desk: Desk, tmp_path: Path) -> None:
    job = desk.area.output_root / "restyle" / "12"
    make_output_folder(desk.area, job, job / "day 1")
    assert (job / "day 1").is_dir()
    drive = tmp_path / "drive"
    with pytest.raises(FileNotFoundError):
        make_output_folder(desk.area, drive, drive / "day 1")
    drive.mkdir()
    make_output_folder(desk.area, drive, drive / "day 1")
    assert (drive / "day 1").is_dir()


def test_nothing_is_made_where_no_drive_is_mounted_any_more(desk: Desk, tmp_path: Path) -> None:
    drive = tmp_path / "drive"
    drive.mkdir()
    with pytest.raises(FileNotFoundError):
        make_output_folder(desk.area, drive, drive / "day 1", str(drive))
    assert list(drive.iterdir()) == []
    make_output_folder(desk.area, drive, drive / "day 1", mount_of(drive))
    assert (drive / "day 1").is_dir()
