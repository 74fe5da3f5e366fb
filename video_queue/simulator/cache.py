"""The node cache: keyed by content, and keeping only what the previous prompt used.

A node's key is its class, its plain inputs, its file's fingerprint and the keys of all it is linked to;
node ids do not count.
"""

from __future__ import annotations

import hashlib
from typing import Any

from video_queue.simulator.folders import Folders
from video_queue.simulator.nodes import node_classes
from video_queue.simulator.nodes.definition import NodeResult


class NodeCache:
    """Results by content key, for the prompt that ran last."""

    def __init__(self, folders: Folders) -> None:
        self.folders = folders
        self._results: dict[str, NodeResult] = {}
        self._keys: dict[str, str] = {}

    def begin(self, prompt: dict[str, Any]) -> list[str]:
        """Work out the keys of a new prompt, forget all it does not use; returns its cached node ids."""
        self._keys = content_keys(prompt, self.folders)
        used = set(self._keys.values())
        self._results = {key: result for key, result in self._results.items() if key in used}
        return [node_id for node_id in prompt if self._keys[node_id] in self._results]

    def get(self, node_id: str) -> NodeResult | None:
        return self._results.get(self._keys[node_id])

    def put(self, node_id: str, result: NodeResult) -> None:
        self._results[self._keys[node_id]] = result

    def clear(self) -> None:
        self._results.clear()


def content_keys(prompt: dict[str, Any], folders: Folders) -> dict[str, str]:
    """The content key of every node; a node that cannot be read, or lies on a loop, gets one of its own."""
    keys: dict[str, str] = {}

    def key_of(node_id: str, above: tuple[str, ...]) -> str:
        if node_id in keys:
            return keys[node_id]
        node = prompt.get(node_id)
        if node is None or node_id in above:
            return f"nowhere-{node_id}"
        parts = [node["class_type"], _fingerprint(node, folders)]
        for name, value in sorted(node.get("inputs", {}).items()):
            linked = isinstance(value, list) and len(value) == 2
            shown = (key_of(value[0], (*above, node_id)), value[1]) if linked else value
            parts.append(repr((name, shown)))
        keys[node_id] = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return keys[node_id]

    for node_id in prompt:
        key_of(node_id, ())
    return keys


def _fingerprint(node: dict[str, Any], folders: Folders) -> str:
    fingerprint = node_classes(folders.settings.dialect)[node["class_type"]].fingerprint
    if fingerprint is None:
        return ""
    try:
        return fingerprint(folders, node.get("inputs", {}))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        return repr(problem)  # a branch that was refused at submit; it will not run
