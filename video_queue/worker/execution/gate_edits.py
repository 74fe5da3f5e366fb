"""Clips that a review splits and merges: made by ffmpeg, then the gate waits again with the new items."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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
        children: list[Any] = result["children"]
        return children
    merge = phase.model_copy(update={"uses": "media.merge", "with_": _MERGE})
    inputs = [items[number - 1]["path"] for number in sorted([edit.item, *edit.others])]
    return [(await make(merge, {"index": edit.item, "inputs": inputs}))["file"]]
