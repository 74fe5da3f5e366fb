"""media.archive: what is in the folder is whole, nothing there is replaced, and no kill loses or doubles a file."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from video_queue.domain.errors import VqError
from video_queue.domain.media.archive import ArchiveParams, ArchiveResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import archive
from video_queue.system.files.folders import make_empty


def archived(run: PhaseRun, **params: Any) -> ArchiveResult:
    return asyncio.run(archive.run(ArchiveParams.model_validate(params), run))


def make_files(folder: Path, count: int, size: int = 100_000) -> list[Path]:
    folder.mkdir()
    files = [folder / f"clip_{number}.mp4" for number in range(count)]
    for number, file in enumerate(files):
        file.write_bytes(np.random.default_rng(number).bytes(size))
    return files


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".json"
    }


def test_copies_are_compared_and_listed_with_their_parents(tmp_path: Path, run: PhaseRun) -> None:
    first, second = make_files(tmp_path / "from", 2)
    (folder := tmp_path / "archive").mkdir()
    inputs = [{"path": str(first), "parent": "/master.mov", "start_frame": 3, "end_frame": 9}, str(second)]
    result = archived(run, inputs=inputs, folder=str(folder), name="Day 1", fingerprints=["ff", "00"])
    assert contents(folder) == contents(tmp_path / "from")
    assert result.hashes == [hashlib.sha256(file.read_bytes()).hexdigest() for file in (first, second)]
    listed = json.loads((folder / "Day 1/Day 1.archive.json").read_text(encoding="utf-8"))["files"]
    assert [entry["path"] for entry in listed] == [first.name, second.name]
    assert (listed[0]["parent"], listed[0]["start_frame"], listed[0]["fingerprint"]) == (
        "/master.mov",
        3,
        "ff",
    )
    assert result.file is not None
    assert Path(result.file.path).is_relative_to(run.work_dir)


def test_nothing_there_is_replaced_and_the_same_file_is_not_there_twice(
    tmp_path: Path, run: PhaseRun, new_run: Any
) -> None:
    (first,) = make_files(tmp_path / "from", 1)
    (folder := tmp_path / "archive").mkdir()
    (folder / first.name).write_bytes(b"other")
    before = archived(run, inputs=str(first), folder=str(folder))
    again = archived(new_run(), inputs=str(first), folder=str(folder))
    assert before.files[0].path == again.files[0].path == str(folder / "clip_0_2.mp4")
    assert contents(folder) == {"clip_0.mp4": b"other", "clip_0_2.mp4": first.read_bytes()}


def test_without_a_folder_the_files_can_be_published(tmp_path: Path, run: PhaseRun) -> None:
    files = make_files(tmp_path / "from", 2)
    result = archived(run, inputs=[str(files[0])], pictures=[str(files[1])])
    assert result.file is None
    assert [Path(file.path).parent for file in result.files + result.index] == [run.work_dir / "files"] * 3


@pytest.mark.parametrize(
    ("mode", "moment"), [("copy", "copy"), ("move", "copy"), ("move", "listed"), ("move", "end")]
)
def test_a_kill_in_the_middle_loses_and_doubles_nothing(
    tmp_path: Path, run: PhaseRun, mode: str, moment: str
) -> None:
    run = replace(run, work_dir=tmp_path / "work/1/1/00-archive")
    run.work_dir.mkdir(parents=True)
    files = make_files(tmp_path / "from", 4)
    before = contents(tmp_path / "from")
    (folder := tmp_path / "archive").mkdir()
    command = [
        sys.executable,
        "-m",
        "tests.media.phases.archive_child",
        str(run.work_dir),
        str(folder),
        mode,
        moment,
    ]
    child = subprocess.run([*command, *map(str, files)], check=False, capture_output=True)
    assert child.returncode == -9, child.stderr
    make_empty(run.work_dir)
    result = archived(run, inputs=[str(file) for file in files], folder=str(folder), mode=mode)
    assert contents(folder) == before
    assert contents(tmp_path / "from") == ({} if mode == "move" else before)
    assert [Path(file.path).name for file in result.files] == sorted(before)
    assert len(result.hashes) == 4
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_what_cannot_be_archived(tmp_path: Path, run: PhaseRun) -> None:
    (first,) = make_files(tmp_path / "from", 1)
    (empty := tmp_path / "empty.mp4").touch()
    for inputs, folder, code, name in (
        (tmp_path / "none.mp4", tmp_path, "input_missing", "none.mp4"),
        (empty, tmp_path, "input_unreadable", "empty.mp4"),
        (first, tmp_path / "away", "output_unavailable", "away"),
        (first, Path("near"), "media_failed", "near"),
    ):
        with pytest.raises(VqError, match=name) as caught:
            archived(run, inputs=str(inputs), folder=str(folder))
        assert caught.value.code == code
