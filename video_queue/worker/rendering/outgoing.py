"""A prompt as ComfyUI gets it: under an id and file names of its own, with what tells whose it is."""

from __future__ import annotations

import uuid
from typing import Any

from video_queue.comfy.graph import Graph, with_own_names
from video_queue.db.claims import Claim


def new_remote_id() -> str:
    """A prompt id as every version of ComfyUI takes it: a lower-case UUID."""
    return str(uuid.uuid4())


def mark_of(remote_id: str) -> str:
    """The part of every file name that no other prompt has."""
    return remote_id[:8]


def graph_to_send(graph: Graph, claim: Claim, phase: str, item: int, remote_id: str) -> Graph:
    """The graph with own names for its files, in a folder for each prompt of ours.

    So ComfyUI's search for a free number stays quick.
    """
    prefix = f"vq/{claim.job_id}.{claim.index}/{phase}_{item:06d}_{mark_of(remote_id)}"
    return with_own_names(graph, prefix)


def with_our_data(claim: Claim, phase: str, item: int) -> dict[str, Any]:
    """`extra_data`: kept in ComfyUI's history as it is; `preview_method` is obeyed by servers that know it."""
    ours = {"job": claim.job_id, "prompt": claim.prompt_id, "attempt": claim.attempt}
    return {"preview_method": "auto", "video_queue": {**ours, "phase": phase, "item": item}}
