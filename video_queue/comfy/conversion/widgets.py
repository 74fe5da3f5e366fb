"""Which widgets a node class has in the editor, in which order, and their values from a file.

A file lists the values of a node's widgets without names, so the order has to be rebuilt as the editor builds it:
inputs without a widget, then widgets; behind a seed its control, behind a picture its upload button, behind a dynamic
combo the inputs of the chosen option (which depend on the value read just before).
Sources: object_info as docs.comfy.org/custom-nodes/backend/datatypes describes it, and what the editor saves.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Spec = list[Any]
Named = tuple[str, Spec]

DYNAMIC_COMBO = "COMFY_DYNAMICCOMBO_V3"
AUTOGROW = "COMFY_AUTOGROW_V3"
MATCH_TYPE = "COMFY_MATCHTYPE_V3"
SEEDS = ("seed", "noise_seed")
CONTROL = "control_after_generate"
MAX_DEPTH = 20
UNSET = object()
"""The value of a widget that has none: a choice without choices that the file gives no value."""
MAX_GROWN = 1_000

# The kinds of inputs that the editor shows as widgets, with the value of one that was never set.
DEFAULTS: dict[str, Any] = {
    "INT": 0,
    "FLOAT": 0,
    "BOOLEAN": False,
    "STRING": "",
    "MARKDOWN": "",
    "TEXTAREA": "",
    "PAINTER": "",
    "COMBO": None,
    DYNAMIC_COMBO: None,
    "COLOR": "#000000",
    "COLORS": [],
    "BOUNDING_BOX": {"x": 0, "y": 0, "width": 512, "height": 512},
    "BOUNDING_BOXES": [],
    "COMPOSITOR": {},
    "CURVE": {"points": [[0, 0], [1, 1]], "interpolation": "monotone_cubic"},
    "RANGE": {"min": 0.0, "max": 1.0},
    "VIDEO_EDIT": {},
    "CHART": {},
    "GALLERIA": [],
    "IMAGECOMPARE": ["", ""],
    "AUDIO_RECORD": "",
    "WEBCAM": "",
    "LOAD_3D": "",
    "LOAD_3D_ADVANCED": "",
    "PREVIEW_3D": "",
    "IMAGEUPLOAD": "",
    "AUDIOUPLOAD": "",
    "AUDIO_UI": "",
}
# Drawn by the editor at the moment of running: what stands in a file is no picture.
SCENES = ("LOAD_3D", "WEBCAM", "AUDIO_RECORD")
# Of the editor alone: never sent to ComfyUI.
_UNSENT = frozenset({"PREVIEW_3D", "IMAGEUPLOAD", "AUDIOUPLOAD", "AUDIO_UI"})
# Without a place among a node's saved values.
_UNSAVED = frozenset({"IMAGECOMPARE", "AUDIO_UI"})
# Before a 3D scene whose class also takes a file.
_SCENE_BUTTONS = ["upload 3d model", "upload extra resources", "clear"]


@dataclass(slots=True)
class Widget:
    """One widget. `saved`: it has a place among the node's values; `sent`: it is part of the graph."""

    name: str
    value: Any = UNSET
    kind: str = ""
    saved: bool = True
    sent: bool = True
    choices: list[Any] = field(default_factory=list)
    options: dict[str, list[Named]] = field(default_factory=dict)  # a dynamic combo's inputs, by choice
    limits: Mapping[str, Any] = field(
        default_factory=dict
    )  # what its class says of a number: step, min, max, round
    dynamic_prompts: bool = False


@dataclass(slots=True)
class Part:
    """One input of a class as the editor builds it: a socket (of `type`), a widget, or both.

    `adapts`: the socket takes the type of what its neighbours are connected to, which the file remembers.
    """

    name: str
    type: str
    socket: bool = True
    widget: Widget | None = None
    adapts: bool = False


