"""In which order the nodes of one prompt run: only what the outputs need, nothing below a cached node.

Among nodes that could run, those near an output come first, as a real server picks them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from video_queue.simulator.nodes.definition import NodeClass


def links_of(node: dict[str, Any], declared: NodeClass) -> list[str]:
    """Ids of the nodes that a node's declared inputs are linked to."""
    links = [v for name, v in node["inputs"].items() if name in declared.inputs and isinstance(v, list)]
    return [link[0] for link in links]


class Plan:
    """What is left to run. Take with `next`, give back with `done`."""

    def __init__(
        self,
        prompt: dict[str, Any],
        outputs: list[str],
        is_cached: Callable[[str], bool],
        classes: Mapping[str, NodeClass],
    ) -> None:
        self._prompt, self._classes = prompt, classes
        self._waits: dict[str, set[str]] = {}
        self._feeds: dict[str, set[str]] = {}
        for output in outputs:
            self._add(output, is_cached)

    def _add(self, output: str, is_cached: Callable[[str], bool]) -> None:
        stack = [output]
        while stack:
            node_id = stack.pop()
            if node_id in self._waits:
                continue
            self._waits[node_id] = set()
            if is_cached(node_id):
                continue
            for source in links_of(self._prompt[node_id], self._class(node_id)):
                if not is_cached(source) or source in self._waits:
                    self._waits[node_id].add(source)
                    self._feeds.setdefault(source, set()).add(node_id)
                    stack.append(source)

    def __len__(self) -> int:
        return len(self._waits)

    def next(self) -> str | None:
        """The node to run now, or None when nothing is left."""
        ready = [node_id for node_id, sources in self._waits.items() if not sources]
        return min(ready, key=self._distance) if ready else None

    def done(self, node_id: str) -> None:
        """The node has run: what waited for it no longer does."""
        del self._waits[node_id]
        for target in self._feeds.get(node_id, ()):
            if target in self._waits:
                self._waits[target].discard(node_id)

    def _distance(self, node_id: str) -> int:
        """Steps to the nearest output, up to 3."""
        near = {node_id}
        for distance in range(3):
            if any(self._class(n).output_node for n in near):
                return distance
            near = {target for n in near for target in self._feeds.get(n, ())}
        return 3

    def _class(self, node_id: str) -> NodeClass:
        return self._classes[self._prompt[node_id]["class_type"]]
