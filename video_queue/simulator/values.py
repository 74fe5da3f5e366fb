"""Checks of plain input values: conversion, bounds, choices. Part of validation."""

from __future__ import annotations

from typing import Any

from video_queue.simulator.folders import Folders
from video_queue.simulator.nodes.definition import Input
from video_queue.simulator.settings import Dialect

_CONVERTERS = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}


def refusal(
    kind: str, message: str, details: str = "", extra: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": extra or {}}


def value_errors(
    declared: Input, name: str, values: dict[str, Any], folders: Folders, dialect: Dialect
) -> list[dict[str, Any]]:
    """The refusals of one value; a convertible one is stored converted."""
    if declared.choices is not None:
        return _choice_errors(declared, name, values[name], folders, dialect)
    options = dict(declared.options or {})
    config = [declared.kind, options]
    extra: dict[str, Any] = {"input_name": name, "input_config": config, "received_value": values[name]}
    convert = _CONVERTERS.get(declared.kind)
    if convert:
        try:
            values[name] = convert(values[name])
        except (ValueError, TypeError) as problem:
            text = f"Failed to convert an input value to a {declared.kind} value"
            details = f"{name}, {values[name]}, {problem}"
            return [
                refusal("invalid_input_type", text, details, {**extra, "exception_message": str(problem)})
            ]
    if declared.kind not in ("INT", "FLOAT"):
        return []
    extra["received_value"] = values[name]
    low, high = options.get("min"), options.get("max")
    if low is not None and values[name] < low:
        return [
            refusal("value_smaller_than_min", f"Value {values[name]} smaller than min of {low}", name, extra)
        ]
    if high is not None and values[name] > high:
        return [
            refusal("value_bigger_than_max", f"Value {values[name]} bigger than max of {high}", name, extra)
        ]
    return []


def _choice_errors(
    declared: Input, name: str, value: Any, folders: Folders, dialect: Dialect
) -> list[dict[str, Any]]:
    if declared.choices in ("images", "videos") or (declared.combo and not dialect.checks_combo):
        return []  # file inputs have their own check
    allowed = declared.choice_list(folders)
    if value in allowed:
        return []
    shown = f"{allowed}" if len(allowed) <= 20 else f"(list of length {len(allowed)})"
    config = [*declared.declared(folders), {}][:2] if len(allowed) <= 20 else None
    extra = {"input_name": name, "input_config": config, "received_value": value}
    return [refusal("value_not_in_list", "Value not in list", f"{name}: '{value}' not in {shown}", extra)]
