"""Values that an artist sets on the outside of a subgraph, for widgets of nodes inside.

Each input of a subgraph that feeds a widget is a widget of the subgraph's node. Newer files list those values in the
order of the inputs; older ones name the inner widgets in `proxyWidgets`, and what no input feeds yet gets one.
Source: what the editor writes into `widgets_values`, `proxyWidgets` and `proxyWidgetErrorQuarantine`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, NamedTuple

from video_queue.comfy.conversion.editor_file import (
    INPUT_NODE,
    Boundary,
    EditorGraph,
    Input,
    Link,
    Node,
    Workflow,
)
from video_queue.comfy.conversion.widgets import Widget

PRIMITIVE = "PrimitiveNode"
MAX_DEPTH = 100
_OLD_PREFIX = re.compile(r"\s*(\d+)\s*:\s*(.+)", re.DOTALL)
_MISSING = object()


class _Entry(NamedTuple):
    """One line of `proxyWidgets`: an inner node, one of its widgets, and the value (`_MISSING`: none)."""

    node: str
    widget: str
    inner: str | None
    value: Any


def promote(workflow: Workflow) -> None:
    """Give every subgraph's node its inputs and the values that were set on it; inner definitions come first."""
    for graph in _leaves_first(workflow):
        hosts = [
            (node, workflow.subgraphs[node.class_type])
            for node in graph.nodes.values()
            if node.class_type in workflow.subgraphs
        ]
        for host, definition in hosts:
            _take_inputs(host, definition)
            _set_in_order(workflow, host, definition)
        for host, definition in hosts:
            _set_by_entries(workflow, host, definition)


def promoted_widget(
    workflow: Workflow,
    definition: EditorGraph,
    boundary: Boundary,
    visited: set[tuple[str, str]] | None = None,
) -> Widget | None:
    """The inner widget that an input of a subgraph stands for, with its value; None if it feeds none.

    `visited` has the inputs that this search has come by: they stand for none.
    """
    visited = set() if visited is None else visited
    if (definition.id, boundary.name) in visited or len(visited) > MAX_DEPTH:
        return None
    visited.add((definition.id, boundary.name))
    for node, item in definition.targets(boundary):
        inner = workflow.subgraphs.get(node.class_type)
        if inner is None:
            widget = node.widget(item.widget) if item.widget else None
        else:
            widget = _host_widget(workflow, node, inner, item.name, visited)
        if widget is not None:
            return widget
    return None


def _host_widget(
    workflow: Workflow,
    host: Node,
    definition: EditorGraph,
    name: str,
    visited: set[tuple[str, str]] | None = None,
) -> Widget | None:
    boundary = next((item for item in definition.inputs if item.name == name), None)
    widget = promoted_widget(workflow, definition, boundary, visited) if boundary else None
    if widget is None or name not in host.promoted:
        return widget
    value = host.promoted[name]
    return replace(widget, value=widget.choices[0] if value is None and widget.choices else value)


def host_value(workflow: Workflow, host: Node, definition: EditorGraph, index: int) -> Widget | None:
    """The widget, with its value, that stands on a subgraph's node for an unconnected input of it."""
    return _host_widget(workflow, host, definition, definition.inputs[index].name)


def _leaves_first(workflow: Workflow) -> list[EditorGraph]:
    """The definitions, each behind those that it uses, then the workflow; in the file's order where they go round."""
    waiting = dict(workflow.subgraphs)
    uses = {
        graph.id: {node.class_type for node in graph.nodes.values() if node.class_type in workflow.subgraphs}
        for graph in workflow.subgraphs.values()
    }
    ordered: list[EditorGraph] = []
    while waiting:
        ready = [graph for graph_id, graph in waiting.items() if not uses[graph_id] & waiting.keys()]
        if not ready:
            return [*workflow.subgraphs.values(), workflow.root]
        ordered += ready
        for graph in ready:
            del waiting[graph.id]
    return [*ordered, workflow.root]


