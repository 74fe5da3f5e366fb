"""The form of a workflow: JSON Schema 2020-12 of its parameters, with `x-ui` for what only a form needs.

Widgets follow from a parameter's type and what its definition says, never from its name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from video_queue.domain.workflow import (
    InputKind,
    InputSpec,
    Parameter,
    ParameterType,
    Widget,
    WorkflowDefinition,
)
from video_queue.services.workflows.parameters import default_value
from video_queue.services.workflows.values import SEED_LIMIT, plain_number
from video_queue.system.files.collect import EXTENSIONS

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def parameter_schema(definition: WorkflowDefinition) -> dict[str, Any]:
    """An object schema: one property for each parameter, in the definition's order.

    `x-ui` of a property: `{title, order, group, widget, type, sweepable, ...}`; of the whole: the workflow's
    inputs, the extensions of files that count as of their kinds, resolutions, and the groups in order.
    """
    ordered = enumerate(definition.parameters.items(), start=1)
    properties = {name: _property(name, parameter, index) for index, (name, parameter) in ordered}
    groups = list(dict.fromkeys(parameter.ui.group or "" for parameter in definition.parameters.values()))
    slots = {name: spec.model_dump(mode="json") for name, spec in definition.slots.items()}
    inputs = slots or definition.model_dump(mode="json")["inputs"]
    return {
        "$schema": SCHEMA,
        "title": definition.title or definition.name,
        "description": definition.description,
        "type": "object",
        "properties": properties,
        "required": [name for name, parameter in definition.parameters.items() if parameter.is_required],
        "additionalProperties": False,
        "x-ui": {
            "workflow": definition.name,
            "inputs": inputs,
            "extensions": {kind.value: sorted(EXTENSIONS[kind]) for kind in _kinds(definition)},
            "slots": bool(slots),
            "resolutions": definition.resolutions,
            "groups": groups,
            "seed": definition.seed_parameter,
        },
    }


def _kinds(definition: WorkflowDefinition) -> set[InputKind]:
    inputs = definition.inputs
    return {inputs.kind} if isinstance(inputs, InputSpec) else {spec.kind for spec in inputs.values()}


def _property(name: str, parameter: Parameter, place: int) -> dict[str, Any]:
    schema = _BY_TYPE[parameter.type](parameter)
    default = default_value(name, parameter)
    if default is not None:
        # JSON readers that know only doubles would change a seed from 2^53 on.
        exact = isinstance(default, int) and not isinstance(default, bool) and abs(default) >= 2**53
        schema["default"] = str(default) if exact else default
    title = parameter.title or name.replace("_", " ").replace("-", " ").capitalize()
    schema["title"] = title
    if parameter.ui.help:
        schema["description"] = parameter.ui.help
    return schema | {"x-ui": _ui(parameter, title, place)}


def _ui(parameter: Parameter, title: str, place: int) -> dict[str, Any]:
    return {
        **parameter.ui.model_dump(mode="json", exclude_none=True),
        "title": title,
        "order": place if parameter.ui.order is None else parameter.ui.order,
        "group": parameter.ui.group or "",
        "widget": (parameter.ui.widget or default_widget(parameter)).value,
        "type": parameter.type.value,
        "required": parameter.is_required,
        "sweepable": parameter.sweepable,
        **({"options_source": parameter.options_source} if parameter.options_source else {}),
        **({"step": plain_number(parameter.step)} if parameter.step is not None else {}),
    }


def default_widget(parameter: Parameter) -> Widget:
    """The widget of a parameter whose definition names none."""
    match parameter.type:
        case ParameterType.TEXT if parameter.ui.multiline:
            return Widget.TEXTAREA
        case ParameterType.TEXT if parameter.options or parameter.options_source:
            return Widget.COMBOBOX
        case ParameterType.INT | ParameterType.FLOAT if (
            parameter.min is not None and parameter.max is not None
        ):
            return Widget.SLIDER
        case ParameterType.CHOICE if parameter.options_source:
            return Widget.COMBOBOX
    return _WIDGETS[parameter.type]


_WIDGETS = {
    ParameterType.TEXT: Widget.TEXT,
    ParameterType.INT: Widget.NUMBER,
    ParameterType.FLOAT: Widget.NUMBER,
    ParameterType.BOOL: Widget.CHECKBOX,
    ParameterType.CHOICE: Widget.SELECT,
    ParameterType.MULTICHOICE: Widget.MULTISELECT,
    ParameterType.SEED: Widget.SEED,
    ParameterType.SIZE: Widget.RESOLUTION,
    ParameterType.FILE: Widget.FILE,
    ParameterType.FOLDER: Widget.FOLDER,
    ParameterType.COLOR: Widget.COLOR,
}


def _number(parameter: Parameter, kind: str) -> dict[str, Any]:
    limits = {"minimum": parameter.min, "maximum": parameter.max}
    schema = {key: plain_number(value) for key, value in limits.items() if value is not None}
    # Only whole steps from 0: validators divide floats, and 0.6 is not a multiple of 0.05 to them. Every step is
    # in x-ui.
    step = parameter.step
    if kind == "integer" and step is not None and step.is_integer() and not (parameter.min or 0) % step:
        schema["multipleOf"] = int(step)
    return {"type": kind, **schema}


def _text(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    if parameter.pattern:
        schema["pattern"] = f"^(?:{parameter.pattern})$"
    return schema | ({"examples": list(parameter.options)} if parameter.options else {})


def _choice(parameter: Parameter) -> dict[str, Any]:
    if parameter.options and not parameter.options_source:
        return {"enum": list(parameter.options)}
    return {"type": "string", **({"examples": list(parameter.options)} if parameter.options else {})}


def _size(_: Parameter) -> dict[str, Any]:
    side = {"type": "integer", "minimum": 1, "maximum": 32768}
    sides = {"type": "object", "properties": {"width": side, "height": side}, "required": ["width", "height"]}
    return {"anyOf": [{"type": "string", "pattern": "^[0-9]+x[0-9]+$"}, sides]}


def _seed(parameter: Parameter) -> dict[str, Any]:
    low = 0 if parameter.min is None else max(0, int(parameter.min))
    high = SEED_LIMIT - 1 if parameter.max is None else min(SEED_LIMIT - 1, int(parameter.max))
    number = {"type": "integer", "minimum": low, "maximum": high}
    return {"anyOf": [number, {"type": "string", "pattern": "^(random|[0-9]{1,20})$"}]}


_BY_TYPE: dict[ParameterType, Callable[[Parameter], dict[str, Any]]] = {
    ParameterType.TEXT: _text,
    ParameterType.INT: lambda parameter: _number(parameter, "integer"),
    ParameterType.FLOAT: lambda parameter: _number(parameter, "number"),
    ParameterType.BOOL: lambda _: {"type": "boolean"},
    ParameterType.CHOICE: _choice,
    ParameterType.MULTICHOICE: lambda parameter: {
        "type": "array",
        "items": _choice(parameter),
        "uniqueItems": True,
    },
    ParameterType.SEED: _seed,
    ParameterType.SIZE: _size,
    ParameterType.FILE: lambda _: {"type": "string", "format": "path"},
    ParameterType.FOLDER: lambda _: {"type": "string", "format": "path"},
    ParameterType.COLOR: lambda _: {
        "type": "string",
        "pattern": "^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$",
    },
}
