"""The form of a workflow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.definitions import definition
from video_queue.services.workflows.form_schema import parameter_schema


def schema_of(**parameter: Any) -> dict[str, Any]:
    schema: dict[str, Any] = parameter_schema(definition(parameters={"x": parameter}))["properties"]["x"]
    return schema


@pytest.mark.parametrize(
    ("parameter", "widget"),
    [
        ({"type": "text"}, "text"),
        ({"type": "text", "ui": {"multiline": True}}, "textarea"),
        ({"type": "text", "options": ["a"]}, "combobox"),
        ({"type": "text", "ui": {"widget": "hidden"}}, "hidden"),
        ({"type": "int"}, "number"),
        ({"type": "int", "min": 0, "max": 5}, "slider"),
        ({"type": "float"}, "number"),
        ({"type": "bool"}, "checkbox"),
        ({"type": "choice", "options": ["a"]}, "select"),
        ({"type": "choice", "options_source": "loras"}, "combobox"),
        ({"type": "multichoice", "options": ["a"]}, "multiselect"),
        ({"type": "seed"}, "seed"),
        ({"type": "size"}, "resolution"),
        ({"type": "file"}, "file"),
        ({"type": "folder"}, "folder"),
        ({"type": "color"}, "color"),
    ],
)
def test_widgets_follow_from_the_type(parameter: dict[str, Any], widget: str) -> None:
    assert schema_of(**parameter)["x-ui"]["widget"] == widget


def test_limits_and_texts() -> None:
    ui = {"help": "How much.", "group": "Style", "order": 7, "unit": "%"}
    schema = schema_of(type="float", default=0.6, min=0, max=1.5, step=0.05, title="Strength", ui=ui)
    assert (schema["type"], schema["minimum"], schema["maximum"], schema["default"]) == (
        "number",
        0,
        1.5,
        0.6,
    )
    assert (schema["title"], schema["description"]) == ("Strength", "How much.")
    assert "multipleOf" not in schema
    expected = {"group": "Style", "order": 7, "unit": "%", "step": 0.05, "type": "float", "required": False}
    assert expected.items() <= schema["x-ui"].items()
    assert schema_of(type="int", step=8, min=64)["multipleOf"] == 8


def test_seeds_beyond_doubles_are_texts() -> None:
    assert schema_of(type="seed", default=2**64 - 1)["default"] == str(2**64 - 1)
    assert schema_of(type="seed", default=5)["default"] == 5
    assert schema_of(type="seed")["default"] == "random"


def test_choices() -> None:
    assert schema_of(type="choice", options=[0, 90], default=0)["enum"] == [0, 90]
    source = schema_of(type="choice", options_source="loras", required=False)
    assert source["type"] == "string"
    assert source["x-ui"]["options_source"] == "loras"
    assert schema_of(type="text", pattern="[a-z]+")["pattern"] == "^(?:[a-z]+)$"


def test_the_whole_schema() -> None:
    parameters = {
        "a": {"type": "text", "required": True},
        "b": {"type": "int", "default": 1, "ui": {"group": "G"}},
    }
    slots = {"clip": {"kind": "video"}, "style": {"kind": "image"}}
    schema = parameter_schema(definition(parameters=parameters, inputs=slots, resolutions=["832x480"]))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["a"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["b"]["x-ui"]["order"] == 2
    assert schema["x-ui"]["groups"] == ["", "G"]
    assert schema["x-ui"]["resolutions"] == ["832x480"]
    assert list(schema["x-ui"]["inputs"]) == ["clip", "style"]
    extensions = schema["x-ui"]["extensions"]
    assert set(extensions) == {spec["kind"] for spec in schema["x-ui"]["inputs"].values()}
    assert "mov" in extensions["video"]
