"""Bindings that give a node a file of this machine: those belong under `files`, which brings it to ComfyUI."""

from __future__ import annotations

import re
from typing import Any

from video_queue.domain.references import whole_reference
from video_queue.domain.workflow import ParameterType, WorkflowDefinition

_ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]|\\\\")
_FILE_FIELDS = ("path", "file")


def is_local_path(value: Any) -> bool:
    """Whether a value is a whole path, which ComfyUI's loaders do not take."""
    return isinstance(value, str) and _ABSOLUTE.match(value) is not None


def gives_file(value: Any, definition: WorkflowDefinition) -> bool:
    """Whether a binding puts in the path of a file of this machine."""
    try:
        reference = whole_reference(value)
    except ValueError:
        return False
    if reference is None:
        return is_local_path(value)
    return any(_names_file(path, definition) for path in reference.paths)


def _names_file(path: tuple[str, ...], definition: WorkflowDefinition) -> bool:
    match path:
        case ("params", name):
            parameter = definition.parameters.get(name)
            return parameter is not None and parameter.type is ParameterType.FILE
        case ("input" | "inputs" | "item" | "phases", *_, field):
            return field in _FILE_FIELDS
    return False
