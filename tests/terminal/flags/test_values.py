"""Values as they are typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from video_queue.domain.errors import VqError
from video_queue.terminal.flags import values


def test_assignments_split_at_the_first_equals_sign() -> None:
    assert values.assignments("-p", ["a=1", "b=x=y", "a=2", "c="]) == {"a": "2", "b": "x=y", "c": ""}


@pytest.mark.parametrize("text", ["a", "=1", ""])
def test_assignments_refuse_what_has_no_name_or_value(text: str) -> None:
    with pytest.raises(VqError) as refused:
        values.assignments("-p", [text])
    assert refused.value.code == "validation"
    assert "-p" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.3,0.5", ["0.3", "0.5"]),
        ("one", ["one"]),
        ('["a, b", 2]', ["a, b", 2]),
        ("[18446744073709551615]", [2**64 - 1]),
    ],
)
def test_sweep_values(text: str, expected: list[Any]) -> None:
    assert values.sweep_values("x", text) == expected


def test_sweep_values_from_files(tmp_path: Path) -> None:
    lines, listed = tmp_path / "texts.txt", tmp_path / "texts.json"
    lines.write_text("rain, at night\n\n  snow \n")
    listed.write_text('["a", "b"]')
    assert values.sweep_values("x", f"@{lines}") == ["rain, at night", "snow"]
    assert values.sweep_values("x", f"@{listed}") == ["a", "b"]
    with pytest.raises(VqError) as refused:
        values.sweep_values("x", f"@{tmp_path / 'nope'}")
    assert refused.value.code == "input_missing"


def test_sweep_values_refuse_broken_json() -> None:
    with pytest.raises(VqError) as refused:
        values.sweep_values("x", "[1, 2")
    assert "--sweep" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4", 4),
        ("1,2, 3", ["1", "2", "3"]),
        ("7,", ["7"]),
        ("[18446744073709551615]", ["18446744073709551615"]),
        ("1..4", "1..4"),
    ],
)
def test_seeds(text: str, expected: Any) -> None:
    assert values.seeds(text) == expected


@pytest.mark.parametrize("text", ["", "x", "1...4", "-1", "1.5", "٣"])
def test_seeds_refuse_anything_else(text: str) -> None:
    with pytest.raises(VqError):
        values.seeds(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("90", 90), ("90s", 90), ("1.5m", 90), ("2h", 7200), ("1d", 86400)]
)
def test_duration(text: str, expected: float) -> None:
    assert values.duration(text) == expected


@pytest.mark.parametrize("text", ["", "soon", "-5", "5 weeks"])
def test_duration_refuses_anything_else(text: str) -> None:
    with pytest.raises(VqError):
        values.duration(text)
