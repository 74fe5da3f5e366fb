"""Where a connected input really gets its value from: links followed through all that only the editor knows.

Reroutes, muted and bypassed nodes, subgraphs and Set/Get pairs are passed; what is reached is an output of a node that
ComfyUI runs, a value that was set on a subgraph, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from video_queue.comfy.conversion.editor_file import (
    ANY_TYPE,
    BYPASSED,
    INPUT_NODE,
    MUTED,
    EditorGraph,
    Node,
    Workflow,
)
from video_queue.comfy.conversion.promotion import host_value
from video_queue.comfy.conversion.virtual import partner_of, passes_through
from video_queue.comfy.conversion.widgets import Widget


@dataclass(frozen=True, slots=True)
class Place:
    """One appearance of a graph: the workflow itself, or a subgraph inside of `outer` as the node `host`."""

    graph: EditorGraph
    path: tuple[str, ...] = ()
    host: Node | None = None
    outer: Place | None = None

    def id_of(self, node: Node) -> str:
        """A node's id in the graph that ComfyUI runs: the ids of the subgraphs around it, then its own."""
        return ":".join((*self.path, node.id))


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a node that ComfyUI runs."""

    node_id: str
    number: int


@dataclass(frozen=True, slots=True)
class _Spot:
    """An input (`is_input`) or output of a node, by number."""

    place: Place
    node: Node
    number: int
    is_input: bool


class Sources:
    """Follows the links of one workflow. `places` are its subgraphs by the ids of their nodes."""

    def __init__(self, workflow: Workflow, is_virtual: Callable[[Node], bool]) -> None:
        self._workflow = workflow
        self._is_virtual = is_virtual
        self.places: dict[tuple[str, ...], Place] = {}

    def source_of(self, place: Place, node: Node, number: int) -> Output | Widget | None:
        """What an input gets: a node's output, the widget of a subgraph, or None for nothing."""
        spot: _Spot | Output | Widget | None = _Spot(place, node, number, is_input=True)
        wanted: str | None = None
        visited: set[tuple[tuple[str, ...], str, int, bool]] = set()
        while isinstance(spot, _Spot):
            mark = (spot.place.path, spot.node.id, spot.number, spot.is_input)
            if mark in visited or spot.number < 0:
                return None
            visited.add(mark)
            if spot.is_input:
                spot, wanted = self._before_input(spot, wanted)
            else:
                spot, wanted = self._before_output(spot, wanted or ANY_TYPE)
        return spot

    def _before_input(self, spot: _Spot, wanted: str | None) -> tuple[_Spot | Widget | None, str | None]:
        if spot.number >= len(spot.node.inputs):
            return None, wanted
        item = spot.node.inputs[spot.number]
        graph = spot.place.graph
        link = graph.links.get(item.link) if item.link else None
        if link is None:
            return None, wanted
        if link.origin == INPUT_NODE:
            return self._outside(spot.place, link.output), None
        origin = graph.nodes.get(link.origin)
        wanted = wanted or item.type
        return (_Spot(spot.place, origin, link.output, is_input=False) if origin else None), wanted

    def _outside(self, place: Place, number: int) -> _Spot | Widget | None:
        """What feeds a subgraph's input from outside: a link, or the value set on its node."""
        if place.host is None or place.outer is None or not 0 <= number < len(place.host.inputs):
            return None
        if place.host.inputs[number].link is not None:
            return _Spot(place.outer, place.host, number, is_input=True)
        return host_value(self._workflow, place.host, place.graph, number)

    def _before_output(self, spot: _Spot, wanted: str) -> tuple[_Spot | Output | None, str | None]:
        node, place = spot.node, spot.place
        if node.mode == MUTED:
            return None, None
        if node.mode == BYPASSED:
            number = bypass_input(node, spot.number, wanted)
            return (None if number is None else _Spot(place, node, number, is_input=True)), None
        if node.class_type in self._workflow.subgraphs:
            return self._inside(spot), wanted
        if partner := partner_of(place.graph, node):
            return _Spot(place, partner, 0, is_input=True), wanted
        if self._is_virtual(node):
            return (_Spot(place, node, spot.number, is_input=True) if passes_through(node) else None), wanted
        return Output(place.id_of(node), spot.number), None

    def _inside(self, spot: _Spot) -> _Spot | None:
        """What feeds an output of a subgraph from within."""
        place = self.places.get((*spot.place.path, spot.node.id))
        if place is None or spot.number >= len(place.graph.outputs):
            return None
        graph = place.graph
        link = next(
            (graph.links[name] for name in graph.outputs[spot.number].links if name in graph.links), None
        )
        if link is None:
            return None
        if link.origin == INPUT_NODE:
            return _Spot(spot.place, spot.node, link.output, is_input=True)
        origin = graph.nodes.get(link.origin)
        return _Spot(place, origin, link.output, is_input=False) if origin else None


def bypass_input(node: Node, number: int, wanted: str) -> int | None:
    """The input that a bypassed node passes on for one of its outputs; None if none fits.

    The input of the same number where it fits, else the first of exactly the type that the receiver takes, else the
    first that fits both the output and the receiver.
    """
    inputs = node.inputs
    if wanted == ANY_TYPE:
        return number if number < len(inputs) else 0 if inputs else None
    if number >= len(node.outputs):
        return None
    output = node.outputs[number]
    fitting = [
        index for index, item in enumerate(inputs) if _fits(item.type, output) and _fits(item.type, wanted)
    ]
    if number in fitting:
        return number
    exact = (index for index, item in enumerate(inputs) if item.type == wanted)
    return next(exact, fitting[0] if fitting else None)


def _fits(first: str, second: str) -> bool:
    """Whether two types may be connected: any type fits all, and one of several is enough."""
    if ANY_TYPE in (first, second):
        return True
    return not set(first.lower().split(",")).isdisjoint(second.lower().split(","))
