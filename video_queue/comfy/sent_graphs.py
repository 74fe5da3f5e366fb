"""Graphs as a phase sent them, for the record: one graph, and of `for_each` what differs from item to item. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from video_queue.comfy.graph import Graph, bound_graph, plain_value
from video_queue.domain.references import MissingReferenceError, resolve
from video_queue.domain.workflow import Phase, split_binding


@dataclass(frozen=True, slots=True)
class SentGraph:
    """`graph` as the first item sent it, with the paths that files were brought from.

    `items` holds `{item, set}` for each item of `for_each` where they differ: `bound_graph(graph, set, {})` is what
    that one sent. Nodes that save had file names of their own.
    """

    graph: Graph
    items: list[dict[str, Any]]


def sent_graph(
    phase: Phase, graph: Mapping[str, Any], scope: Mapping[str, Any], *, lowered: Collection[int] = ()
) -> SentGraph:
    """What a phase sends in `scope`; the items `lowered` (0: a phase without items) with the values of `on_oom`.

    What leads nowhere now stays as it is written.
    """
    scopes = dict(_item_scopes(phase, scope))
    values = {number: _bindings(phase, inner, number in lowered) for number, inner in scopes.items()}
    first = next(iter(values.values()))
    varying = {
        key for own in values.values() for key in own.keys() | first.keys() if own.get(key) != first.get(key)
    }
    # Without a value an input stays as the graph has it, or its LoRA goes: that cannot be set back later.
    lacking = {key for key in varying for own in values.values() if own.get(key) is None}
    base = bound_graph(graph, {key: value for key, value in first.items() if key not in lacking}, {})
    varying = {key for key in varying if split_binding(key)[0] in base}  # none of a loader without its LoRA
    items = [
        {"item": number, "set": {key: value for key, value in own.items() if key in varying}}
        for number, own in values.items()
    ]
    return SentGraph(base, items if varying else [])


def _item_scopes(phase: Phase, scope: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if phase.for_each is None:
        yield 0, scope
        return
    items = _resolved(phase.for_each, scope)
    for number, item in enumerate(items if isinstance(items, list) and items else [{}], start=1):
        own = item if isinstance(item, Mapping) else {"value": item}
        yield number, {**scope, "item": {**own, "index": number}}


def _bindings(phase: Phase, scope: Mapping[str, Any], lowered: bool) -> dict[str, Any]:
    bindings = {**phase.set, **(phase.on_oom.set if phase.on_oom and lowered else {})}
    values = {key: plain_value(_resolved(value, scope)) for key, value in bindings.items()}
    return values | {key: str(plain_value(_resolved(value, scope))) for key, value in phase.files.items()}


def _resolved(value: Any, scope: Mapping[str, Any]) -> Any:
    try:
        return resolve(value, scope)
    except MissingReferenceError:
        return value