def class_parts(declared: list[Named], linked: Mapping[str, bool], values: Any) -> list[Part]:
    """The parts of a class, with a node's `values` (a list, or a dict by name) set.

    `linked` has the names of inputs in the file, and whether they are connected.
    """
    sockets = [part for name, spec in declared if not is_widget(spec) for part in _parts(name, spec, linked)]
    widgets = [
        part for name, spec in declared if is_widget(spec) for part in _widget_parts(name, spec, linked)
    ]
    parts = sockets + widgets
    scene = next(
        (index for index, part in enumerate(parts) if part.widget and part.widget.kind == "LOAD_3D"), None
    )
    if scene is not None and any(name == "model_file" for name, _ in declared):
        parts[scene:scene] = _unsent(_SCENE_BUTTONS)
    for name, spec in declared:
        for part in parts:
            if part.widget and part.name == name:
                part.widget.dynamic_prompts = options_of(spec).get("dynamicPrompts") is True
    if isinstance(values, dict):
        _set_by_name(parts, values, linked)
    else:
        _set_in_order(parts, values, linked)
    _fill_empty_choices(parts, linked)
    return parts


def options_of(spec: Spec) -> dict[str, Any]:
    """What a class says of an input besides its type."""
    return spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}


def kind_of(spec: Spec) -> str:
    """The type of an input; a list of choices is a `COMBO`."""
    return "COMBO" if isinstance(spec[0], list) else str(spec[0])


def is_widget(spec: Spec) -> bool:
    """Whether the editor shows an input as a widget."""
    options = options_of(spec)
    return options.get("widgetType", kind_of(spec)) in DEFAULTS and not options.get("forceInput")


def sections(declared: Any) -> Iterator[Named]:
    """The inputs under `required` and `optional`, in this order; what is malformed is left out."""
    for section in ("required", "optional"):
        inputs = declared.get(section) if isinstance(declared, Mapping) else None
        for name, spec in inputs.items() if isinstance(inputs, Mapping) else ():
            if isinstance(spec, (list, tuple)) and spec:
                yield str(name), list(spec)


def _parts(name: str, spec: Spec, linked: Mapping[str, bool]) -> list[Part]:
    if is_widget(spec):
        return _widget_parts(name, spec, linked)
    if kind_of(spec) == AUTOGROW:
        return _grown_parts(name, spec, linked)
    if kind_of(spec) == MATCH_TYPE and (template := options_of(spec).get("template")):
        allowed = template.get("allowed_types") if isinstance(template, dict) else None
        parts = _parts(name, [str(allowed or "*"), {**options_of(spec), "template": None}], linked)
        return [replace(part, adapts=True) for part in parts]
    return [Part(name, kind_of(spec))]


def _grown_parts(name: str, spec: Spec, linked: Mapping[str, bool]) -> list[Part]:
    """The inputs `NAME.image0`, `NAME.image1`, ... that there are: the first ones, and one behind each connected."""
    template = options_of(spec).get("template")
    if not isinstance(template, dict):
        return []
    inputs = list(sections(template.get("input")))
    names = template.get("names")
    least = _count(template.get("min"), 1)
    most = len(names) if isinstance(names, list) else min(_count(template.get("max"), 100), MAX_GROWN)
    parts: list[Part] = []
    for ordinal in range(most):
        group = [(f"{name}.{_grown_name(template, inputs, key, ordinal)}", inner) for key, inner in inputs]
        if ordinal > max(least, 0) and not linked.get(parts[-1].name if parts else ""):
            break
        for inner_name, inner in group:
            parts += _parts(inner_name, inner, linked)
    return parts


def _grown_name(template: dict[str, Any], inputs: list[Named], key: str, ordinal: int) -> str:
    names = template.get("names")
    if isinstance(names, list):
        return str(names[ordinal])
    return f"{template.get('prefix', '') if len(inputs) == 1 else key}{ordinal}"


def _widget_parts(name: str, spec: Spec, linked: Mapping[str, bool]) -> list[Part]:
    """A widget with what the editor sets before and behind it."""
    options = options_of(spec)
    kind = str(options.get("widgetType", kind_of(spec)))
    widget = Widget(name, _default(kind, spec), kind, kind not in _UNSAVED, kind not in _UNSENT)
    main = Part(name, kind_of(spec), not options.get("socketless"), widget)
    if kind in ("INT", "FLOAT"):
        widget.limits = options
    if kind == "COMBO":
        widget.choices = _choices(spec)
    if kind == DYNAMIC_COMBO:
        widget.options = _dynamic_options(options)
        widget.value = next(iter(widget.options), UNSET)
        return [main, *_chosen_parts(widget, linked)]
    return [main, *_unsent(_extras(kind, name, options))]


