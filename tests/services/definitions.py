"""Workflow definitions for tests, from the few keys a test needs."""

from __future__ import annotations

from typing import Any

from video_queue.domain.submission import Submission
from video_queue.domain.workflow import WorkflowDefinition

STYLE = {
    "prompt": {"type": "text", "default": ""},
    "denoise": {"type": "float", "default": 0.6, "min": 0.0, "max": 1.0, "step": 0.05},
    "seed": {"type": "seed", "default": "random"},
}


def definition(**keys: Any) -> WorkflowDefinition:
    """A definition with one probing phase; `keys` replace or add to it."""
    defaults = {
        "name": "w",
        "inputs": {"kind": "video"},
        "parameters": STYLE,
        "phases": [{"name": "look", "uses": "media.probe", "with": {"source": "{{ input.path }}"}}],
        "output": {"phase": "look"},
    }
    return WorkflowDefinition.model_validate({**defaults, **keys})


def submission(**keys: Any) -> Submission:
    """A submission to the workflow `w`."""
    return Submission.model_validate({"workflow": "w", **keys})
