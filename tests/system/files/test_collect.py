"""The media files of a folder, in the order that a person expects."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from video_queue.domain.workflow import InputKind
from video_queue.system.files.collect import collect_files, natural_key


def test_natural_key() -> None:
    names = [
        "img_10.png",
        "Img_2.png",
        "a 2.mp4",
        "a.mp4",
        "img_002.png",
        "10.png",
        "9.png",
        "b" + "9" * 5000,
    ]
    ordered = [
        "9.png",
        "10.png",
        "a.mp4",
        "a 2.mp4",
        "b" + "9" * 5000,
        "Img_2.png",
        "img_002.png",
        "img_10.png",
    ]
    assert sorted(names, key=natural_key) == ordered


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    names = (
        "b10.mp4", "b2.MP4", "a.mov", "note.txt", "pic.png", ".hidden.mp4", "~$x.mp4", "half.mp4.part",
        "a.mov.vq.json", "._a.mov", "sub/c1.mp4", "sub/deep/c2.mkv", ".vq-staging/x.mp4", "loud.wav",
    )  # fmt: skip
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def names_in(folder: Path, kind: InputKind = InputKind.VIDEO, **keys: object) -> list[str]:
    files = collect_files(folder, kind, **keys)  # type: ignore[arg-type]  # each test's own keys
    return [path.relative_to(folder).as_posix() for path in files]


def test_collect_files(clips: Path) -> None:
    assert names_in(clips) == ["a.mov", "b2.MP4", "b10.mp4"]
    assert names_in(clips, recursive=True) == ["a.mov", "b2.MP4", "b10.mp4", "sub/c1.mp4", "sub/deep/c2.mkv"]
    assert names_in(clips, InputKind.IMAGE) == ["pic.png"]
    assert names_in(clips, InputKind.AUDIO) == ["loud.wav"]
    assert names_in(clips, InputKind.MEDIA) == ["a.mov", "b2.MP4", "b10.mp4", "loud.wav", "pic.png"]
    assert names_in(clips, InputKind.NONE) == []


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*.mp4", ["b2.MP4", "b10.mp4"]),
        ("b?.mp4", ["b2.MP4"]),
        ("[ab]*", ["a.mov", "b2.MP4", "b10.mp4"]),
        ("[!a]*", ["b2.MP4", "b10.mp4"]),
        ("**/*.mkv", ["sub/deep/c2.mkv"]),
        ("sub/*.mp4", ["sub/c1.mp4"]),
        ("sub/**/*", ["sub/c1.mp4", "sub/deep/c2.mkv"]),
        ("*.txt", []),
        ("[", []),
        ("(", []),
    ],
)
def test_collect_files_with_a_glob(clips: Path, glob: str, expected: list[str]) -> None:
    assert names_in(clips, glob=glob) == expected


def test_collect_files_enters_a_loop_of_links_once(clips: Path) -> None:
    (clips / "sub" / "again").symlink_to(clips, target_is_directory=True)
    (clips / "broken.mp4").symlink_to(clips / "gone.mp4")
    assert names_in(clips, recursive=True) == ["a.mov", "b2.MP4", "b10.mp4", "sub/c1.mp4", "sub/deep/c2.mkv"]


def test_collect_files_leaves_out_names_that_are_not_utf8(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"\xff.mp4")).touch()
    except OSError:
        return  # this file system refuses such names by itself
    (tmp_path / "fine.mp4").touch()
    assert names_in(tmp_path) == ["fine.mp4"]
