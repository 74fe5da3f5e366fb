"""A graph to be asked: links in both directions, what ComfyUI declares of each input, where a value really stands."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from video_queue.comfy.graph import PREFIX_INPUT, Graph
from video_queue.comfy.node_catalogue import ObjectInfo
from video_queue.comfy.node_inputs import ANY, NodeInput, find_input, is_output_class, takes_file

_FARTHEST = 20
# A node that only holds or passes on one value, and the input it stands in.
_PRIMITIVES = {
    "PrimitiveInt": "value",
    "PrimitiveFloat": "value",
    "PrimitiveBoolean": "value",
    "PrimitiveString": "value",
    "PrimitiveStringMultiline": "value",
    "CustomCombo": "choice",
    "INTConstant": "value",
    "FloatConstant": "value",
    "StringConstant": "string",
    "StringConstantMultiline": "string",
    "easy int": "value",
    "easy float": "value",
    "easy string": "value",
    "easy positive": "positive",
    "easy negative": "negative",
}
_BRACKETS = re.compile(r" \([^)]*\)$")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")


class Place(NamedTuple):
    """One input of one node."""

    node: str
    name: str

    @property
    def binding(self) -> str:
        """As `set` and `files` of a workflow file name it."""
        return f"{self.node}.inputs.{self.name}"


class Nodes:
    """The nodes of a graph that ComfyUI would run, in order of use; all of them where it would run none."""

    def __init__(
        self, graph: Graph, info: ObjectInfo, titles: Mapping[str, str], groups: Mapping[str, str]
    ) -> None:
        self.all, self.info = graph, info
        self._titles, self._groups = titles, groups
        self._inputs = {node_id: dict(_flat(node["inputs"])) for node_id, node in graph.items()}
        self.outputs = [node_id for node_id in sorted(graph, key=_by_number) if self._is_output(node_id)]
        self.ids = self._in_order_of_use() or list(graph)
        self._consumers: dict[str, list[Place]] = {}
        for node_id in self.ids:
            for name, value in self.inputs(node_id).items():
                if source := self.link(value):
                    self._consumers.setdefault(source, []).append(Place(node_id, name))

    def class_of(self, node_id: str) -> str:
        """A node's class."""
        return str(self.all[node_id]["class_type"])

    def inputs(self, node_id: str) -> Mapping[str, Any]:
        """A node's inputs: values and links. Plain fields of an object stand in its place, as `lora_1.strength`."""
        return self._inputs[node_id]

    def link(self, value: Any) -> str:
        """The node that a link leads to; empty for a value and for a link to nowhere."""
        is_link = isinstance(value, list) and len(value) == 2 and isinstance(value[1], int)
        return str(value[0]) if is_link and str(value[0]) in self.all else ""

    def values(self) -> Iterator[tuple[Place, Any]]:
        """Every input of every node that is a value of its own."""
        for node_id in self.ids:
            for name, value in self.inputs(node_id).items():
                if not isinstance(value, list | dict) and value is not None:
                    yield Place(node_id, name), value

    def consumers(self, node_id: str) -> list[Place]:
        """The inputs that take what a node gives."""
        return self._consumers.get(node_id, [])

    def upstream(self, node_id: str) -> Iterator[str]:
        """The node and everything it rests on, nearest first."""
        waiting, seen = [node_id], {node_id}
        for here in waiting:
            yield here
            for value in self.inputs(here).values():
                if (source := self.link(value)) and source not in seen:
                    seen.add(source)
                    waiting.append(source)

    def title(self, node_id: str) -> str:
        """What the artist called a node, without the name of its class; empty where that was all."""
        title = str(self._titles.get(node_id) or (self.all[node_id].get("_meta") or {}).get("title") or "")
        class_type = self.class_of(node_id)
        for plain in (str(self.info.get(class_type, {}).get("display_name") or class_type), class_type):
            title = title.removeprefix(plain).removeprefix(_BRACKETS.sub("", plain))
        return title.strip(" -:()[]")[:80]

    def group(self, node_id: str) -> str:
        """The editor's group that a node stands in."""
        return self._groups.get(node_id, "").strip()[:60]

    def gives_conditioning(self, node_id: str) -> bool:
        """Whether a node gives texts or conditioning; one that ComfyUI did not describe: unless it samples."""
        class_type = self.class_of(node_id)
        if class_type in self.info:
            return not {"CONDITIONING", "STRING"}.isdisjoint(
                map(str, self.info[class_type].get("output", ()))
            )
        return not any(word in class_type for word in ("Sampler", "Guider", "Decode"))

    def holds(self, place: Place) -> bool:
        """Whether an input is the value that a node is there to hold."""
        return _PRIMITIVES.get(self.class_of(place.node)) == place.name

    def is_primitive(self, node_id: str) -> bool:
        """Whether a node only holds a value."""
        return self.class_of(node_id) in _PRIMITIVES

    def origin(self, place: Place) -> Place | None:
        """Where the value of an input stands: there, or in the node that holds it; None where it is worked out."""
        for _ in range(_FARTHEST):
            value = self.inputs(place.node).get(place.name)
            source = self.link(value)
            if not source:
                return place if not isinstance(value, list | dict) and value is not None else None
            name = self._passes_on(source)
            if not name:
                return None
            place = Place(source, name)
        return None

    def _passes_on(self, node_id: str) -> str:
        """The one input whose value a node passes on unchanged."""
        class_type, inputs = self.class_of(node_id), self.inputs(node_id)
        if class_type == "ComfyMathExpression":
            expression = str(inputs.get("expression")).strip()
            return f"values.{expression}" if _VARIABLE.fullmatch(expression) else ""
        if class_type in ("Reroute", "Reroute (rgthree)"):
            return next(iter(inputs), "")
        return _PRIMITIVES.get(class_type, "")

    def declared(self, place: Place) -> NodeInput:
        """What ComfyUI says of an input, any choice as COMBO; of no kind where it was never asked."""
        declared = find_input(self.info, self.all[place.node], place.name)
        if declared is None or declared.kind == ANY:
            return NodeInput("")
        return replace(declared, kind="COMBO") if declared.choices is not None else declared

    def takes_file(self, place: Place) -> bool:
        """Whether an input names a file of ComfyUI's input folder, one of a list."""
        declared = self.declared(place)
        listed = declared.kind in ("", "COMBO") and "image_folder" not in declared.options
        return listed and takes_file(self.all[place.node], place.name, self.info)

    def _is_output(self, node_id: str) -> bool:
        class_type = self.class_of(node_id)
        if class_type in self.info:
            return is_output_class(self.info, class_type)
        names = class_type.startswith(("Save", "Preview")) or "VideoCombine" in class_type
        return names or PREFIX_INPUT in self.inputs(node_id)

    def _in_order_of_use(self) -> list[str]:
        """What leads to the outputs, each node behind those it takes from: the same whatever order a file has."""
        order: dict[str, None] = {}
        waiting, opened = self.outputs[::-1], set[str]()
        while waiting:
            node_id = waiting[-1]
            if node_id in opened:
                order.setdefault(waiting.pop())
                continue
            opened.add(node_id)
            sources = [self.link(value) for value in self.inputs(node_id).values()]
            waiting += [source for source in reversed(sources) if source and source not in opened]
        return list(order)


def _flat(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in inputs.items():
        if not isinstance(value, dict):
            yield name, value
            continue
        fields = {f"{name}.{field}": inner for field, inner in value.items()}
        yield from (
            (key, inner)
            for key, inner in fields.items()
            if isinstance(inner, str | int | float) and key not in inputs
        )


def _by_number(node_id: str) -> list[tuple[int, str]]:
    """Ids are numbers, of nodes in subgraphs several with colons; others are compared as texts, behind those."""
    parts = node_id.split(":")
    return [(int(part), "") if part.isdecimal() else (sys.maxsize, part) for part in parts]
