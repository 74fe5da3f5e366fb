"""A workflow as ComfyUI's editor saves it, read into nodes, links and subgraphs.

Reading forgives: what has the wrong shape is left out. Ids are strings here, as they are in the graph that ComfyUI
runs. Both forms of links are read, `[id, from, output, to, input, type]` and the objects of newer files.
Source: docs.comfy.org/specs/workflow_json.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from video_queue.comfy.conversion.widgets import Widget

MUTED = 2
BYPASSED = 4
ANY_TYPE = "*"
# The boundaries of a subgraph are the ends of its inner links: a pseudo node of inputs and one of outputs.
INPUT_NODE = "-10"
OUTPUT_NODE = "-20"
MAX_NODES = 20_000

Values = list[Any] | dict[str, Any]


class UnreadableWorkflowError(Exception):
    """The file is no workflow of the editor; the message says why."""


@dataclass(slots=True)
class Input:
    """One input of a node. `widget` names the widget that it stands for, `link` what is connected."""

    name: str
    type: str
    link: str | None = None
    widget: str | None = None


@dataclass(slots=True)
class Node:
    """One node; `inputs`, `outputs` (their types) and `widgets` follow the class once it is known."""

    id: str
    class_type: str
    title: str
    mode: int
    inputs: list[Input]
    outputs: list[str]
    values: Values
    named_values: dict[str, Any]
    properties: dict[str, Any]
    centre: tuple[float, float]
    widgets: list[Widget] = field(default_factory=list)
    promoted: dict[str, Any] = field(default_factory=dict)  # of a subgraph: the values of its inputs, by name

    @property
    def is_active(self) -> bool:
        return self.mode not in (MUTED, BYPASSED)

    def widget(self, name: str | None) -> Widget | None:
        return next((widget for widget in self.widgets if widget.name == name), None)

    def input_of_link(self, link_id: str) -> Input | None:
        return next((item for item in self.inputs if item.link == link_id), None)


@dataclass(frozen=True, slots=True)
class Link:
    """A connection inside one graph."""

    id: str
    origin: str
    output: int
    target: str
    input: int


@dataclass(slots=True)
class Boundary:
    """An input or output of a subgraph, with the inner links that it has."""

    name: str
    type: str
    links: list[str]


@dataclass(frozen=True, slots=True)
class Group:
    """A titled frame around nodes."""

    title: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(slots=True)
class EditorGraph:
    """The workflow itself, or the definition of a subgraph (`id` is then the class of its nodes)."""

    id: str
    title: str
    nodes: dict[str, Node]
    links: dict[str, Link]
    inputs: list[Boundary]
    outputs: list[Boundary]
    groups: list[Group]

    def group_of(self, node: Node) -> str:
        """The title of the frame that a node lies in; empty if in none."""
        x, y = node.centre
        inside = (
            group.title
            for group in self.groups
            if group.left <= x <= group.right and group.top <= y <= group.bottom
        )
        return next(inside, "")

    def targets(self, boundary: Boundary) -> Iterator[tuple[Node, Input]]:
        """The nodes and inputs that a subgraph's input feeds, in their order."""
        for link_id in boundary.links:
            link = self.links.get(link_id)
            node = self.nodes.get(link.target) if link else None
            if node and (item := node.input_of_link(link_id)):
                yield node, item


@dataclass(slots=True)
class Workflow:
    """The whole file."""

    root: EditorGraph
    subgraphs: dict[str, EditorGraph]
    last_node_id: int

    def graphs(self) -> list[EditorGraph]:
        return [*self.subgraphs.values(), self.root]


def read_workflow(document: Mapping[str, Any]) -> Workflow:
    """The workflow in a parsed file.

    Raises:
        UnreadableWorkflowError: it is none, or has more than `MAX_NODES` nodes.
    """
    if not isinstance(document, Mapping) or not isinstance(document.get("nodes"), list):
        raise UnreadableWorkflowError("This is no workflow of ComfyUI's editor: it has no list of nodes.")
    definitions = list(_definitions(document))
    total = sum(len(_list(item, "nodes")) for item in [document, *definitions])
    if total > MAX_NODES:
        raise UnreadableWorkflowError(f"The workflow has {total} nodes; at most {MAX_NODES} are converted.")
    state = document.get("state")
    last = document.get("last_node_id") or (state.get("lastNodeId") if isinstance(state, dict) else 0)
    subgraphs = [read_graph(item) for item in definitions]
    return Workflow(read_graph(document), {item.id: item for item in subgraphs}, _integer(last))


