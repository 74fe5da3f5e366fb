"""ComfyUI's refusal of a graph as an error: every node's complaint in a line, and what to do about the first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from video_queue.comfy.graph import described_node, node_class
from video_queue.comfy.missing import nearest_names
from video_queue.comfy.model_folders import folder_to_fill, model_folder
from video_queue.comfy.node_catalogue import Offer
from video_queue.comfy.node_inputs import find_input
from video_queue.comfy.node_packs import pack_of
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError

_SHOWN = 5
_NODE_IN_TEXT = re.compile(r"#([\w:]+)")
_NO_CLASS = ("missing_node_type", "invalid_prompt")


def refusal_error(
    error: Mapping[str, Any],
    node_errors: Mapping[str, Any],
    graph: Mapping[str, Any],
    offer: Offer | None = None,
) -> VqError:
    """`comfy_rejected` for a refusal. `offer` is what ComfyUI has, for the names that are there."""
    complaints = [
        (str(node_id), complaint)
        for node_id, report in node_errors.items()
        if isinstance(report, Mapping) and isinstance(report.get("errors"), list)
        for complaint in report["errors"]
        if isinstance(complaint, Mapping)
    ]
    about: dict[str, Any] = {"nodes": dict(node_errors), "type": error.get("type", "")}
    first = complaints[0][0] if complaints else _node_of(error, graph)
    if first is not None:
        about |= {"node_id": first, "node_class": node_class(graph, first)}
    if complaints:
        lines = (f"{described_node(graph, node_id)}: {_line(item)}" for node_id, item in complaints[:_SHOWN])
        key, values = _remedy(*complaints[0], graph, offer or Offer())
        return fail(f"comfy_rejected.{key}", detail="; ".join(lines), **about, **values)
    return _about_whole(error, first, graph, about)


def _about_whole(
    error: Mapping[str, Any], node_id: str | None, graph: Mapping[str, Any], about: dict[str, Any]
) -> VqError:
    """The refusal of a whole graph: a class that is not there, no result, or whatever ComfyUI says."""
    detail = _plain(error) or "no reason was given"
    if node_id is not None:
        detail = f"{described_node(graph, node_id)}: {detail}"
    name = str(_extra(error).get("class_type") or (node_class(graph, node_id) if node_id else ""))
    if error.get("type") in _NO_CLASS and name:
        if pack := pack_of(name):
            return fail("comfy_rejected.refused_class_of", detail=detail, name=name, pack=pack, **about)
        return fail("comfy_rejected.refused_class", detail=detail, name=name, **about)
    if error.get("type") == "prompt_no_outputs":
        return fail("comfy_rejected.refused_no_output", detail=detail, **about)
    return fail("comfy_rejected.nodes", detail=detail, **about)


def _line(complaint: Mapping[str, Any]) -> str:
    """A complaint in one line, with the input and its value."""
    extra = _extra(complaint)
    name, value, options = extra.get("input_name"), extra.get("received_value"), _options(extra)
    match complaint.get("type"):
        case "value_not_in_list":
            return f"{name}={value!r} is not in its list"
        case "value_smaller_than_min" | "value_bigger_than_max":
            return f"{name}={value} is outside {options.get('min')} to {options.get('max')}"
        case "required_input_missing":
            return f"the input {name} is missing"
        case "return_type_mismatch":
            return f"{name} takes {_type(extra)} and is linked to {extra.get('received_type')}"
        case "invalid_input_type":
            return f"{name}={value!r} is not of the type {_type(extra)}"
        case "exception_during_inner_validation":
            return f"{name} is linked to an output that is not there ({complaint.get('details')})"
    return _plain(complaint)


def _remedy(
    node_id: str, complaint: Mapping[str, Any], graph: Mapping[str, Any], offer: Offer
) -> tuple[str, dict[str, Any]]:
    """(the catalogue's entry, its values) for what to do about a complaint."""
    extra, options = _extra(complaint), _options(_extra(complaint))
    name = str(extra.get("input_name", ""))
    match complaint.get("type"):
        case "value_not_in_list":
            return _not_listed(node_id, name, extra, graph, offer)
        case "value_smaller_than_min" | "value_bigger_than_max":
            return "refused_number", {"name": name, "low": options.get("min"), "high": options.get("max")}
        case "required_input_missing":
            return "refused_missing_input", {"name": name}
        case "return_type_mismatch" | "exception_during_inner_validation":
            return "refused_link", {"name": name, "wanted": _type(extra)}
        case "custom_validation_failed" if "file" in str(complaint.get("details", "")).lower():
            return "refused_file", {"name": name, "binding": f"{node_id}.inputs.{name}"}
    return "nodes", {}


def _not_listed(
    node_id: str, name: str, extra: Mapping[str, Any], graph: Mapping[str, Any], offer: Offer
) -> tuple[str, dict[str, Any]]:
    config = extra.get("input_config")
    first = config[0] if isinstance(config, list) and config else None
    choices = first if isinstance(first, list) else _options(extra).get("options")
    if not isinstance(choices, list):  # long lists are left out of the answer
        declared = find_input(offer.info, graph.get(node_id) or {}, name)
        choices = list(declared.choices or ()) if declared else []
    value = str(extra.get("received_value"))
    values = {"name": name, "value": value, "near": nearest_names(value, map(str, choices))}
    if folder := model_folder(node_class(graph, node_id), name):
        return "refused_model", {**values, "folder": folder_to_fill(folder, offer.folders)}
    return "refused_choice", values


def _node_of(error: Mapping[str, Any], graph: Mapping[str, Any]) -> str | None:
    """The node that a complaint about the whole graph names; older versions do so in its text only."""
    if (named := _extra(error).get("node_id")) is not None:
        return str(named)
    match = _NODE_IN_TEXT.search(str(error.get("details", "")))
    return match[1] if match and match[1] in graph else None


def _plain(complaint: Mapping[str, Any]) -> str:
    message, details = str(complaint.get("message", "")), str(complaint.get("details", ""))
    return f"{message}: {details}" if details and details != message else message


def _extra(complaint: Mapping[str, Any]) -> Mapping[str, Any]:
    extra = complaint.get("extra_info")
    return extra if isinstance(extra, Mapping) else {}


def _options(extra: Mapping[str, Any]) -> Mapping[str, Any]:
    config = extra.get("input_config")
    options = config[1] if isinstance(config, list) and len(config) > 1 else {}
    return options if isinstance(options, Mapping) else {}


def _type(extra: Mapping[str, Any]) -> str:
    config = extra.get("input_config")
    kind = config[0] if isinstance(config, list) and config else "another type"
    return kind if isinstance(kind, str) else "a choice"
