"""Values put into a graph: `set` and `files` of a phase, and names of its own for every save node. Pure."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from video_queue.domain.workflow import split_binding

Graph = dict[str, Any]

PREFIX_INPUT = "filename_prefix"
_LORA_INPUT = "lora_name"
# What each output of a LoRA loader passes on when no LoRA is chosen, by output number.
_LORA_LOADERS = {"LoraLoader": ("model", "clip"), "LoraLoaderModelOnly": ("model",)}


def bound_graph(graph: Mapping[str, Any], values: Mapping[str, Any], files: Mapping[str, str]) -> Graph:
    """A copy of `graph` with `NODE.inputs.NAME` keys of `values` and `files` (names in the input folder) set.

    A null value leaves the graph's own; a null `lora_name` removes that LoRA's loader from the graph.
    `lora_1.strength` is a field of the object `lora_1`, unless an input has that whole name.
    """
    bound: Graph = copy.deepcopy(dict(graph))
    for key, value in {**values, **files}.items():
        node_id, name = split_binding(key)
        if value is not None:
            holder, field = input_place(bound[node_id]["inputs"], name)
            holder[field] = plain_value(value)
    for key, value in values.items():
        node_id, name = split_binding(key)
        if value is None and name == _LORA_INPUT:
            _remove_lora(bound, node_id)
    return bound


def input_place(inputs: Any, name: str) -> tuple[Any, str]:
    """The mapping that an input called `name` stands in, and its key there: a node's inputs, or an object of them."""
    parent, dot, field = name.partition(".")
    inner = inputs.get(parent) if dot and name not in inputs else None
    return (inner, field) if isinstance(inner, dict) else (inputs, name)


def with_own_names(graph: Mapping[str, Any], prefix: str) -> Graph:
    """`graph` with a file name prefix of its own, below `prefix`, in every node that has one.

    A prompt that ComfyUI finds in its cache would name old files and write nothing.
    """
    return {
        node_id: {**node, "inputs": {**node["inputs"], PREFIX_INPUT: f"{prefix}_{_safe(node_id)}"}}
        if isinstance(node.get("inputs", {}).get(PREFIX_INPUT), str)
        else node
        for node_id, node in graph.items()
    }


def node_label(graph: Mapping[str, Any], node_id: str) -> str:
    """What the artist calls a node: its title, else its class, else its id."""
    node = graph.get(node_id) or {}
    title = (node.get("_meta") or {}).get("title")
    return str(title or node.get("class_type") or f"node {node_id}")


def described_node(graph: Mapping[str, Any], node_id: str) -> str:
    """`Title (node 3)`, with the class where the title is another."""
    label, class_ = node_label(graph, node_id), node_class(graph, node_id)
    inner = f"node {node_id}, {class_}" if class_ and class_ != label else f"node {node_id}"
    return f"{label} ({inner})"


def node_class(graph: Mapping[str, Any], node_id: str) -> str:
    """A node's class; empty where the graph has no such node."""
    return str((graph.get(node_id) or {}).get("class_type", ""))


def plain_value(value: Any) -> Any:
    """A file object as its path; everything else as it is."""
    return value["path"] if isinstance(value, Mapping) and "path" in value else value


def _safe(node_id: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "-", node_id)


def _remove_lora(graph: Graph, node_id: str) -> None:
    """Remove a LoRA loader: links to its outputs become links to its inputs."""
    node = graph[node_id]
    passed = _LORA_LOADERS.get(node.get("class_type", ""))
    if passed is None:
        return
    for other in graph.values():
        for name, link in other.get("inputs", {}).items():
            if isinstance(link, list) and len(link) == 2 and link[0] == node_id and link[1] < len(passed):
                other["inputs"][name] = node["inputs"][passed[link[1]]]
    del graph[node_id]
