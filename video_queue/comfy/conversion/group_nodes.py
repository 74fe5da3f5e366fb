"""Group nodes of older files, which the editor has replaced by subgraphs: each becomes a subgraph of its own.

A file keeps their definitions in `extra.groupNodes`, with inner nodes numbered from 0 and links between those numbers.
Inner inputs that nothing feeds are the inputs of the group's node, its values those of all inner widgets in turn. The
inner nodes get the ids that the editor gave them when it ran them: `OUTER:NUMBER`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from video_queue.comfy.conversion.editor_file import (
    INPUT_NODE,
    OUTPUT_NODE,
    Boundary,
    EditorGraph,
    Input,
    Link,
    Node,
    Workflow,
    key,
    read_graph,
)
from video_queue.comfy.conversion.nodes import declaration_of, declared_inputs
from video_queue.comfy.conversion.virtual import PRIMITIVE, is_virtual
from video_queue.comfy.conversion.widgets import class_parts, is_widget
from video_queue.comfy.node_catalogue import ObjectInfo

_PREFIXES = ("workflow>", "workflow/")


def expand_group_nodes(workflow: Workflow, document: Mapping[str, Any], info: ObjectInfo) -> None:
    """Turn the group nodes of the workflow into nodes of subgraphs."""
    extra = document.get("extra")
    definitions = extra.get("groupNodes") if isinstance(extra, Mapping) else None
    if not isinstance(definitions, Mapping):
        return
    for node in workflow.root.nodes.values():
        prefix = next((prefix for prefix in _PREFIXES if node.class_type.startswith(prefix)), None)
        definition = definitions.get(node.class_type.removeprefix(prefix)) if prefix else None
        if isinstance(definition, Mapping):
            graph = _read(f"{node.class_type} {node.id}", definition)
            node.class_type = graph.id
            workflow.subgraphs[graph.id] = graph
            _give_values(node, graph, info)
            _add_inputs(node, graph, definition, info)
            _add_outputs(graph, definition, info)


def _read(graph_id: str, definition: Mapping[str, Any]) -> EditorGraph:
    nodes = definition.get("nodes")
    numbered = [
        {**item, "id": number}
        for number, item in enumerate(nodes if isinstance(nodes, list) else [])
        if isinstance(item, dict)
    ]
    links = definition.get("links")
    ends = [
        item[:4]
        for item in (links if isinstance(links, list) else [])
        if isinstance(item, list) and None not in item[:4]
    ]
    graph = read_graph(
        {"id": graph_id, "nodes": numbered, "links": [[number, *item] for number, item in enumerate(ends)]}
    )
    for node in graph.nodes.values():
        for item in node.inputs:
            item.link = None
    for link in graph.links.values():
        target = graph.nodes.get(link.target)
        if target and 0 <= link.input < len(target.inputs):
            target.inputs[link.input].link = link.id
    return graph


def _give_values(host: Node, graph: EditorGraph, info: ObjectInfo) -> None:
    """Deal the values of a group's node out to the inner nodes; a widget that became an input keeps its own."""
    values = iter(host.values if isinstance(host.values, list) else [])
    for node in graph.nodes.values():
        own = node.values if isinstance(node.values, list) else []
        inputs = {item.widget for item in node.inputs if item.widget}
        node.values = [
            next(values, own[index] if index < len(own) else None)
            if name not in inputs
            else own[index]
            if index < len(own)
            else None
            for index, name in enumerate(_saved_names(node, own, info))
        ]
    host.values = []


def _saved_names(node: Node, own: list[Any], info: ObjectInfo) -> list[str]:
    """The widgets of an inner node that have a value in the file."""
    declaration = declaration_of(info, node.class_type)
    if declaration is None:
        return [""] * len(own) if node.class_type == PRIMITIVE or not is_virtual(node, info) else []
    parts = class_parts(declared_inputs(node.class_type, declaration), {}, own)
    return [part.name for part in parts if part.widget and part.widget.saved]


