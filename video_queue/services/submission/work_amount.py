"""How much work a prompt is, as one number: pixels × frames. What takes time grows with it.

The job keeps the mean of its prompts (from a few inputs opened at submit), each finished phase its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from video_queue.domain.errors import VqError
from video_queue.domain.plan import InputGroup
from video_queue.domain.resolution import Resolution
from video_queue.media.facts import probe
from video_queue.system.files.sequences import run_images

_OPENED = 8


def work_of(scope: Mapping[str, Any]) -> float | None:
    """The work of a prompt from its scope (see `scope.prompt_scope`); None where nothing is known."""
    first = scope["input"]
    size = scope.get("resolution") or first
    frames = first.get("frames") or (first.get("fps") or 0) * (first.get("duration") or 0)
    return _amount(size.get("width"), size.get("height"), frames, first.get("duration"))


def mean_work(groups: Sequence[InputGroup], resolution: Resolution | None) -> float | None:
    """The mean work of prompts on these inputs, from up to eight of them spread evenly; None if none can be read."""
    step = max(1, -(-len(groups) // _OPENED))
    known = [work for group in groups[::step] if (work := _work_of_group(group, resolution)) is not None]
    return sum(known) / len(known) if known else None


def _work_of_group(group: InputGroup, resolution: Resolution | None) -> float | None:
    pictures = 0
    try:
        if group.sequence:
            images = run_images(group.sequence)
            path, pictures = images[0]["path"], len(images)
        else:
            path = next(
                iter([*group.inputs, *(path for files in group.slots.values() for path in files)]), None
            )
        facts = probe(Path(path)) if path else None
    except (VqError, OSError, IndexError):
        return None
    size = (facts.width, facts.height) if facts else (None, None)
    width, height = resolution.size(*size) if resolution else size
    if facts is None:
        return _amount(width, height, 1, None)
    frames = pictures or facts.frames or (facts.fps or 0) * (facts.duration or 0)
    return _amount(width, height, frames, facts.duration)


def _amount(width: int | None, height: int | None, frames: float, duration: float | None) -> float | None:
    """Sound has no pixels: its work is its length."""
    if width and height:
        return float(width * height * max(frames, 1))
    return duration or None
