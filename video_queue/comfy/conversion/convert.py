"""`convert`: a workflow as the editor saves it becomes the graph that ComfyUI runs. Pure, and it never raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from video_queue.comfy.conversion.result import Converted, NodeProblem
from video_queue.comfy.node_catalogue import ObjectInfo


def convert(workflow: Mapping[str, Any], info: ObjectInfo) -> Converted:
    """The graph in API format of a workflow as the editor saves it.

    `info` is ComfyUI's answer to `GET /object_info`; classes that it does not have are converted as well as their
    inputs' names allow, and reported.
    """
    if not isinstance(workflow.get("nodes"), list):
        return Converted(
            problems=[NodeProblem("", "", "", "This is no workflow of ComfyUI's editor: it has no nodes.")]
        )
    return Converted()