def _take_inputs(host: Node, definition: EditorGraph) -> None:
    """The inputs and outputs of a subgraph's node are those of its definition, with the links of the file."""
    links = {item.name: item.link for item in host.inputs}
    host.inputs = [Input(item.name, item.type, links.get(item.name), item.name) for item in definition.inputs]
    host.outputs = [item.type for item in definition.outputs]


def _set_in_order(workflow: Workflow, host: Node, definition: EditorGraph) -> None:
    failed = _values_of_failed_entries(host)
    values = iter(host.values if isinstance(host.values, list) else [])
    for boundary in definition.inputs:
        if promoted_widget(workflow, definition, boundary) is None:
            continue
        value = next(values, _MISSING)
        value = failed.get(boundary.name, value)
        if value is not _MISSING:
            host.promoted[boundary.name] = value


def _values_of_failed_entries(host: Node) -> dict[str, Any]:
    """Values that the editor kept when it could not apply an entry of `proxyWidgets`."""
    values: dict[str, Any] = {}
    entries = host.properties.get("proxyWidgetErrorQuarantine")
    for entry in entries if isinstance(entries, list) else []:
        original = entry.get("originalEntry") if isinstance(entry, dict) else None
        if not isinstance(original, list) or len(original) < 2 or str(original[0]) != "-1":
            continue
        if entry.get("hostValue") is not None:
            values.setdefault(str(original[1]), entry["hostValue"])
    return values


def _set_by_entries(workflow: Workflow, host: Node, definition: EditorGraph) -> None:
    """Set the values of `proxyWidgets`; primitives come last, since they replace links."""
    primitives: dict[str, list[_Entry]] = {}
    for entry in _entries(workflow, host, definition):
        if (boundary := _boundary_of(workflow, definition, entry)) is not None:
            _set(host, boundary.name, entry.value)
        elif (source := definition.nodes.get(entry.node)) is None:
            if entry.node == "-1" and any(item.name == entry.widget for item in definition.inputs):
                _set(host, entry.widget, entry.value)
        elif source.class_type == PRIMITIVE:
            primitives.setdefault(source.id, []).append(entry)
        elif not entry.widget.startswith("$$"):
            _add_input(workflow, host, definition, source, entry)
    for node_id, entries in primitives.items():
        _replace_primitive(workflow, host, definition, definition.nodes[node_id], entries)


def _entries(workflow: Workflow, host: Node, definition: EditorGraph) -> list[_Entry]:
    listed = host.properties.get("proxyWidgets")
    if not isinstance(listed, list):
        return []
    values = host.values if isinstance(host.values, list) else []
    entries = []
    for index, item in enumerate(listed):
        if not isinstance(item, list) or len(item) < 2 or not isinstance(item[1], str):
            continue
        value = values[index] if index < len(values) and values[index] is not None else _MISSING
        entry = _Entry(str(item[0]), item[1], str(item[2]) if len(item) > 2 else None, value)
        entries.append(entry if _is_known(workflow, definition, entry) else _without_prefix(entry))
    return entries


def _is_known(workflow: Workflow, definition: EditorGraph, entry: _Entry) -> bool:
    node = definition.nodes.get(entry.node)
    if node is None:
        return False
    inner = workflow.subgraphs.get(node.class_type)
    if inner is not None:
        return _host_widget(workflow, node, inner, entry.widget) is not None
    return node.widget(entry.widget) is not None


def _without_prefix(entry: _Entry) -> _Entry:
    """Old files wrote the ids of inner nodes before a widget's name: `12: 7: seed`."""
    while match := _OLD_PREFIX.fullmatch(entry.widget):
        entry = entry._replace(widget=match[2], inner=match[1])
    return entry


