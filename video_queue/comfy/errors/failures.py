"""A node that raised, as an error: which node, why in one line, and what to do about that kind of failure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from video_queue.comfy.errors.causes import cause_of, is_memory_error
from video_queue.comfy.errors.memory import lower_values, smaller_line
from video_queue.comfy.graph import described_node, node_class
from video_queue.comfy.missing import nearest_names
from video_queue.comfy.model_folders import folder_to_fill
from video_queue.comfy.node_catalogue import Offer
from video_queue.comfy.node_inputs import find_input
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError

_LONGEST_CAUSE = 300


def execution_error(data: Mapping[str, Any], graph: Mapping[str, Any], offer: Offer | None = None) -> VqError:
    """`out_of_memory` or `comfy_execution` for the data of an `execution_error`; its `details` have the `traceback`.

    `offer` is what ComfyUI has, for the names of models that are there.
    """
    node_id = str(data.get("node_id", ""))
    values: dict[str, Any] = {
        "node": described_node(graph, node_id),
        "node_id": node_id,
        "node_class": str(data.get("node_type") or node_class(graph, node_id)),
        "detail": _cause(data),
    }
    if is_out_of_memory(data):
        return _memory_error(values, graph)
    kind, named = cause_of(f"{data.get('exception_type', '')}: {data.get('exception_message', '')}")
    if kind == "missing_model":
        values |= _missing_model(named, graph.get(node_id) or {}, offer or Offer())
    lines = data.get("traceback")
    trace = "".join(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ""
    return fail(f"comfy_execution.{kind}", **values, traceback=trace)


def is_out_of_memory(data: Mapping[str, Any]) -> bool:
    """Whether a node raised because memory ran out."""
    return is_memory_error(str(data.get("exception_type", "")), str(data.get("exception_message", "")))


def _memory_error(values: dict[str, Any], graph: Mapping[str, Any]) -> VqError:
    """With the numbers of the graph that decide how much memory it takes."""
    if not (numbers := lower_values(graph)):
        return fail("out_of_memory.gpu", **values)
    if smaller := smaller_line(graph):
        return fail("out_of_memory.sizes", **values, numbers=numbers, smaller=smaller)
    return fail("out_of_memory.numbers", **values, numbers=numbers)


def _missing_model(named: Mapping[str, str], node: Mapping[str, Any], offer: Offer) -> dict[str, Any]:
    inputs = (find_input(offer.info, node, name) for name in node.get("inputs") or {})
    listed = [
        str(choice)
        for declared in inputs
        if declared is not None
        for choice in declared.choices or ()
        if "." in str(choice)
    ]
    folder = folder_to_fill(named["folder"], offer.folders)
    return {"value": named["value"], "folder": folder, "near": nearest_names(named["value"], listed)}


def _cause(data: Mapping[str, Any]) -> str:
    """The first line of the message that is not empty, with the exception's type."""
    lines = [line.strip() for line in str(data.get("exception_message", "")).splitlines() if line.strip()]
    kind = str(data.get("exception_type", "")).rpartition(".")[2]
    text = f"{kind}: {lines[0]}" if kind and lines else kind or (lines[0] if lines else "no reason was given")
    return text[:_LONGEST_CAUSE]
