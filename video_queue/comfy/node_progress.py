"""How far a prompt is, from ComfyUI's frames: a fraction over its nodes, and what the running one does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from video_queue.comfy.client import TextFrame
from video_queue.comfy.graph import node_label


class NodeProgress:
    """Reads frames of one prompt. A node counts 1 when done, the running one its own share of steps."""

    def __init__(self, graph: Mapping[str, Any]) -> None:
        self._graph = graph
        self._shares: dict[str, float] = {}
        self._running = ""
        self._step = ""

    def on_frame(self, frame: TextFrame) -> bool:
        """Read one frame; whether it was about progress."""
        data = frame.data
        if frame.type == "execution_cached":
            self._shares |= {str(node): 1.0 for node in _list(data.get("nodes"))}
        elif frame.type == "executing" and isinstance(data.get("node"), str):
            self._begin(data["node"])
        elif frame.type == "progress":
            self._steps(str(data.get("node") or self._running), data)
        elif frame.type == "progress_state":
            for node_id, state in _mapping(data.get("nodes")).items():
                self._state(node_id, _mapping(state))
        else:
            return False
        return True

    @property
    def fraction(self) -> float:
        """0..1, by the number of nodes: what they will cost is not known."""
        return min(sum(self._shares.values()) / max(len(self._graph), 1), 1.0)

    @property
    def message(self) -> str:
        """The running node, and its step where it counts them: `Sampler 3/20`."""
        if not self._running:
            return ""
        label = node_label(self._graph, self._running)
        return f"{label} {self._step}" if self._step else label

    def _begin(self, node_id: str) -> None:
        if self._running and self._running != node_id:
            self._shares[self._running] = 1.0
        if self._running != node_id:
            self._running, self._step = node_id, ""

    def _steps(self, node_id: str, data: Mapping[str, Any]) -> None:
        value, most = data.get("value"), data.get("max")
        if not isinstance(value, int | float) or not isinstance(most, int | float) or most <= 0:
            return
        self._shares[node_id] = min(value / most, 1.0)
        if node_id == self._running and most > 1:
            self._step = f"{value:g}/{most:g}"

    def _state(self, node_id: str, state: Mapping[str, Any]) -> None:
        if state.get("state") == "finished":
            self._shares[node_id] = 1.0
        elif state.get("state") == "running":
            self._begin(node_id)
            self._steps(node_id, state)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