def _add_inputs(host: Node, graph: EditorGraph, definition: Mapping[str, Any], info: ObjectInfo) -> None:
    """Give the group an input for each inner input that nothing feeds, called as the editor calls it."""
    names: dict[str, int] = {}
    converted: list[tuple[Node, Input]] = []
    for node in graph.nodes.values():
        for name in _widget_names(node, info):
            _unique(names, node, name, name)
        for item in node.inputs:
            if item.link is None and item.widget:
                converted.append((node, item))
            elif item.link is None and not is_virtual(node, info):
                _add_input(graph, node, item, _unique(names, node, _label(definition, node, item), item.name))
    for node, item in converted:
        _add_input(graph, node, item, _unique(names, node, _label(definition, node, item), item.name))
    _match_by_place(host, graph)


def _widget_names(node: Node, info: ObjectInfo) -> list[str]:
    declaration = declaration_of(info, node.class_type)
    if declaration is None:
        return []
    inputs = {item.widget for item in node.inputs if item.widget}
    return [
        name
        for name, spec in declared_inputs(node.class_type, declaration)
        if is_widget(spec) and name not in inputs
    ]


def _unique(names: dict[str, int], node: Node, label: str, name: str) -> str:
    """A name that no input of the group has yet: with the inner node's title before it, then with a number."""
    known = label
    if (node.class_type == PRIMITIVE and node.title) or label in names:
        prefix = node.title or node.class_type
        known = label = f"{prefix} {name}"
        if known in names:
            label = f"{prefix} {names[known]} {name}"
    names[known] = names.get(known, 1) + 1
    return label


def _label(definition: Mapping[str, Any], node: Node, item: Input) -> str:
    """The name that the artist gave an input of the group, else its own."""
    entry = _entry(definition, node, "input", item.name)
    name = entry.get("name")
    return name if isinstance(name, str) and name else item.name


def _entry(definition: Mapping[str, Any], node: Node, side: str, name: str) -> Mapping[str, Any]:
    value: Any = definition.get("config")
    for part in (node.id, side, name):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _add_input(graph: EditorGraph, node: Node, item: Input, name: str) -> None:
    number = len(graph.inputs)
    item.link = f"in {number}"
    graph.links[item.link] = Link(item.link, INPUT_NODE, number, node.id, node.inputs.index(item))
    graph.inputs.append(Boundary(name, item.type, [item.link]))


def _match_by_place(host: Node, graph: EditorGraph) -> None:
    """Where the names of a group's node are others than these, its inputs go by their places."""
    names = {item.name for item in graph.inputs}
    if all(item.name in names for item in host.inputs if item.link is not None):
        return
    for boundary, item in zip(graph.inputs, [item for item in host.inputs if not item.widget], strict=False):
        boundary.name = item.name


def _add_outputs(graph: EditorGraph, definition: Mapping[str, Any], info: ObjectInfo) -> None:
    """Give the group an output for each inner output that feeds nothing inside, or something outside too."""
    used = {(link.origin, link.output) for link in graph.links.values()}
    outside = set(_outside(definition))
    for node in graph.nodes.values():
        declared = (declaration_of(info, node.class_type) or {}).get("output")
        types = declared if isinstance(declared, list) else node.outputs
        for number, type_ in enumerate(types):
            place = (node.id, number)
            shown = _entry(definition, node, "output", str(number)).get(
                "visible", place not in used or place in outside
            )
            if shown and not is_virtual(node, info):
                link_id = f"out {len(graph.outputs)}"
                graph.links[link_id] = Link(link_id, node.id, number, OUTPUT_NODE, len(graph.outputs))
                graph.outputs.append(Boundary("", str(type_), [link_id]))


def _outside(definition: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    listed = definition.get("external")
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, list) and len(item) > 2 and item[2] is not None and isinstance(item[1], int):
            yield key(item[0]) or "", item[1]