def _definitions(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The definitions of subgraphs, those inside of definitions too."""
    pending: list[Mapping[str, Any]] = [document]
    while pending:
        definitions = pending.pop(0).get("definitions")
        for item in _list(definitions, "subgraphs"):
            if isinstance(item, dict) and isinstance(item.get("id"), str):
                yield item
                pending.append(item)


def read_graph(document: Mapping[str, Any]) -> EditorGraph:
    """The nodes, links and boundaries of a workflow, or of one definition in it."""
    nodes = [_node(item) for item in _list(document, "nodes") if isinstance(item, dict)]
    links = [link for item in _list(document, "links") if (link := _link(item))]
    return EditorGraph(
        str(document.get("id", "")),
        str(document.get("name", "")),
        {node.id: node for node in nodes},
        {link.id: link for link in links},
        _boundaries(
            document, "inputs", [(link.id, link.output) for link in links if link.origin == INPUT_NODE]
        ),
        _boundaries(
            document, "outputs", [(link.id, link.input) for link in links if link.target == OUTPUT_NODE]
        ),
        [group for item in _list(document, "groups") if (group := _group(item))],
    )


def _node(item: dict[str, Any]) -> Node:
    named = item.get("widgets_values_named")
    values = item.get("widgets_values", named)
    properties = item.get("properties")
    x, y = _pair(item.get("pos"))
    width, height = _pair(item.get("size"))
    return Node(
        id=key(item.get("id")) or "",
        class_type=str(item.get("type", "")),
        title=item["title"] if isinstance(item.get("title"), str) else "",
        mode=_integer(item.get("mode")),
        inputs=[_input(slot) for slot in _list(item, "inputs") if isinstance(slot, dict)],
        outputs=[slot_type(slot.get("type")) for slot in _list(item, "outputs") if isinstance(slot, dict)],
        values=values if isinstance(values, (list, dict)) else [],
        named_values=named if isinstance(named, dict) else {},
        properties=properties if isinstance(properties, dict) else {},
        centre=(x + width / 2, y + height / 2),
    )


def _input(slot: dict[str, Any]) -> Input:
    widget = slot.get("widget")
    name = widget.get("name") if isinstance(widget, dict) else None
    return Input(
        str(slot.get("name", "")),
        slot_type(slot.get("type")),
        key(slot.get("link")),
        name if isinstance(name, str) else None,
    )


def _link(item: Any) -> Link | None:
    if isinstance(item, dict):
        names = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
        item = [item.get(name) for name in names]
    if not isinstance(item, list) or len(item) < 5:
        return None
    link_id, origin, target = key(item[0]), key(item[1]), key(item[3])
    if link_id is None or origin is None or target is None:
        return None
    return Link(link_id, origin, _integer(item[2]), target, _integer(item[4]))


def _boundaries(document: Mapping[str, Any], name: str, links: list[tuple[str, int]]) -> list[Boundary]:
    """A subgraph's inputs or outputs; those that do not list their inner links have those of `links`."""
    boundaries = []
    for index, item in enumerate(slot for slot in _list(document, name) if isinstance(slot, dict)):
        listed = [link for value in _list(item, "linkIds") if (link := key(value))]
        derived = [link for link, slot in links if slot == index]
        own = listed if "linkIds" in item else derived
        boundaries.append(Boundary(str(item.get("name", "")), slot_type(item.get("type")), own))
    return boundaries


def _group(item: Any) -> Group | None:
    box = item.get("bounding") if isinstance(item, dict) else None
    if (
        not isinstance(box, list)
        or len(box) != 4
        or not all(isinstance(value, (int, float)) for value in box)
    ):
        return None
    return Group(str(item.get("title", "")), box[0], box[1], box[0] + box[2], box[1] + box[3])


def slot_type(value: Any) -> str:
    """A slot's type as text; a list of choices is joined, nothing and 0 mean any type."""
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value) if value not in (None, "", 0) else ANY_TYPE


def key(value: Any) -> str | None:
    """An id as text; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    return str(value)


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return 0


def _list(item: Any, name: str) -> list[Any]:
    value = item.get(name) if isinstance(item, Mapping) else None
    return value if isinstance(value, list) else []


def _pair(value: Any) -> tuple[float, float]:
    if isinstance(value, Mapping):
        value = [value.get("0"), value.get("1")]
    if not isinstance(value, list) or len(value) < 2:
        return 0.0, 0.0
    x, y = value[:2]
    return (float(x), float(y)) if isinstance(x, (int, float)) and isinstance(y, (int, float)) else (0.0, 0.0)
