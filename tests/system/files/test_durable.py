"""Copies and links: never through a name that exists, since it may be a hard link of another file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from video_queue.system.files.durable import copy_file, link_file


def test_a_copy_is_whole_and_a_file_of_its_own(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(9_000_000))
    copy_file(source, target)
    assert target.read_bytes() == source.read_bytes()
    assert not target.samefile(source)


@pytest.mark.parametrize("bring", [copy_file, link_file])
def test_a_file_is_not_emptied_through_its_own_link(
    tmp_path: Path, bring: Callable[[Path, Path], object]
) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"frames of a night")
    os.link(source, target)
    with pytest.raises(FileExistsError):
        bring(source, target)
    assert source.read_bytes() == b"frames of a night"


def test_a_link_that_the_file_system_cannot_make_is_no_failure(tmp_path: Path) -> None:
    assert not link_file(Path("/proc/self/status"), tmp_path / "target")
    assert list(tmp_path.iterdir()) == []
