"""ComfyUI's refusals and failures as errors of the catalogue: with the node's title, its class and the cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from video_queue.comfy.graph import node_class, node_label
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError

_SHOWN = 5
_OOM_TYPES = ("OutOfMemoryError", "torch.OutOfMemoryError", "torch.cuda.OutOfMemoryError")
_OOM_TEXTS = ("out of memory", "allocation on device", "not enough memory", "cudaerrormemoryallocation")


def refusal_error(
    error: Mapping[str, Any], node_errors: Mapping[str, Any], graph: Mapping[str, Any]
) -> VqError:
    """`comfy_rejected` for a refusal: every node's complaints, or the one about the whole graph."""
    details = [
        f"{_named(graph, node_id)}: {_complaint(complaint)}"
        for node_id, report in node_errors.items()
        if isinstance(report, Mapping)
        for complaint in report.get("errors") or ()
        if isinstance(complaint, Mapping)
    ]
    about = {"nodes": dict(node_errors), "type": error.get("type", "")}
    first = next(iter(node_errors), None) or _extra(error).get("node_id")
    if first is not None:
        about |= {"node_id": str(first), "node_class": node_class(graph, str(first))}
    whole = _complaint(error) or "no reason was given"
    if first is not None:
        whole = f"{_named(graph, str(first))}: {whole}"
    detail = "; ".join(details[:_SHOWN]) or whole
    return fail("comfy_rejected.nodes", detail=detail, **about)


def execution_error(data: Mapping[str, Any], graph: Mapping[str, Any]) -> VqError:
    """`out_of_memory` or `comfy_execution` for a node that raised (the data of `execution_error`)."""
    node_id = str(data.get("node_id", ""))
    about = {
        "node": _named(graph, node_id),
        "node_id": node_id,
        "node_class": str(data.get("node_type") or node_class(graph, node_id)),
    }
    if is_out_of_memory(data):
        return fail("out_of_memory.gpu", **about, detail=_cause(data))
    trace = "".join(part for part in data.get("traceback") or () if isinstance(part, str))
    return fail("comfy_execution.node", **about, detail=_cause(data), traceback=trace)


def is_out_of_memory(data: Mapping[str, Any]) -> bool:
    """Whether a node raised because memory ran out."""
    if str(data.get("exception_type", "")).endswith(_OOM_TYPES):
        return True
    text = str(data.get("exception_message", "")).lower()
    return any(sign in text for sign in _OOM_TEXTS)


def _cause(data: Mapping[str, Any]) -> str:
    """The first line of the message that is not empty, with the exception's type."""
    lines = [line.strip() for line in str(data.get("exception_message", "")).splitlines() if line.strip()]
    kind = str(data.get("exception_type", "")).rpartition(".")[2]
    return f"{kind}: {lines[0]}" if kind and lines else kind or (lines[0] if lines else "no reason was given")


def _complaint(error: Mapping[str, Any]) -> str:
    message, details = str(error.get("message", "")), str(error.get("details", ""))
    return f"{message}: {details}" if details and details != message else message


def _named(graph: Mapping[str, Any], node_id: str) -> str:
    """`Title (node 3)`, with the class where the title is another."""
    label, class_ = node_label(graph, node_id), node_class(graph, node_id)
    return (
        f"{label} (node {node_id}, {class_})" if class_ and class_ != label else f"{label} (node {node_id})"
    )


def _extra(error: Mapping[str, Any]) -> Mapping[str, Any]:
    extra = error.get("extra_info")
    return extra if isinstance(extra, Mapping) else {}