def _boundary_of(workflow: Workflow, definition: EditorGraph, entry: _Entry) -> Boundary | None:
    """The subgraph's input that already feeds an entry's widget."""
    for boundary in definition.inputs:
        for node, item in definition.targets(boundary):
            is_host = node.class_type in workflow.subgraphs
            name = item.name if is_host else item.widget if node.widget(item.widget) else None
            if name is None:
                continue
            if (node.id, name) == (entry.node, entry.widget):
                return boundary
            break
    return None


def _add_input(workflow: Workflow, host: Node, definition: EditorGraph, source: Node, entry: _Entry) -> None:
    """Feed an inner widget from a new input of the subgraph."""
    inner = workflow.subgraphs.get(source.class_type)
    name = entry.widget if inner is None else _inner_input(inner, entry)
    if name is None or (inner is None and source.widget(name) is None):
        return
    item = next((item for item in source.inputs if item.widget == name), None)
    if item is not None:
        boundary = _new_boundary(workflow, definition, entry.widget, item.type)
        _connect(definition, boundary, source, item)
        _set(host, boundary.name, entry.value)


def _inner_input(inner: EditorGraph, entry: _Entry) -> str | None:
    """The input of a nested subgraph that stands for an entry's widget."""
    for boundary in inner.inputs:
        target = next(iter(inner.targets(boundary)), None)
        fed = (target[1].widget or target[1].name) if target else None
        if entry.inner is not None:
            if target and fed == entry.widget and target[0].id == entry.inner:
                return boundary.name
        elif entry.widget in (boundary.name, fed):
            return boundary.name
    return None


def _replace_primitive(
    workflow: Workflow, host: Node, definition: EditorGraph, primitive: Node, entries: list[_Entry]
) -> None:
    """What a promoted primitive feeds is fed by a new input of the subgraph instead."""
    links = [link for link in definition.links.values() if link.origin == primitive.id]
    ends = [
        (node, item)
        for link in links
        if (node := definition.nodes.get(link.target)) and (item := node.input_of_link(link.id))
    ]
    bypassed = primitive.properties.get("proxyBypassedToSubgraphInput")
    if isinstance(bypassed, str) and any(item.name == bypassed for item in definition.inputs):
        for entry in entries:
            _set(host, bypassed, entry.value)
        return
    if not ends:
        return
    title = primitive.title if primitive.title not in ("", PRIMITIVE) else entries[0].widget
    boundary = _new_boundary(workflow, definition, title, primitive.outputs[0] if primitive.outputs else "*")
    for node, item in ends:
        _connect(definition, boundary, node, item)
    primitive.properties["proxyBypassedToSubgraphInput"] = boundary.name
    value = next((entry.value for entry in entries if entry.value is not _MISSING), _MISSING)
    if value is _MISSING and isinstance(primitive.values, list) and primitive.values:
        value = primitive.values[0]
    _set(host, boundary.name, value)


def _new_boundary(workflow: Workflow, definition: EditorGraph, name: str, slot_type: str) -> Boundary:
    """A further input of a definition, and of all nodes of it."""
    names = {item.name for item in definition.inputs}
    unique, number = name, 1
    while unique in names:
        unique, number = f"{name}_{number}", number + 1
    boundary = Boundary(unique, slot_type, [])
    definition.inputs.append(boundary)
    for graph in workflow.graphs():
        for node in graph.nodes.values():
            if node.class_type == definition.id and len(node.inputs) == len(definition.inputs) - 1:
                node.inputs.append(Input(unique, slot_type, None, unique))
    return boundary


def _connect(definition: EditorGraph, boundary: Boundary, node: Node, item: Input) -> None:
    link_id = f"promoted {len(definition.links)}"
    index = definition.inputs.index(boundary)
    definition.links[link_id] = Link(link_id, INPUT_NODE, index, node.id, node.inputs.index(item))
    for other in definition.inputs:
        if item.link in other.links:
            other.links.remove(item.link)
    item.link = link_id
    boundary.links.append(link_id)


def _set(host: Node, name: str, value: Any) -> None:
    if value is not _MISSING:
        host.promoted[name] = value
