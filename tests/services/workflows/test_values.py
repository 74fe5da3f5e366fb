"""One value as its parameter's type."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_queue.domain.workflow import Parameter
from video_queue.services.workflows.values import coerce

BIG = 2**64 - 1


def parameter(type_: str, **keys: Any) -> Parameter:
    return Parameter.model_validate({"type": type_, **keys})


@pytest.mark.parametrize(
    ("type_", "keys", "raw", "expected"),
    [
        ("text", {}, "a, b", "a, b"),
        ("text", {}, 2024, "2024"),
        ("text", {"pattern": "[a-z]+"}, "abc", "abc"),
        ("int", {}, "12", 12),
        ("int", {}, " -3 ", -3),
        ("int", {}, 3.0, 3),
        ("int", {}, str(2**53 + 1), 2**53 + 1),
        ("int", {"min": 0, "max": 10, "step": 5}, 5, 5),
        ("float", {}, "0.5", 0.5),
        ("float", {}, ".5e1", 5.0),
        ("float", {}, 1, 1.0),
        ("float", {"min": 0, "max": 1, "step": 0.05}, 0.6, 0.6),
        ("bool", {}, "true", True),
        ("bool", {}, "No", False),
        ("bool", {}, 1, True),
        ("bool", {}, False, False),
        ("choice", {"options": ["a", "b"]}, "b", "b"),
        ("choice", {"options": [0, 90]}, "90", 90),
        ("choice", {"options": ["1", "2"]}, 2, "2"),
        ("choice", {"options_source": "loras"}, "new.safetensors", "new.safetensors"),
        ("multichoice", {"options": ["a", "b", "c"]}, "c, a", ["c", "a"]),
        ("multichoice", {"options": ["a", "b"]}, '["a"]', ["a"]),
        ("multichoice", {"options": ["a", "b"]}, ["b"], ["b"]),
        ("multichoice", {"options": ["a"]}, [], []),
        ("seed", {}, "random", "random"),
        ("seed", {}, -1, "random"),
        ("seed", {}, str(BIG), BIG),
        ("seed", {}, 0, 0),
        ("size", {}, "832x480", {"width": 832, "height": 480}),
        ("size", {}, " 832 X 480 ", {"width": 832, "height": 480}),
        ("size", {}, {"width": 8, "height": 4}, {"width": 8, "height": 4}),
        ("color", {}, "#F80", "#ff8800"),
        ("color", {}, "#11223344", "#11223344"),
    ],
)
def test_coerce(type_: str, keys: dict[str, Any], raw: Any, expected: Any) -> None:
    value, problem = coerce("x", parameter(type_, **keys), raw)
    assert problem is None
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("type_", "keys", "raw"),
    [
        ("text", {}, ["a"]),
        ("text", {}, True),
        ("text", {}, "\ud800"),
        ("text", {"pattern": "[a-z]+"}, "ABC"),
        ("int", {}, "1.5"),
        ("int", {}, "1_000"),
        ("int", {}, True),
        ("int", {}, 2.5),
        ("int", {}, "x" * 5000),
        ("int", {"min": 1}, 0),
        ("int", {"max": 2}, 10**400),
        ("int", {"min": 1, "step": 2}, 4),
        ("float", {}, "nan"),
        ("float", {}, math.nan),
        ("float", {}, math.inf),
        ("float", {}, "1e999"),
        ("float", {}, 10**400),
        ("float", {}, "0,5"),
        ("float", {}, None),
        ("float", {"min": 0.0, "step": 0.05}, 0.61),
        ("bool", {}, "maybe"),
        ("bool", {}, 2),
        ("choice", {"options": ["a"]}, "A"),
        ("choice", {"options": [1]}, True),
        ("choice", {"options": ["a"]}, ["a"]),
        ("multichoice", {"options": ["a"]}, ["a", "z"]),
        ("multichoice", {"options": ["a"]}, "[" * 100_000),
        ("multichoice", {"options": ["a"]}, 5),
        ("seed", {}, BIG + 1),
        ("seed", {}, -2),
        ("seed", {}, "often"),
        ("size", {}, "832"),
        ("size", {}, "0x480"),
        ("size", {}, {"width": 8}),
        ("size", {"min": 64}, "32x64"),
        ("file", {}, "a\0b"),
        ("file", {}, 5),
        ("color", {}, "red"),
    ],
)
def test_coerce_refuses(type_: str, keys: dict[str, Any], raw: Any) -> None:
    value, problem = coerce("x", parameter(type_, **keys), raw, loc=("params", "x"))
    assert value is None
    assert problem is not None
    assert problem.loc == ("params", "x")
    assert problem.code in ("validation", "input_unreadable")
    problem.message.encode()
    assert len(problem.message) < 800


def test_coerce_says_what_would_be_right() -> None:
    _, problem = coerce("denoise", parameter("float", max=1), "5")
    assert problem is not None
    assert problem.message == "denoise=5.0 is above the maximum 1. Use 1 or less."
    _, problem = coerce("mode", parameter("choice", options=["cut", "mark"]), "kut")
    assert problem is not None
    assert "cut, mark" in problem.message


def test_coerce_makes_paths_absolute() -> None:
    value, _ = coerce("audio", parameter("file"), '"~/a b.wav"')
    assert value == str(Path.home() / "a b.wav")
    value, _ = coerce("audio", parameter("file"), "rel.wav")
    assert Path(value).is_absolute()


@given(st.integers(min_value=0, max_value=BIG))
def test_coerce_keeps_every_seed(seed: int) -> None:
    assert coerce("seed", parameter("seed"), str(seed)) == (seed, None)
    assert coerce("seed", parameter("seed"), seed) == (seed, None)


@given(st.from_type(type).flatmap(st.from_type) | st.text() | st.floats() | st.integers())
def test_coerce_never_raises(value: Any) -> None:
    for type_ in ("text", "int", "float", "bool", "seed", "size", "file", "color"):
        typed, problem = coerce("x", parameter(type_), value)
        assert (problem is None) or (typed is None)
