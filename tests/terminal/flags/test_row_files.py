"""Tables of prompts."""

from __future__ import annotations

from pathlib import Path

import pytest

from video_queue.domain.errors import VqError
from video_queue.terminal.flags.row_files import read_rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_read_rows_of_csv(tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "a.mp4").touch()
    table = tmp_path / "shots.csv"
    lines = [["input", "prompt", "crf"], ["a.mp4", '"rain, snow; or sun"', ""], ["/clips/b.mp4", "x", "7"]]
    table.write_text("\ufeff" + "\r\n".join(delimiter.join(line) for line in lines))
    assert read_rows(table, ["input"]) == [
        {"input": str(tmp_path / "a.mp4"), "prompt": "rain, snow; or sun"},
        {"input": "/clips/b.mp4", "prompt": "x", "crf": "7"},
    ]


def test_read_rows_of_json_lines_and_json(tmp_path: Path) -> None:
    lines, whole = tmp_path / "shots.jsonl", tmp_path / "shots.json"
    lines.write_text('{"prompt": "a", "n": 1}\n\n{"prompt": "b"}\n')
    whole.write_text('[{"prompt": "a",\n "n": 1}, {"prompt": "b"}]')
    expected = [{"prompt": "a", "n": 1}, {"prompt": "b"}]
    assert read_rows(lines, []) == expected
    assert read_rows(whole, []) == expected


def test_read_rows_counts_paths_from_the_table_else_from_here(tmp_path: Path) -> None:
    table = tmp_path / "shots.jsonl"
    table.write_text('{"input": "nowhere.mp4"}\n{"input": "job:3"}\n{"clip": "x"}')
    inputs = [row.get("input", row.get("clip")) for row in read_rows(table, ["input"])]
    assert inputs == [str(Path.cwd() / "nowhere.mp4"), "job:3", "x"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("shots.csv", "input\na.mp4,more\n", "line 2"),
        ("shots.csv", "input\n", "no rows"),
        ("shots.csv", "", "no rows"),
        ("shots.jsonl", '{"a": 1}\n{"a":\n', "line 2"),
        ("shots.jsonl", "3\n", "not a JSON object"),
    ],
)
def test_read_rows_names_the_line_with_the_problem(
    tmp_path: Path, name: str, text: str, expected: str
) -> None:
    table = tmp_path / name
    table.write_text(text)
    with pytest.raises(VqError) as refused:
        read_rows(table, ["input"])
    assert refused.value.code == "validation"
    assert expected in refused.value.message


def test_read_rows_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VqError) as refused:
        read_rows(tmp_path / "nope.csv", [])
    assert refused.value.code == "input_missing"
