"""Node ids that are unique over the workflow and its subgraphs, as the editor makes them when it opens a file.

Copied subgraphs carry the ids of their originals. The first to have an id keeps it, and the next gets the next free
number; so the inner nodes in the graph are called as the editor calls them.
"""

from __future__ import annotations

from dataclasses import replace

from video_queue.comfy.conversion.editor_file import EditorGraph, Node, Workflow


def make_ids_unique(workflow: Workflow) -> None:
    """Rename the nodes of subgraphs whose ids are taken, and what names them."""
    if not workflow.subgraphs:
        return
    taken = {node_id for node_id in workflow.root.nodes if _number(node_id) is not None}
    last = workflow.last_node_id
    renamed: dict[str, dict[str, str]] = {}
    for graph in workflow.subgraphs.values():
        names: dict[str, str] = {}
        for node in graph.nodes.values():
            if node.id in taken:
                last = _next_free(last, taken)
                names[node.id] = str(last)
            else:
                last = max(last, _number(node.id) or 0)
            taken.add(names.get(node.id, node.id))
        _rename(graph, names)
        renamed[graph.id] = names
    for graph in workflow.graphs():
        for node in graph.nodes.values():
            _rename_promoted(node, renamed.get(node.class_type, {}))


def _next_free(last: int, taken: set[str]) -> int:
    last += 1
    while str(last) in taken:
        last += 1
    return last


def _rename(graph: EditorGraph, names: dict[str, str]) -> None:
    if not names:
        return
    nodes = list(graph.nodes.values())
    for node in nodes:
        node.id = names.get(node.id, node.id)
    graph.nodes = {node.id: node for node in nodes}
    graph.links = {
        link.id: replace(
            link, origin=names.get(link.origin, link.origin), target=names.get(link.target, link.target)
        )
        for link in graph.links.values()
    }


def _rename_promoted(node: Node, names: dict[str, str]) -> None:
    entries = node.properties.get("proxyWidgets")
    if names and isinstance(entries, list):
        node.properties["proxyWidgets"] = [
            [names.get(str(entry[0]), str(entry[0])), *entry[1:]]
            if isinstance(entry, list) and entry
            else entry
            for entry in entries
        ]


def _number(node_id: str) -> int | None:
    return (
        int(node_id) if node_id.isascii() and node_id.isdecimal() and str(int(node_id)) == node_id else None
    )
