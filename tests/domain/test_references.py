"""`{{ ... }}`: references and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_queue.domain.references import (
    MissingReferenceError,
    Reference,
    as_text,
    parse_braces,
    references_in,
    resolve,
    split_template,
    whole_reference,
)

SCOPE: dict[str, Any] = {
    "params": {"prompt": "oil", "seed": 2**64 - 1, "half": 0.5, "two": 2.0, "on": True, "none": None},
    "input": {"path": "/a.mp4", "stem": "a"},
    "inputs": [{"path": "/a.mp4"}, {"path": "/b.mp4"}],
    "slots": {"clip": {"path": "/c.mp4"}, "many": [{"path": "/1"}, {"path": "/2"}]},
    "size": {"width": 8, "height": 4},
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{{ params.seed }}", 2**64 - 1),
        ("  {{params.half}}  ", 0.5),
        ("{{ params.none }}", None),
        ("{{ params.none ?? params.prompt }}", "oil"),
        ("{{ params.no ?? params.prompt }}", "oil"),
        ("{{ params.no ?? params.none }}", None),
        ("{{ inputs }}", [{"path": "/a.mp4"}, {"path": "/b.mp4"}]),
        ("{{ inputs.2.path }}", "/b.mp4"),
        ("{{ inputs.*.path }}", ["/a.mp4", "/b.mp4"]),
        ("{{ slots.*.path }}", ["/c.mp4", "/1", "/2"]),
        ("{{ input.stem }}_{{ params.seed }}", f"a_{2**64 - 1}"),
        ("{{ input.stem }}{{ input.stem }}", "aa"),
        ("x {{ params.half }} {{ params.two }} {{ params.on }} [{{ params.none }}]", "x 0.5 2 true []"),
        ("in {{ input }}", "in /a.mp4"),
        ("{{ size }} px", "8x4 px"),
        ("all {{ inputs }}", "all /a.mp4, /b.mp4"),
        ("no reference", "no reference"),
        (5, 5),
        ({"a": ["{{ params.prompt }}", 1]}, {"a": ["oil", 1]}),
    ],
)
def test_resolve(value: Any, expected: Any) -> None:
    assert resolve(value, SCOPE) == expected


@pytest.mark.parametrize(
    "reference", ["params.x", "inputs.3.path", "inputs.0.path", "input.path.x", "nothing"]
)
def test_resolve_misses_what_is_not_there(reference: str) -> None:
    with pytest.raises(MissingReferenceError) as error:
        resolve("{{ " + reference + " }}", SCOPE)
    assert reference.startswith(str(error.value))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a b",
        "a.",
        ".a",
        "a + 1",
        "a()",
        "a[0]",
        "'text'",
        "a ?? ",
        "5",
        "a|upper",
        "__import__('os')",
        "a.{{b}}",
    ],
)
def test_anything_else_is_no_reference(body: str) -> None:
    with pytest.raises(ValueError, match="is not a reference"):
        parse_braces(body)


def test_whole_reference() -> None:
    assert whole_reference("{{ a.b ?? c }}") == Reference((("a", "b"), ("c",)))
    assert whole_reference("{{ a }} {{ b }}") is None
    assert whole_reference("x{{ a }}") is None
    assert whole_reference(5) is None
    assert parse_braces("a.b??c").text == "{{ a.b ?? c }}"


def test_references_in_finds_all() -> None:
    references = references_in({"a": ["{{ x }} and {{ y.z }}", 5], "b": {"c": "{{ x ?? q }}"}})
    assert [reference.text for reference in references] == ["{{ x }}", "{{ y.z }}", "{{ x ?? q }}"]


def test_split_template() -> None:
    assert split_template("a{{ b }}c") == ["a", parse_braces("b"), "c"]
    assert split_template("") == []
    for text in ("{{ a", "a {{ b }} {{", "{{ a b }}"):
        with pytest.raises(ValueError):
            split_template(text)


def test_as_text() -> None:
    assert as_text(2**53 + 1) == str(2**53 + 1)
    assert as_text(False) == "false"
    assert as_text(1e300) == "1e+300"


@given(st.text())
def test_a_text_without_braces_stays(text: str) -> None:
    plain = text.replace("{", "")
    assert resolve(plain, {}) == plain
