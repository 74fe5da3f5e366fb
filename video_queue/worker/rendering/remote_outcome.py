"""How a prompt ended in ComfyUI, from its frames or its history entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from video_queue.comfy.client import HistoryEntry


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a prompt ended in ComfyUI. `outputs` by node id; `error` is the data of `execution_error`."""

    kind: Literal["success", "error", "interrupted"]
    outputs: dict[str, Any]
    error: Mapping[str, Any] = field(default_factory=dict)


def outcome_of(entry: HistoryEntry) -> Outcome:
    """The outcome in a history entry; only its messages show whether it was interrupted or failed."""
    if entry.success:
        return Outcome("success", entry.outputs)
    error = entry.message("execution_error")
    if error is None:
        return Outcome("interrupted", entry.outputs)
    return Outcome("error", entry.outputs, error)
