"""Numbered runs of pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from video_queue.system.files.sequences import expand_sequence, find_sequences, sequences_with


def folder_of(tmp_path: Path, names: list[str]) -> Path:
    folder = tmp_path / "shot"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(b"x")
    return folder


def names_of(folder: Path) -> list[list[str]]:
    return [[Path(path).name for path in expand_sequence(run)] for run in find_sequences(folder)]


@pytest.mark.parametrize(
    "names",
    [
        ["img_0001.png", "img_0002.png", "img_0010.png"],
        ["1.png", "2.png", "10.png"],
        ["0.png", "5.png"],
        ["f0998.jpg", "f0999.jpg", "f9999.jpg", "f10000.jpg"],
        ["ComfyUI_00001_.png", "ComfyUI_00002_.png"],
        ["v2_take (1).png", "v2_take (2).png"],
        ["only_7.png"],
    ],
)
def test_find_sequences_gives_one_run_in_order(tmp_path: Path, names: list[str]) -> None:
    folder = folder_of(tmp_path, sorted(names, reverse=True))
    assert names_of(folder) == [names]
    run = find_sequences(folder)[0]
    assert (run.count, run.label) == (len(names), "shot")


def test_find_sequences_keeps_runs_separate(tmp_path: Path) -> None:
    names = [
        "b_1.png",
        "b_2.png",
        "a_001.png",
        "a_002.png",
        "a_1.png",
        "a_001.jpg",
        "cover.png",
        "x.txt",
        ".a_003.png",
    ]
    runs = find_sequences(folder_of(tmp_path, names))
    assert [(run.prefix, run.digits, run.ext, run.count) for run in runs] == [
        ("a_", 3, ".jpg", 1),
        ("a_", 1, ".png", 1),
        ("a_", 3, ".png", 2),
        ("b_", 1, ".png", 2),
    ]
    assert [run.label for run in runs] == ["a", "a", "a", "b"]


def test_find_sequences_keeps_runs_with_gaps(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [f"f_{number:03d}.png" for number in range(0, 20, 2)])
    (run,) = find_sequences(folder)
    assert (run.first, run.last, run.count) == (0, 18, 10)
    assert len(expand_sequence(run)) == 10


def test_expand_sequence_without_gaps_reads_no_folder(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["f_1.png", "f_2.png"])
    (run,) = find_sequences(folder)
    for path in folder.iterdir():
        path.unlink()
    assert expand_sequence(run) == [str(folder / "f_1.png"), str(folder / "f_2.png")]


def test_sequences_with(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, ["a_1.png", "a_2.png", "b_1.png", "cover.png"])
    assert [run.prefix for run in sequences_with(folder / "b_1.png")] == ["b_"]
    assert sequences_with(folder / "cover.png") == []


def test_find_sequences_of_an_empty_folder(tmp_path: Path) -> None:
    assert find_sequences(tmp_path) == []
    with pytest.raises(FileNotFoundError):
        find_sequences(tmp_path / "gone")
