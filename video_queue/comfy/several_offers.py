"""What several ComfyUIs offer together: a form may name what any of them has. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def joined_info(infos: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The node classes of all; of one that several have, the choices of all."""
    joined: dict[str, Any] = {}
    for info in infos:
        for name, node in info.items():
            joined[name] = node if name not in joined else _joined_node(joined[name], node)
    return joined


def joined_lists(parts: Sequence[Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    """The values under each key, each once, in the order in which they are found."""
    keys = dict.fromkeys(key for part in parts for key in part)
    return {key: list(dict.fromkeys(value for part in parts for value in part.get(key, ()))) for key in keys}


def _joined_node(first: Any, second: Any) -> Any:
    if first == second or not (isinstance(first, Mapping) and isinstance(second, Mapping)):
        return first
    inputs, others = first.get("input"), second.get("input")
    if not (isinstance(inputs, Mapping) and isinstance(others, Mapping)):
        return first
    groups = {group: _joined_group(specs, others.get(group)) for group, specs in inputs.items()}
    return {**first, "input": groups}


def _joined_group(specs: Any, others: Any) -> Any:
    if not (isinstance(specs, Mapping) and isinstance(others, Mapping)):
        return specs
    return {name: _joined_spec(spec, others.get(name)) for name, spec in specs.items()}


def _joined_spec(spec: Any, other: Any) -> Any:
    """The choices stand in a list, or as `options` of a COMBO."""
    if spec == other or not (isinstance(spec, list) and isinstance(other, list) and spec and other):
        return spec
    if isinstance(spec[0], list) and isinstance(other[0], list):
        return [_joined(spec[0], other[0]), *spec[1:]]
    if spec[0] == other[0] == "COMBO" and len(spec) > 1 and len(other) > 1:
        options = _joined(spec[1].get("options", []), other[1].get("options", []))
        return [spec[0], {**spec[1], "options": options}, *spec[2:]]
    return spec


def _joined(first: Sequence[Any], second: Sequence[Any]) -> list[Any]:
    return [*first, *(value for value in second if value not in first)]
