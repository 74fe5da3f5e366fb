"""The size that a graph works at, as the resolutions of a workflow file."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from video_queue.comfy.importing.nodes import Nodes, Place

_RATIOS = ((1, 1), (4, 3), (3, 2), (16, 9))
_COARSE = 16


@dataclass(slots=True)
class Size:
    """The sizes to choose from, the graph's own first; `widths` and `heights` are the inputs to be set."""

    resolutions: list[str] = field(default_factory=list)
    widths: list[Place] = field(default_factory=list)
    heights: list[Place] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Pair:
    node: str
    width: Place
    height: Place
    size: tuple[int, int]


def find_size(nodes: Nodes) -> Size:
    """The size of what is made, where the graph says it; nothing where it follows from an input."""
    pairs = [pair for node_id in nodes.ids for pair in _pairs(nodes, node_id)]
    main = max(pairs, key=lambda pair: _weight(nodes.class_of(pair.node)), default=None)
    if main is None:
        return Size()
    same = [pair for pair in pairs if pair.size == main.size]
    step = nodes.declared(main.width).options.get("step")
    return Size(
        _resolutions(*main.size, step if isinstance(step, int) and step > 0 else 1),
        list(dict.fromkeys(pair.width for pair in same)),
        list(dict.fromkeys(pair.height for pair in same)),
    )


def _pairs(nodes: Nodes, node_id: str) -> list[_Pair]:
    pairs = []
    for name in nodes.inputs(node_id):
        if name.rsplit(".", 1)[-1] == "width" and "Crop" not in nodes.class_of(node_id):
            width = nodes.origin(Place(node_id, name))
            height = nodes.origin(Place(node_id, f"{name[: -len('width')]}height"))
            if width and height and width != height:
                size = (nodes.inputs(width.node)[width.name], nodes.inputs(height.node)[height.name])
                if all(isinstance(side, int) and 0 < side <= 16384 for side in size):
                    pairs.append(_Pair(node_id, width, height, size))
    return pairs


def _weight(class_type: str) -> int:
    """A node that begins the picture counts more than one that scales another."""
    if "Latent" in class_type or "ToVideo" in class_type:
        return 2
    return 1 if "Scale" in class_type or "Resize" in class_type else 0


def _resolutions(width: int, height: int, step: int) -> list[str]:
    """The graph's own size, and common shapes of about as many pixels; `flip` turns them."""
    multiple = max(step, _COARSE)
    sizes = [(width, height)]
    for across, down in _RATIOS:
        unit = math.sqrt(width * height / (across * down))
        long, short = (max(multiple, round(side * unit / multiple) * multiple) for side in (across, down))
        sizes.append((long, short) if width >= height else (short, long))
    return [f"{wide}x{high}" for wide, high in dict.fromkeys(sizes)]
