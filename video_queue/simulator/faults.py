"""Faults that tests switch on: how a ComfyUI misbehaves. Set at start, or by POST /simulator/faults.

A value of true (or a name) holds until it is set to false; a whole number N holds N times.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

FAULTS: Mapping[str, str] = {
    "down": "SECONDS: connections are cut and refused for so long",
    "die_in_prompt": "N: the process ends hard in the middle of the Nth prompt from now",
    "forget": "once: running and queued prompts and history vanish without a frame",
    "drop_sockets": "once: all websockets are cut",
    "socket_silent": "true: no frame is sent",
    "reject": "true or N: POST /prompt is refused with 400",
    "garbage": "true or N: POST /prompt queues, but answers a 500 that is not JSON",
    "node_error": "CLASS: nodes of that class raise",
    "oom": "true or N (samplers), or CLASS: the node runs out of memory",
    "oom_above": "PIXELS: samplers run out of memory when a picture is larger",
    "hold_nodes": "true: each node waits until POST /simulator/step lets it pass",
    "hold_steps": "true: the same, and each sampler step waits too",
    "slow": "SECONDS: slept in every node",
    "empty_outputs": "true: save nodes write nothing and report an empty list",
    "odd_frames": "true: before each node come frames that no program can use",
    "stale_outputs": "true: PNG save nodes write nothing and name the newest file that is there",
    "missing_outputs": "true: PNG save nodes name a file that is gone",
    "zombie": "true: prompts are accepted and never start",
    "late_history": "SECONDS: between execution_success and the history entry",
}


class UnknownFaultError(KeyError):
    """No fault has this name."""


class Faults:
    """The faults in force. Read from the event loop and from the worker thread."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, Any] = {}
        for name, value in (values or {}).items():
            self.set(name, value)

    def set(self, name: str, value: Any) -> None:
        """Set one; false, null or 0 ends it. Raises UnknownFaultError."""
        if name not in FAULTS:
            raise UnknownFaultError(name)
        with self._lock:
            if value in (False, None, 0, ""):
                self._values.pop(name, None)
            else:
                self._values[name] = value

    def get(self, name: str) -> Any:
        """Its value, or None."""
        with self._lock:
            return self._values.get(name)

    def seconds(self, name: str) -> float:
        return float(self.get(name) or 0.0)

    def use(self, name: str) -> bool:
        """Whether it applies now; one of a counted fault is used up."""
        with self._lock:
            return self._use(name)

    def use_for(self, name: str, class_type: str, plain: frozenset[str]) -> bool:
        """Like `use`, for a fault that may name a node class; true or a number means those in `plain`."""
        with self._lock:
            value = self._values.get(name)
            if isinstance(value, str):
                return value == class_type
            return class_type in plain and self._use(name)

    def count_down(self, name: str) -> bool:
        """Take one off a count; True when that was the last."""
        with self._lock:
            if name not in self._values:
                return False
            self._values[name] = int(self._values[name]) - 1
            if self._values[name] > 0:
                return False
            del self._values[name]
            return True

    def take(self, name: str) -> Any:
        """Its value, ending it; None when it was not set."""
        with self._lock:
            return self._values.pop(name, None)

    def all(self) -> dict[str, Any]:
        with self._lock:
            return dict(self._values)

    def _use(self, name: str) -> bool:
        value = self._values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            if value <= 1:
                del self._values[name]
            else:
                self._values[name] = value - 1
        return bool(value)


def parse_fault(text: str) -> tuple[str, Any]:
    """`NAME` or `NAME=VALUE` from a command line; the value is JSON where it can be, else text."""
    name, _, value = text.partition("=")
    if not value:
        return name, True
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
