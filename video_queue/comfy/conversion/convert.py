"""`convert`: a workflow as the editor saves it becomes the graph that ComfyUI runs. Pure, and it never raises.

The steps are those of the editor when it opens a file and runs it: ids are made unique, nodes get the inputs and
widgets of their classes, subgraphs the values set on them, primitives write into what they feed; then every node that
runs is sent with its widgets' values and the links that lead to other nodes that run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from video_queue.comfy.conversion.dynamic_prompts import has_choices, without_choices
from video_queue.comfy.conversion.editor_file import (
    EditorGraph,
    Node,
    UnreadableWorkflowError,
    read_workflow,
)
from video_queue.comfy.conversion.file_names import fill_file_names
from video_queue.comfy.conversion.group_nodes import expand_group_nodes
from video_queue.comfy.conversion.nodes import declaration_of, furnish
from video_queue.comfy.conversion.promotion import promote
from video_queue.comfy.conversion.result import Converted, NodeProblem
from video_queue.comfy.conversion.rounding import rounded
from video_queue.comfy.conversion.sources import Output, Place, Sources
from video_queue.comfy.conversion.unique_ids import make_ids_unique
from video_queue.comfy.conversion.virtual import BROADCASTING, PRIMITIVE, is_virtual
from video_queue.comfy.conversion.widgets import SCENES, UNSET, Widget
from video_queue.comfy.node_catalogue import ObjectInfo

MAX_NODES = 20_000
MAX_DEPTH = 50


def convert(workflow: Mapping[str, Any], info: ObjectInfo) -> Converted:
    """The graph in API format of a workflow as the editor saves it.

    `info` is ComfyUI's answer to `GET /object_info`; classes that it does not have are converted as well as their
    inputs' names allow, and reported.
    """
    try:
        return _Conversion(workflow, info).run()
    except UnreadableWorkflowError as error:
        return Converted(problems=[NodeProblem("", "", "", str(error))])


class _Conversion:
    """One conversion: what it reads, and what it has collected so far."""

    def __init__(self, document: Mapping[str, Any], info: ObjectInfo) -> None:
        self._workflow = read_workflow(document)
        self._info = info
        make_ids_unique(self._workflow)
        expand_group_nodes(self._workflow, document, info)
        self._sources = Sources(self._workflow, lambda node: is_virtual(node, info))
        self._result = Converted()

    def run(self) -> Converted:
        self._furnish()
        promote(self._workflow)
        for graph in self._workflow.graphs():
            _apply_primitives(graph)
        fill_file_names(self._workflow)
        for place, node in list(self._running_nodes()):
            self._send(place, node)
        self._remove_dead_links()
        return self._result

    def _furnish(self) -> None:
        for graph in self._workflow.graphs():
            for node in graph.nodes.values():
                if node.class_type not in self._workflow.subgraphs and not is_virtual(node, self._info):
                    furnish(node, declaration_of(self._info, node.class_type))

    def _running_nodes(self) -> Iterator[tuple[Place, Node]]:
        """Every node that ComfyUI runs, in all appearances of its subgraph."""
        pending = [Place(self._workflow.root)]
        count = 0
        while pending:
            place = pending.pop(0)
            self._sources.places[place.path] = place
            count += 1
            for node in place.graph.nodes.values():
                definition = self._workflow.subgraphs.get(node.class_type)
                if definition is not None:
                    if (node.is_active or place.host) and self._may_enter(place, node):
                        pending.append(Place(definition, (*place.path, node.id), node, place))
                elif node.is_active and not is_virtual(node, self._info):
                    count += 1
                    yield place, node
            if count > MAX_NODES:
                raise UnreadableWorkflowError(
                    f"With its subgraphs the workflow has more than {MAX_NODES} nodes."
                )

    def _may_enter(self, place: Place, node: Node) -> bool:
        around: Place | None = place
        while around is not None:
            if around.graph.id == node.class_type:
                self._note(place, node, "This subgraph contains itself; it was left out.")
                return False
            around = around.outer
        return len(place.path) < MAX_DEPTH

    def _send(self, place: Place, node: Node) -> None:
        node_id = place.id_of(node)
        declaration = declaration_of(self._info, node.class_type)
        for message in _remarks(node, declaration):
            self._note(place, node, message)
        inputs = {
            widget.name: self._sent_value(place, node, widget) for widget in node.widgets if widget.sent
        }
        for number, item in enumerate(node.inputs):
            source = self._sources.source_of(place, node, number)
            if isinstance(source, Output):
                inputs[item.name] = [source.node_id, source.number]
            elif source is not None:
                inputs[item.name] = _wrapped(source.value, source.kind)
        inputs = {name: value for name, value in inputs.items() if value is not UNSET}
        title = node.title or str((declaration or {}).get("display_name") or node.class_type)
        self._result.graph[node_id] = {
            "inputs": inputs,
            "class_type": node.class_type,
            "_meta": {"title": title},
        }
        self._result.titles[node_id] = title
        if group := _group_of(place, node):
            self._result.groups[node_id] = group

    def _sent_value(self, place: Place, node: Node, widget: Widget) -> Any:
        value = widget.value
        if widget.dynamic_prompts and isinstance(value, str):
            if has_choices(value):
                self._note(place, node, f"{widget.name}: the first of the choices in {{ }} was taken.")
            value = without_choices(value)
        return _wrapped(value, widget.kind)

    def _remove_dead_links(self) -> None:
        """Inputs whose source does not run are left out."""
        graph = self._result.graph
        for sent in graph.values():
            inputs = sent["inputs"]
            for name in [
                name for name, value in inputs.items() if isinstance(value, list) and value[0] not in graph
            ]:
                del inputs[name]

    def _note(self, place: Place, node: Node, message: str) -> None:
        self._result.problems.append(NodeProblem(place.id_of(node), node.title, node.class_type, message))


def _remarks(node: Node, declaration: Mapping[str, Any] | None) -> Iterator[str]:
    """What a node needs of the editor while it runs, which no file can hold."""
    if declaration is None:
        yield "ComfyUI has no node of this class. Its inputs were taken from the file as they are."
    if node.class_type in BROADCASTING:
        yield "Its links are made only while the editor runs the workflow. Connect what it feeds by links."
    if any(widget.kind in SCENES and widget.sent for widget in node.widgets):
        yield "What it shows or records exists only in the editor while it runs. Load a file instead."


def _apply_primitives(graph: EditorGraph) -> None:
    """A primitive's value goes into the widgets that it feeds."""
    for link in graph.links.values():
        origin, target = graph.nodes.get(link.origin), graph.nodes.get(link.target)
        if origin is None or target is None or origin.class_type != PRIMITIVE:
            continue
        values = origin.values if isinstance(origin.values, list) else []
        item = target.input_of_link(link.id)
        widget = target.widget(item.widget) if item and item.widget else None
        if widget is not None and values:
            widget.value = rounded(widget.kind, widget.limits, values[0])


def _group_of(place: Place, node: Node) -> str:
    """The group that a node lies in, else the one that its subgraph lies in."""
    around: Place | None = place
    while around is not None:
        if group := around.graph.group_of(node):
            return group
        if around.host is None:
            return ""
        node, around = around.host, around.outer
    return ""


def _wrapped(value: Any, kind: str) -> Any:
    """A list as a value: ComfyUI takes a bare one for a link."""
    if not isinstance(value, list):
        return value
    return {"__type__": "CURVE", "__value__": value} if kind == "CURVE" else {"__value__": value}