def _unsent(names: list[str]) -> list[Part]:
    return [Part(name, "", False, Widget(name, sent=False)) for name in names]


def _extras(kind: str, name: str, options: dict[str, Any]) -> list[str]:
    """The names of the editor's own widgets behind one of ComfyUI."""
    control = options.get(CONTROL)
    extras = []
    if kind == "BOUNDING_BOX":
        extras = ["x", "y", "width", "height"]
    if kind == "AUDIO_RECORD":
        extras = ["record"]
    if kind == "COMBO" and options.get("remote"):
        remote = options["remote"]
        extras = ["refresh automatically"] + ["refresh"] * bool(
            isinstance(remote, dict) and remote.get("refresh_button")
        )
    if (kind == "INT" and (control if control is not None else name in SEEDS)) or (
        kind == "FLOAT" and control
    ):
        extras.append(CONTROL)
    if kind == "COMBO" and control:
        extras += [CONTROL] if options.get("multi_select") else [CONTROL, "control_filter_list"]
    return extras


def _chosen_parts(widget: Widget, linked: Mapping[str, bool]) -> list[Part]:
    """The inputs that the chosen option of a dynamic combo has."""
    if widget.name.count(".") >= MAX_DEPTH:
        return []
    inner = widget.options.get(widget.value, []) if isinstance(widget.value, str) else []
    return [part for name, spec in inner for part in _parts(f"{widget.name}.{name}", spec, linked)]


def _dynamic_options(options: dict[str, Any]) -> dict[str, list[Named]]:
    listed = options.get("options")
    return {
        str(option.get("key")): list(sections(option.get("inputs")))
        for option in (listed if isinstance(listed, list) else [])
        if isinstance(option, dict)
    }


def _default(kind: str, spec: Spec) -> Any:
    default = options_of(spec).get("default")
    if kind == "COMBO":
        choices = _choices(spec)
        return default or (choices[0] if choices else UNSET)
    return copy.deepcopy(DEFAULTS[kind]) if default is None else default


def _choices(spec: Spec) -> list[Any]:
    choices = spec[0] if isinstance(spec[0], list) else options_of(spec).get("options")
    return choices if isinstance(choices, list) else []


def _set_in_order(parts: list[Part], values: list[Any], linked: Mapping[str, bool]) -> None:
    """Give the saved values to the widgets, one after the other. `parts` changes where a dynamic combo is set."""
    remaining = iter(values)
    index = 0
    while index < len(parts):
        widget = parts[index].widget
        if widget is not None and widget.saved:
            try:
                _set(parts, index, next(remaining), linked)
            except StopIteration:
                return
        index += 1


def _set_by_name(parts: list[Part], values: dict[str, Any], linked: Mapping[str, bool]) -> None:
    index = 0
    while index < len(parts):
        widget = parts[index].widget
        if widget is not None and widget.name in values:
            _set(parts, index, values[widget.name], linked)
        index += 1


def _fill_empty_choices(parts: list[Part], linked: Mapping[str, bool]) -> None:
    """A choice without a value becomes the first one, as in the editor."""
    index = 0
    while index < len(parts):
        widget = parts[index].widget
        if widget is not None and widget.value in (None, UNSET):
            choices = widget.choices or list(widget.options)
            if choices:
                _set(parts, index, choices[0], linked)
        index += 1


def _set(parts: list[Part], index: int, value: Any, linked: Mapping[str, bool]) -> None:
    widget = parts[index].widget
    assert widget is not None
    widget.value = value
    if widget.kind == DYNAMIC_COMBO:
        group = f"{widget.name}."
        rest = [part for part in parts[index + 1 :] if not part.name.startswith(group)]
        parts[index + 1 :] = [*_chosen_parts(widget, linked), *rest]


def _count(value: Any, default: int) -> int:
    return value if isinstance(value, int) else default
