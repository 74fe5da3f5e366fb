"""How ComfyUI declares the inputs of a node, read from its object_info: type, choices and limits of each.

Names with dots belong to a dynamic choice (`resize_type.width` is there while `resize_type` has a certain value) or to
a growing list (`images.image0`). Custom nodes declare all kinds of things: what is not understood has no limits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from video_queue.comfy.node_catalogue import ObjectInfo

ANY = "*"
_COMBO, _DYNAMIC, _GROWING = "COMBO", "COMFY_DYNAMICCOMBO_V3", "COMFY_AUTOGROW_V3"
# Classes that load a file of ComfyUI's input folder, and by which input; newer ones say so themselves.
_FILE_INPUTS = {
    "LoadImage": "image",
    "LoadImageMask": "image",
    "LoadAudio": "audio",
    "LoadVideo": "file",
    "Load3D": "model_file",
    "Load3DAdvanced": "model_file",
    "VHS_LoadVideo": "video",
    "VHS_LoadVideoFFmpeg": "video",
    "VHS_LoadAudioUpload": "audio",
}


@dataclass(frozen=True, slots=True)
class NodeInput:
    """One declared input. `choices` is None for what is no choice; `nested` are the inputs of each dynamic choice."""

    kind: str
    required: bool = False
    choices: tuple[Any, ...] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    nested: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """The smallest and the largest number, None where there is no limit."""
        low, high = self.options.get("min"), self.options.get("max")
        return (low if _is_number(low) else None, high if _is_number(high) else None)

    @property
    def lists_files(self) -> bool:
        """Whether its choices are files that can be uploaded, so that they change all the time."""
        return any(key.endswith("_upload") and self.options[key] for key in self.options)

    @property
    def takes_many(self) -> bool:
        """Whether its value is a list of choices."""
        return bool(self.options.get("multiselect"))


_UNKNOWN = NodeInput(ANY)


def find_input(info: ObjectInfo, node: Mapping[str, Any], name: str) -> NodeInput | None:
    """How the class of `node` declares the input `name`, given the node's other values; None if there is none."""
    return _find(_groups(info.get(node.get("class_type", ""))), name, node.get("inputs") or {}, "")


def required_inputs(info: ObjectInfo, class_type: str) -> Iterator[str]:
    """The names that a node of this class must have; ComfyUI asks for none of those with dots."""
    for required, specs in _groups(info.get(class_type)):
        yield from (name for name in specs if required and _read(specs[name], required).kind != _GROWING)


def takes_file(node: Mapping[str, Any], name: str, info: ObjectInfo | None = None) -> bool:
    """Whether an input names a file of ComfyUI's input folder; known of the usual loaders without `info` too."""
    if _FILE_INPUTS.get(str(node.get("class_type"))) == name:
        return True
    declared = find_input(info, node, name) if info else None
    return declared is not None and declared.lists_files


def output_type(info: ObjectInfo, class_type: str, slot: Any) -> str | None:
    """The type of a class's output; ANY where it is not declared as a plain text, None if there is no such output."""
    outputs = _class(info, class_type).get("output")
    if not isinstance(outputs, list) or not isinstance(slot, int):
        return ANY
    if not 0 <= slot < len(outputs):
        return None
    return outputs[slot] if isinstance(outputs[slot], str) else ANY


def is_output_class(info: ObjectInfo, class_type: str) -> bool:
    """Whether nodes of this class give results, so that ComfyUI runs a graph for them."""
    return bool(_class(info, class_type).get("output_node"))


def used_nodes(graph: Mapping[str, Any], info: ObjectInfo) -> list[str]:
    """The nodes of known classes that lead to a result, in the graph's order: ComfyUI checks no others."""
    waiting = [key for key, node in graph.items() if is_output_class(info, node["class_type"])]
    # What a node of an unknown class is used for is not known either.
    waiting += [key for key, node in graph.items() if node["class_type"] not in info]
    used: set[str] = set()
    while waiting:
        node_id = waiting.pop()
        if node_id not in used and node_id in graph:
            used.add(node_id)
            links = (graph[node_id].get("inputs") or {}).values()
            waiting += [str(link[0]) for link in links if isinstance(link, list) and len(link) == 2]
    return [key for key in graph if key in used and graph[key]["class_type"] in info]


def is_core_class(info: ObjectInfo, class_type: str) -> bool:
    """Whether a class comes with ComfyUI; custom ones may judge their inputs by rules of their own."""
    return not str(_class(info, class_type).get("python_module", "")).startswith("custom_nodes")


def _class(info: ObjectInfo, class_type: str) -> Mapping[str, Any]:
    declared = info.get(class_type)
    return declared if isinstance(declared, Mapping) else {}


def _groups(declared: Any) -> list[tuple[bool, Mapping[str, Any]]]:
    """(required, specs by name) of a class, or of a choice of a dynamic one."""
    inputs = declared.get("input", declared.get("inputs")) if isinstance(declared, Mapping) else None
    if not isinstance(inputs, Mapping):
        return []
    groups = [(group == "required", inputs.get(group)) for group in ("required", "optional")]
    return [(required, specs) for required, specs in groups if isinstance(specs, Mapping)]


def _find(
    groups: list[tuple[bool, Mapping[str, Any]]], name: str, values: Mapping[str, Any], prefix: str
) -> NodeInput | None:
    for required, specs in groups:
        if name in specs:
            return _read(specs[name], required)
        parent, dot, rest = name.partition(".")
        if dot and parent in specs:
            declared = _read(specs[parent], required)
            if declared.kind != _DYNAMIC:
                return _UNKNOWN
            chosen = _chosen(declared, values.get(prefix + parent))
            return _find(chosen, rest, values, f"{prefix}{parent}.") if chosen is not None else _UNKNOWN
    return None


def _chosen(declared: NodeInput, value: Any) -> list[tuple[bool, Mapping[str, Any]]] | None:
    """The inputs of the choice that is made; None where it is not known."""
    option = declared.nested.get(str(value)) if not isinstance(value, list) else None
    return _groups(option) if option is not None else None


def _read(spec: Any, required: bool) -> NodeInput:
    """`[type or choices, options]` as a NodeInput."""
    if not isinstance(spec, list) or not spec:
        return _UNKNOWN
    options = spec[1] if len(spec) > 1 and isinstance(spec[1], Mapping) else {}
    if isinstance(spec[0], list):
        return NodeInput(_COMBO, required, tuple(spec[0]), options)
    listed = options.get("options")
    if spec[0] == _DYNAMIC and isinstance(listed, list):
        nested = {str(item["key"]): item for item in listed if isinstance(item, Mapping) and "key" in item}
        return NodeInput(_DYNAMIC, required, tuple(nested), options, nested)
    choices = tuple(listed) if spec[0] == _COMBO and isinstance(listed, list) else None
    return NodeInput(spec[0] if isinstance(spec[0], str) else ANY, required, choices, options)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
