"""The numbers of a graph that decide how much memory it takes, and a line for the workflow file that lowers them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from video_queue.comfy.graph import described_node

_SIDES = ("width", "height")
_COUNTS = (
    "batch_size", "length", "frames", "num_frames", "video_frames", "frame_count", "frame_load_cap",
    "megapixels", "scale_by", "upscale_by",
)  # fmt: skip
_SMALLER, _GRID = 0.75, 16
_SHOWN = 4


def lower_values(graph: Mapping[str, Any]) -> str:
    """`width=1280 and height=720 of Empty Latent (node 5)` for every node with such numbers; empty without any."""
    parts = []
    for node_id in graph:
        numbers = [f"{name}={value}" for name, value in _numbers(graph, node_id, (*_SIDES, *_COUNTS))]
        if numbers:
            parts.append(f"{_joined(numbers)} of {described_node(graph, node_id)}")
    return "; ".join(parts[:_SHOWN])


def smaller_line(graph: Mapping[str, Any]) -> str:
    """`on_oom: {set: {...}}` with every width and height made a quarter smaller; empty without any."""
    smaller = [
        f"{node_id}.inputs.{name}: {max(_GRID, int(value * _SMALLER) // _GRID * _GRID)}"
        for node_id in graph
        for name, value in _numbers(graph, node_id, _SIDES)
    ]
    return f"on_oom: {{set: {{{', '.join(smaller)}}}}}" if 0 < len(smaller) <= 2 * _SHOWN else ""


def _numbers(graph: Mapping[str, Any], node_id: str, names: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """The inputs of these names that have a number which can be lowered."""
    inputs = graph[node_id].get("inputs") or {}
    for name in sorted(inputs, key=lambda name: _place(name, names)):
        value = inputs[name]
        if _place(name, names) < len(names) and isinstance(value, int | float) and value > 1:
            yield name, value


def _place(name: str, names: tuple[str, ...]) -> int:
    """Where an input stands among `names`, with or without the name of its dynamic choice; behind all if nowhere."""
    last = name.rpartition(".")[2]
    return names.index(last) if last in names else len(names)


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
