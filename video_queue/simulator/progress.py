"""What `progress_state` frames carry: every node begun in this prompt, each time."""

from __future__ import annotations

from typing import Any


class ProgressState:
    """The begun nodes of one prompt, in the order in which they began."""

    def __init__(self, prompt_id: str) -> None:
        self.prompt_id = prompt_id
        self._nodes: dict[str, dict[str, Any]] = {}

    def started(self, node_id: str) -> None:
        self._nodes[node_id] = self._entry(node_id, 0.0, 1.0, "running")

    def advanced(self, node_id: str, value: int, maximum: int) -> None:
        self._nodes[node_id] = self._entry(node_id, value, maximum, "running")

    def finished(self, node_id: str) -> None:
        known = self._nodes.get(node_id)
        maximum = known["max"] if known else 1
        self._nodes[node_id] = self._entry(node_id, maximum, maximum, "finished")

    def data(self) -> dict[str, Any]:
        return {"prompt_id": self.prompt_id, "nodes": dict(self._nodes)}

    def _entry(self, node_id: str, value: float, maximum: float, state: str) -> dict[str, Any]:
        return {
            "value": value,
            "max": maximum,
            "state": state,
            "node_id": node_id,
            "prompt_id": self.prompt_id,
            "display_node_id": node_id,
            "parent_node_id": None,
            "real_node_id": node_id,
        }
