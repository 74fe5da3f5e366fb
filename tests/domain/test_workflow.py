"""The shape of a workflow definition."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from video_queue.domain.workflow import (
    InputKind,
    InputSpec,
    Parameter,
    Phase,
    WorkflowDefinition,
    parse_duration,
    split_binding,
)

MINIMAL: dict[str, Any] = {
    "name": "w",
    "phases": [{"name": "a", "uses": "media.probe", "with": {"source": "/x"}}],
    "output": {"phase": "a"},
}


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200), ("1.5m", 90), (5, 5), ("7", 7)]
)
def test_parse_duration(text: Any, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["10 m", "1d", "", None, True, "-5s", [5]])
def test_parse_duration_refuses(text: Any) -> None:
    with pytest.raises(ValueError, match="90s, 10m, 2h"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("inputs", "slots"),
    [
        ({"kind": "video"}, []),
        ({"kind": "video", "per_prompt": "all"}, []),
        ({"clip": {"kind": "video"}, "style": {"kind": "image"}}, ["clip", "style"]),
        ({"kind": {"kind": "video"}}, ["kind"]),
        ({}, []),
    ],
)
def test_one_input_or_named_slots(inputs: dict[str, Any], slots: list[str]) -> None:
    definition = WorkflowDefinition.model_validate({**MINIMAL, "inputs": inputs})
    assert list(definition.slots) == slots
    again = WorkflowDefinition.model_validate(
        definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    )
    assert again == definition


def test_no_inputs_is_the_default() -> None:
    assert WorkflowDefinition.model_validate(MINIMAL).inputs == InputSpec(kind=InputKind.NONE)


@pytest.mark.parametrize(
    "change",
    [
        {"extra": 1},
        {"phases": []},
        {"name": "Has Blanks"},
        {"inputs": {"kind": "film"}},
        {"inputs": {"kind": "video", "per_prompt": 0}},
        {"inputs": {"clip": {"kind": "video", "x": 1}}},
        {"output": {}},
        {"parameters": {"a": {"type": "int", "min": 2, "max": 1}}},
        {"parameters": {"a": {"type": "choice"}}},
        {"parameters": {"a": {"type": "text", "pattern": "("}}},
        {"parameters": {"a": {"type": "int", "step": 0}}},
    ],
)
def test_wrong_shapes(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WorkflowDefinition.model_validate({**MINIMAL, **change})


@pytest.mark.parametrize(
    "phase",
    [
        {"uses": "comfy"},
        {"uses": "comfy", "graph": "g.json", "with": {"a": 1}},
        {"uses": "media.probe", "graph": "g.json"},
        {"uses": "media.probe", "set": {"1.inputs.a": 1}},
        {"uses": "media.probe", "timeout": "soon"},
        {"uses": "media.probe", "retries": -1},
        {"uses": "media.probe", "with_": {}, "wiht": {}},
    ],
)
def test_phase_keys_must_fit(phase: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Phase.model_validate({"name": "a", **phase})


@pytest.mark.parametrize(
    ("parameter", "required"),
    [
        ({"type": "text"}, True),
        ({"type": "text", "default": ""}, False),
        ({"type": "int", "required": False}, False),
        ({"type": "int", "required": True}, True),
        ({"type": "int", "required": True, "default": 3}, False),
        ({"type": "seed"}, False),
        ({"type": "multichoice", "options": ["a"]}, False),
    ],
)
def test_is_required(parameter: dict[str, Any], required: bool) -> None:
    assert Parameter.model_validate(parameter).is_required is required


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("6.inputs.text", ("6", "text")),
        ("57:8.inputs.seed", ("57:8", "seed")),
        ("3.inputs.resize_type.width", ("3", "resize_type.width")),
    ],
)
def test_split_binding(key: str, expected: tuple[str, str]) -> None:
    assert split_binding(key) == expected


@pytest.mark.parametrize("key", ["6", "6.text", ".inputs.x", "6.inputs.", ""])
def test_split_binding_refuses(key: str) -> None:
    with pytest.raises(ValueError, match=r"NODE\.inputs\.NAME"):
        split_binding(key)


def test_look_ups() -> None:
    definition = WorkflowDefinition.model_validate({**MINIMAL, "parameters": {"a": {"type": "seed"}}})
    assert definition.seed_parameter == "a"
    assert definition.phase("a") is definition.phases[0]
    assert definition.phase("b") is None
