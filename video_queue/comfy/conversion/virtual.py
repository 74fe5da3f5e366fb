"""Nodes that only the editor has: ComfyUI never sees them, whatever they are called.

Reroutes pass on what they are given; a Get node what the Set node of the same name is given. Notes, primitives (whose
value is already in what they feed), and the switches and labels of common packs give nothing.
"""

from __future__ import annotations

from video_queue.comfy.conversion.editor_file import EditorGraph, Node
from video_queue.comfy.node_catalogue import ObjectInfo

NOTES = frozenset({"Note", "MarkdownNote"})
PRIMITIVE = "PrimitiveNode"
# Never classes of ComfyUI, in any installation.
_CORE = NOTES | {"Reroute", PRIMITIVE}
_REROUTES = frozenset({"Reroute", "Reroute (rgthree)", "ReroutePrimitive|pysssss"})
_SETTERS = frozenset({"SetNode", "easy setNode"})
_GETTERS = frozenset({"GetNode", "easy getNode"})
_OTHERS = frozenset(
    {
        "Label (rgthree)",
        "Bookmark (rgthree)",
        "Node Collector (rgthree)",
        "Random Unmuter (rgthree)",
        "Fast Actions Button (rgthree)",
        "Fast Muter (rgthree)",
        "Fast Bypasser (rgthree)",
        "Fast Groups Muter (rgthree)",
        "Fast Groups Bypasser (rgthree)",
        "Mute / Bypass Relay (rgthree)",
        "Mute / Bypass Repeater (rgthree)",
    }
)
# Classes of ComfyUI whose nodes feed others without links, by a script of their pack in the editor.
BROADCASTING = frozenset(
    {
        "Anything Everywhere",
        "Anything Everywhere?",
        "Anything Everywhere3",
        "Prompts Everywhere",
        "Seed Everywhere",
    }
)
_PACKS = _REROUTES | _SETTERS | _GETTERS | _OTHERS


def is_virtual(node: Node, info: ObjectInfo) -> bool:
    """Whether only the editor has this node. What ComfyUI itself has counts as a class of it."""
    return node.class_type in _CORE or (node.class_type in _PACKS and node.class_type not in info)


def passes_through(node: Node) -> bool:
    """Whether the node gives on what it is given."""
    return node.class_type in _REROUTES or node.class_type in _SETTERS


def partner_of(graph: EditorGraph, node: Node) -> Node | None:
    """The Set node of a Get node's name in the same graph; None for other nodes."""
    if node.class_type not in _GETTERS or not (name := _shared_name(node)):
        return None
    return next(
        (
            other
            for other in graph.nodes.values()
            if other.class_type in _SETTERS and _shared_name(other) == name
        ),
        None,
    )


def _shared_name(node: Node) -> str:
    values = list(node.values.values()) if isinstance(node.values, dict) else node.values
    return str(values[0]) if values else ""
