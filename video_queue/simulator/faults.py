"""Faults that tests switch on: how a ComfyUI misbehaves. Set at start, or by POST /simulator/faults.

A value of true (or a name) holds until it is set to false; a whole number N holds N times. `{"value": true, "graph":
TEXT, "posts": 1}` holds for the next prompt (without `posts`: for every one) whose graph contains the text.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

FAULTS: Mapping[str, str] = {
    "down": "SECONDS: connections are cut and refused for so long",
    "die_in_prompt": "N: the process ends hard in the middle of the Nth prompt from now",
    "forget": "once: running and queued prompts and history vanish without a frame",
    "drop_sockets": "once: all websockets are cut",
    "socket_silent": "true: no frame is sent",
    "slow_answers": "SECONDS: before every answer about prompts",
    "reject": "true or N: POST /prompt is refused with 400",
    "refuse_plainly": "true or N: POST /prompt is refused with a 500 that is not JSON",
    "garbage": "true or N: POST /prompt queues, but answers a 500 that is not JSON",
    "lost_answer": "true or N: POST /prompt queues, and the connection breaks in the middle of the answer",
    "no_answer": "true: POST /prompt queues, and is not answered until this is false",
    "other_id": "true or N: POST /prompt queues, and answers with another prompt's id",
    "dropped": "true or N: POST /prompt answers well, and the prompt is taken out of the queue before it starts",
    "queue_garbage": "true or N: GET /queue answers a page of HTML",
    "history_garbage": "true or N: GET /history/ID answers JSON that is cut off",
    "history_error": "true: history says error where the frames said success",
    "history_empty": "true or N: GET /history/ID knows nothing",
    "interrupted": "true or N: the prompt is interrupted at its first node, as by another client",
    "node_error": "CLASS: nodes of that class raise",
    "bare_error": "true: the first node raises, and the frame names neither node nor trace",
    "oom": "true or N (samplers), or CLASS: the node runs out of memory",
    "oom_above": "PIXELS: samplers run out of memory when a picture is larger",
    "hold_nodes": "true: each node waits until POST /simulator/step lets it pass",
    "hold_steps": "true: the same, and each sampler step waits too",
    "slow": "SECONDS: slept in every node",
    "odd_frames": "true: before each node come frames that no program can use",
    "foreign_frames": "true: before each node come the frames of another prompt, from start to end",
    "double_frames": "true: every frame of the prompt comes twice",
    "early_end": "true: the last frame of the prompt comes first, too",
    "no_executed": "true: no frame says what was saved",
    "backwards": "true: before each node come steps whose numbers fall",
    "flood": "true: before each node come hundreds of previews",
    "empty_outputs": "true: save nodes write nothing and report an empty list",
    "stale_outputs": "true: PNG save nodes write nothing and name the newest file that is there",
    "missing_outputs": "true: PNG save nodes name a file that is gone",
    "cut_outputs": "true: PNG save nodes leave out the second half of the file",
    "other_outputs": "true: PNG save nodes write a text under the picture's name",
    "empty_files": "true: PNG save nodes write a file without a byte",
    "zombie": "true: prompts are accepted and never start",
    "late_history": "SECONDS: between execution_success and the history entry",
    "no_stats": "true: GET /system_stats is a 500",
    "odd_object_info": "true: GET /object_info answers classes that declare nothing a program can read",
}
# What a save node does instead of its work.
OUTPUT_FAULTS = (
    "empty_outputs",
    "stale_outputs",
    "missing_outputs",
    "cut_outputs",
    "other_outputs",
    "empty_files",
)

# The id of the prompt that the present request or run is about.
_CONCERNED: ContextVar[str] = ContextVar("concerned", default="")


@dataclass(slots=True)
class _Fault:
    """A value; of the prompts `ids` where it is about graphs with a text. `posts` counts those still to be posted."""

    value: Any
    graph: str | None = None
    posts: float = math.inf
    ids: set[str] = field(default_factory=set)

    @property
    def applies(self) -> bool:
        return self.graph is None or _CONCERNED.get() in self.ids

    def note_posted(self, prompt_id: str, graph: str) -> None:
        if self.graph is not None and self.graph in graph and self.posts > 0:
            self.posts -= 1
            self.ids.add(prompt_id)


class UnknownFaultError(KeyError):
    """No fault has this name."""


class Faults:
    """The faults in force. Read from the event loop and from the worker thread."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._lock = threading.Lock()
        self._faults: dict[str, _Fault] = {}
        for name, value in (values or {}).items():
            self.set(name, value)

    def set(self, name: str, value: Any) -> None:
        """Set one; false, null or 0 ends it. Raises UnknownFaultError."""
        if name not in FAULTS:
            raise UnknownFaultError(name)
        fault = _Fault(**value) if isinstance(value, dict) else _Fault(value)
        with self._lock:
            if fault.value in (False, None, 0, ""):
                self._faults.pop(name, None)
            else:
                self._faults[name] = fault

    def note_posted(self, prompt_id: str, graph: str) -> None:
        """A prompt is being posted; `graph` is its JSON."""
        with self._lock:
            for fault in self._faults.values():
                fault.note_posted(prompt_id, graph)

    @contextmanager
    def concerning(self, prompt_id: str) -> Iterator[None]:
        """Within, the faults of this prompt apply too."""
        token = _CONCERNED.set(prompt_id)
        try:
            yield
        finally:
            _CONCERNED.reset(token)

    def get(self, name: str) -> Any:
        """Its value, or None."""
        with self._lock:
            return self._get(name)

    def seconds(self, name: str) -> float:
        return float(self.get(name) or 0.0)

    def use(self, name: str) -> bool:
        """Whether it applies now; one of a counted fault is used up."""
        with self._lock:
            return self._use(name)

    def use_for(self, name: str, class_type: str, plain: frozenset[str]) -> bool:
        """Like `use`, for a fault that may name a node class; true or a number means those in `plain`."""
        with self._lock:
            value = self._get(name)
            if isinstance(value, str):
                return value == class_type
            return class_type in plain and self._use(name)

    def count_down(self, name: str) -> bool:
        """Take one off a count; True when that was the last."""
        with self._lock:
            return self._get(name) is not None and self._take_one(name)

    def take(self, name: str) -> Any:
        """Its value, ending it; None when it was not set."""
        with self._lock:
            fault = self._faults.pop(name, None)
            return fault.value if fault else None

    def all(self) -> dict[str, Any]:
        with self._lock:
            return {name: fault.value for name, fault in self._faults.items()}

    def _get(self, name: str) -> Any:
        fault = self._faults.get(name)
        return fault.value if fault and fault.applies else None

    def _use(self, name: str) -> bool:
        value = self._get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            self._take_one(name)
        return bool(value)

    def _take_one(self, name: str) -> bool:
        fault = self._faults[name]
        fault.value = left = int(fault.value) - 1
        if left <= 0:
            del self._faults[name]
        return left <= 0


def parse_fault(text: str) -> tuple[str, Any]:
    """`NAME` or `NAME=VALUE` from a command line; the value is JSON where it can be, else text."""
    name, _, value = text.partition("=")
    if not value:
        return name, True
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
