"""Node declarations as GET /object_info shows them, in the form of either version."""

from __future__ import annotations

from typing import Any

from video_queue.simulator.folders import Folders
from video_queue.simulator.nodes import node_classes
from video_queue.simulator.nodes.definition import NodeClass


def object_info(folders: Folders) -> dict[str, Any]:
    """Every class the simulator has, by name."""
    return {name: describe(node, folders) for name, node in node_classes(folders.settings.dialect).items()}


def describe(node: NodeClass, folders: Folders) -> dict[str, Any]:
    """One class. Which keys there are depends on the version and on the class's schema."""
    newer = folders.settings.dialect.nodes_pass_outputs
    inputs, order = _inputs(node, folders)
    shown: dict[str, Any] = {"input": inputs, "input_order": order}
    if newer:
        shown["is_input_list"] = False
    shown |= {
        "output": [kind for kind, _ in node.outputs],
        "output_is_list": [False] * len(node.outputs),
        "output_name": [name for _, name in node.outputs],
    }
    if node.recent:
        shown["output_tooltips"] = [None] * len(node.outputs)
        if newer:
            shown["output_matchtypes"] = None
    shown |= {
        "name": node.name,
        "display_name": node.title,
        "description": node.description,
        "python_module": node.module,
        "category": node.category,
        "output_node": node.output_node,
    }
    if node.recent:
        shown |= {"deprecated": False, "experimental": False, "api_node": False}
    if newer:
        shown |= _newest_keys(node)
    return shown


def _newest_keys(node: NodeClass) -> dict[str, Any]:
    if not node.recent:
        return {"has_intermediate_output": False, "search_aliases": []}
    return {
        "dev_only": False,
        "price_badge": None,
        "search_aliases": None,
        "essentials_category": None,
        "has_intermediate_output": False,
    }


def _inputs(node: NodeClass, folders: Folders) -> tuple[dict[str, Any], dict[str, list[str]]]:
    groups: dict[str, Any] = {"required": {n: i.declared(folders) for n, i in node.required.items()}}
    if node.optional:
        groups["optional"] = {n: i.declared(folders) for n, i in node.optional.items()}
    if node.output_node and node.name != "PreviewAny":
        hidden: dict[str, Any] = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}
        groups["hidden"] = {k: [v] for k, v in hidden.items()} if node.recent else hidden
    return groups, {name: list(group) for name, group in groups.items()}
