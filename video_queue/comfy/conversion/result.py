"""What a conversion gives: the graph, and what of the editor's file could not be converted."""

from __future__ import annotations

from dataclasses import dataclass, field

from video_queue.comfy.graph import Graph


@dataclass(frozen=True, slots=True)
class NodeProblem:
    """What could not be converted of one node, or of the whole file (`node_id` is then empty)."""

    node_id: str
    title: str
    class_type: str
    message: str


@dataclass(slots=True)
class Converted:
    """A graph in API format; `titles` and `groups` say for node ids what the artist called the node and its group.

    The graph is empty where the file is no workflow of the editor; `problems` then says why.
    """

    graph: Graph = field(default_factory=dict)
    problems: list[NodeProblem] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
