"""Clips that a review splits and merges: made by ffmpeg, then the gate waits again with the new items."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.review import Decision, Gate, with_pieces
from video_queue.domain.workflow import Phase

# Runs a phase with this item in its scope; its result as JSON.
Make = Callable[[Phase, dict[str, Any]], Awaitable[dict[str, Any]]]

_SPLIT = {"source": "{{ item.source }}", "at_frame": "{{ item.at_frame }}"}
_MERGE = {"inputs": "{{ item.inputs }}"}


async def edited_gate(phase: Phase, gate: Gate, make: Make) -> Gate:
    """The gate with its `edits` done. Where they cannot be, it waits as it was, with the `problem`.

    Raises:
        VqError: what passes by itself, a full disk for example.
    """
    edits = [Decision.model_validate(edit) for edit in gate["edits"]]
    left = {key: value for key, value in gate.items() if key != "edits"}
    try:
        pieces = {edit.item: await _pieces(phase, left["items"], edit, make) for edit in edits}
    except VqError as error:
        if error.code not in (ErrorCode.MEDIA_FAILED, ErrorCode.BAD_OUTPUT, ErrorCode.INPUT_MISSING):
            raise
        return left | {"problem": f"{error.message}. {error.hint}"}
    return with_pieces(left, pieces, edits)


async def _pieces(phase: Phase, items: list[Any], edit: Decision, make: Make) -> list[Any]:
    item = items[edit.item - 1]
    if edit.do == "split":
        split = phase.model_copy(update={"uses": "media.split", "with_": _SPLIT})
        result = await make(split, {"index": edit.item, "source": item["path"], "at_frame": [edit.at_frame]})
        return _placed(item, result["children"])
    merge = phase.model_copy(update={"uses": "media.merge", "with_": _MERGE})
    clips = [items[number - 1] for number in sorted([edit.item, *edit.others])]
    joined = await make(merge, {"index": edit.item, "inputs": [clip["path"] for clip in clips]})
    return [{**joined["file"], **_shared_place(clips)}]


def _placed(item: dict[str, Any], children: list[dict[str, Any]]) -> list[Any]:
    """The parts of a clip with their place in the footage that it was cut from, where it says its own."""
    if not _has_place(item):
        return children
    parts, first = [], item["start_frame"]
    for child in children:
        end = first + (child.get("frames") or 0)
        place = {"parent": item["parent"], "start_frame": first, "end_frame": end, "name": item.get("name")}
        parts.append({**child, **place})
        first = end
    return parts


def _shared_place(clips: list[Any]) -> dict[str, Any]:
    """The place of joined clips, where each goes on where the one before ends."""
    first, last = clips[0], clips[-1]
    if not all(_has_place(clip) and clip["parent"] == first["parent"] for clip in clips):
        return {}
    if any(before["end_frame"] != after["start_frame"] for before, after in pairwise(clips)):
        return {}
    place = {"parent": first["parent"], "start_frame": first["start_frame"], "end_frame": last["end_frame"]}
    return place | {"name": first.get("name")}


def _has_place(item: Any) -> bool:
    keys = ("parent", "start_frame", "end_frame")
    return isinstance(item, dict) and all(item.get(key) is not None for key in keys)
