"""What the editor makes of a node of the file: its inputs in the order of its class, and its widgets with values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from video_queue.comfy.conversion.editor_file import ANY_TYPE, Input, Node, slot_type
from video_queue.comfy.conversion.widgets import (
    CONTROL,
    DYNAMIC_COMBO,
    MATCH_TYPE,
    UNSET,
    Named,
    Part,
    Widget,
    class_parts,
    is_widget,
    kind_of,
    options_of,
    sections,
)
from video_queue.comfy.node_catalogue import ObjectInfo

# Inputs that the editor itself adds to classes, or shows by a widget of its own; those that it adds come last.
_ADDED: dict[str, Named] = {
    "LoadAudio": ("audioUI", ["AUDIO_UI"]),
    "Preview3D": ("image", ["PREVIEW_3D"]),
    "SaveGLB": ("image", ["PREVIEW_3D"]),
    "Load3DAdvanced": ("viewport_state", ["LOAD_3D_ADVANCED"]),
}
_CONTROLS = ("fixed", "increment", "decrement", "randomize", "increment-wrap")
_SAMPLERS = ("KSampler", "KSamplerAdvanced")


def furnish(node: Node, declaration: Mapping[str, Any] | None) -> None:
    """Give a node the inputs, outputs and widgets of its class; without a declaration, what its file says."""
    if declaration is None:
        node.widgets = _unknown_widgets(node)
        return
    declared = declared_inputs(node.class_type, declaration)
    linked = {item.name: item.link is not None for item in node.inputs}
    parts = class_parts(declared, linked, _saved_values(node, declaration, declared))
    node.widgets = [part.widget for part in parts if part.widget]
    node.inputs = _inputs(node.inputs, [part for part in parts if part.socket], declared)
    node.outputs = _outputs(node.outputs, declaration.get("output"))
    if node.class_type == "CustomCombo":
        _add_own_choices(node)
    if node.class_type in _SAMPLERS and (sampler := node.widget("sampler_name")):
        sampler.value = str(sampler.value).removeprefix("sample_")


def declared_inputs(class_type: str, declaration: Mapping[str, Any]) -> list[Named]:
    """The inputs of a class in the order in which the editor builds them."""
    declared = declaration.get("input")
    named = dict(sections(declared))
    required = dict(sections({"required": _section(declared)}))
    added = _added_inputs(class_type, required)
    named.update((name, spec) for name, spec in added if name in named)
    order = declaration.get("input_order")
    listed = [
        name
        for section in ("required", "optional")
        for name in (_texts(order.get(section)) if isinstance(order, Mapping) else [])
        if name in named
    ]
    new = [(name, spec) for name, spec in added if name not in named]
    if listed:
        return [*((name, named[name]) for name in dict.fromkeys([*listed, *named])), *new]
    return [
        *((name, spec) for name, spec in named.items() if name in required),
        *new,
        *((name, spec) for name, spec in named.items() if name not in required),
    ]


def _added_inputs(class_type: str, required: Mapping[str, Any]) -> list[Named]:
    added = []
    if class_type in _ADDED:
        added.append(_ADDED[class_type])
    if any(_is_media_upload(spec) for spec in required.values()):
        added.append(("upload", ["IMAGEUPLOAD"]))
    if "audio" in required and options_of(required["audio"]).get("audio_upload") is True:
        added.append(("upload", ["AUDIOUPLOAD"]))
    return added


def _is_media_upload(spec: list[Any]) -> bool:
    options = options_of(spec)
    uploads = ("image_upload", "video_upload", "animated_image_upload")
    return kind_of(spec) == "COMBO" and any(options.get(name) is True for name in uploads)


def _saved_values(node: Node, declaration: Mapping[str, Any], declared: list[Named]) -> Any:
    """A node's values as its class counts them: older files also have one for inputs that never are widgets."""
    if not isinstance(node.values, list):
        return node.values
    counted = [
        (name, spec) for name, spec in declared if is_widget(spec) or options_of(spec).get("forceInput")
    ]
    in_file = [name for name, _ in sections(declaration.get("input"))]
    counted.sort(key=lambda item: in_file.index(item[0]) if item[0] in in_file else len(in_file))
    kept: list[bool] = []
    for _, spec in counted:
        kept.append(not options_of(spec).get("forceInput"))
        if options_of(spec).get(CONTROL):
            kept.append(True)
    if len(kept) != len(node.values):
        return node.values
    return [value for value, keep in zip(node.values, kept, strict=True) if keep]


def _inputs(in_file: list[Input], parts: list[Part], declared: list[Named]) -> list[Input]:
    """The inputs of the class with their links, then those that only the file has."""
    saved = {item.name: item for item in in_file}
    inputs = []
    for part in parts:
        item = saved.get(part.name)
        type_ = item.type if item and part.adapts else slot_type(part.type)
        inputs.append(
            Input(part.name, type_, item.link if item else None, part.name if part.widget else None)
        )
    names = {item.name for item in inputs}
    groups = tuple(f"{name}." for name, spec in declared if kind_of(spec) == DYNAMIC_COMBO)
    # What belonged to another option of a dynamic combo is gone.
    return inputs + [item for item in in_file if item.name not in names and not item.name.startswith(groups)]


def _outputs(in_file: list[str], declared: Any) -> list[str]:
    """The outputs of the class, then those that only the file has; it also knows the types of those that adapt."""
    types = [slot_type(item) for item in declared] if isinstance(declared, list) else []
    for index, type_ in enumerate(types):
        if type_ == MATCH_TYPE:
            types[index] = in_file[index] if index < len(in_file) else ANY_TYPE
    return types + in_file[len(types) :]


def _add_own_choices(node: Node) -> None:
    """`CustomCombo` has an index and as many options of its own as the artist wrote."""
    choice = node.widget("choice")
    values = node.values[2:] if isinstance(node.values, list) else []
    options: list[Any] = []
    for value in values:
        options.append(value)
        if not value:
            break
    else:
        options.append("")
    if choice:
        choice.choices = [value for value in options if value]
        choice.value = choice.choices[0] if choice.value in (None, UNSET) and choice.choices else choice.value
    index = options.index(choice.value) if choice and choice.value in options else -1
    node.widgets.append(Widget("index", index))
    node.widgets += [Widget(f"option{number}", value) for number, value in enumerate(options, 1)]


def _unknown_widgets(node: Node) -> list[Widget]:
    """The widgets of a class that ComfyUI does not have: by name where the file says so, else in order."""
    named = node.values if isinstance(node.values, dict) else node.named_values
    if named:
        return [
            Widget(name, value) for name, value in named.items() if name != CONTROL and isinstance(name, str)
        ]
    names = [item.widget for item in node.inputs if item.widget]
    values = list(node.values)
    if len(values) > len(names):
        values = [
            value
            for index, value in enumerate(values)
            if index == 0 or value not in _CONTROLS or _is_text(values, index)
        ]
    return [Widget(name, value) for name, value in zip(names, values, strict=False)]


def _is_text(values: list[Any], index: int) -> bool:
    """Whether the value before is no number: then `fixed` and the like control nothing."""
    return isinstance(values[index - 1], bool) or not isinstance(values[index - 1], (int, float))


def _section(declared: Any) -> Any:
    return declared.get("required") if isinstance(declared, Mapping) else None


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def declaration_of(info: ObjectInfo, class_type: str) -> Mapping[str, Any] | None:
    """What ComfyUI says of a class; None if it has none of that name."""
    declaration = info.get(class_type)
    return declaration if isinstance(declaration, Mapping) else None
