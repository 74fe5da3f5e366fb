"""YAML with line numbers."""

from __future__ import annotations

import pytest

from video_queue.services.workflows.yaml_source import read_yaml


def test_lines_of_keys_and_items() -> None:
    source = read_yaml("name: x\nphases:\n  - name: a\n    with: {b: 1,\n      c: 2}\n  - name: d\n")
    assert source.problems == []
    assert source.data == {"name": "x", "phases": [{"name": "a", "with": {"b": 1, "c": 2}}, {"name": "d"}]}
    assert source.line_of(("phases", 0, "with", "c")) == 5
    assert source.line_of(("phases", 1, "name")) == 6
    assert source.line_of(("phases", 1, "with", "missing")) == 6
    assert source.line_of(()) == 1


def test_values_stay_what_an_artist_wrote() -> None:
    text = "on: 1\n6: 2\nday: 2024-01-01\nlong: 10m\nbig: 18446744073709551615\nno_value:\n"
    assert read_yaml(text).data == {
        "on": 1, "6": 2, "day": "2024-01-01", "long": "10m", "big": 2**64 - 1, "no_value": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "where"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, ("a",)),
        ("a: 1\nb: [\n", 3, ()),
        ("a: : b\n", 1, ()),
        ("a: 1\nb: !!python/object:os.system x\n", 2, ("b",)),
        ("a:\n  ? [x]\n  : 1\n", 2, ("a",)),
        ("a: .nan\n", 1, ("a",)),
        ("a: -.inf\n", 1, ("a",)),
        ("a: 1\nb: \x07\n", 2, ()),
        ("a: 1\n---\nb: 2\n", 2, ()),
        ("x: &a [1]\n<<: *a\n", 2, ()),
    ],
)
def test_problems_have_their_line(text: str, line: int, where: tuple[str, ...]) -> None:
    problems = read_yaml(text).problems
    assert [(place, at) for place, at, _ in problems] == [(where, line)]


def test_aliases_cannot_blow_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "nested too deeply" in read_yaml("\n".join(lines)).problems[0][2]
    assert read_yaml("a: &a [*a]").problems
    assert read_yaml("[" * 5000).problems


def test_an_empty_file_is_nothing() -> None:
    assert read_yaml("").data is None
    assert read_yaml("# only a remark\n").problems == []
