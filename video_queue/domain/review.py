"""Deciding on the items of a review gate, as pure functions over what its phase keeps while it waits.

A gate is `{"items": [...], "decisions": [...]}`; `original` are the items as they came, once some were split or merged,
`edits` the splits and merges that a worker is to do, and `problem` why some could not be. `between` names the phases
that new items go through before they are asked about. `source` is the file that ranges, spans and words are of, `field`
what its phase calls them (`silences`, `scenes`, `words`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from video_queue.domain.catalogue import fail

Gate = dict[str, Any]
# What a gate keeps whatever becomes of its items.
_ORIGIN = ("source", "field")
_Number = Annotated[int, Field(ge=1, le=100_000)]
_Numbers = Annotated[list[_Number], Field(max_length=10_000)]


class Decision(BaseModel):
    """What becomes of one item (from 1): `with` are edited fields of what is approved, or the items merged into it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: _Number
    do: Literal["approve", "reject", "split", "merge"]
    at_frame: Annotated[int, Field(ge=1, lt=2**53)] | None = None
    with_: dict[str, Any] | _Number | _Numbers | None = Field(None, alias="with")

    @property
    def others(self) -> list[int]:
        """The items that are merged into this one."""
        if self.do != "merge" or isinstance(self.with_, dict | None):
            return []
        return self.with_ if isinstance(self.with_, list) else [self.with_]


def decide(gate: Gate, decisions: Sequence[Decision]) -> Gate:
    """The gate after these decisions, whose numbers are those of its items before them.

    Scenes and ranges are split and merged at once; files, and what phases lie `between` for, become `edits`.

    Raises:
        VqError: `validation`.
    """
    _require_sense(gate, decisions)
    plain = {
        decision.item: _stored(decision) for decision in decisions if decision.do in ("approve", "reject")
    }
    decided = {entry["item"]: entry for entry in gate["decisions"]} | plain
    edits = [entry for entry in decisions if entry.do in ("split", "merge")]
    gate = {key: value for key, value in gate.items() if key not in ("edits", "problem")}
    gate["decisions"] = [decided[number] for number in sorted(decided)]
    if edits and (gate.get("between") or any(is_file(gate["items"][edit.item - 1]) for edit in edits)):
        return gate | {"edits": [_stored(edit) for edit in edits]}
    return with_pieces(gate, {edit.item: ranges_of(gate["items"], edit) for edit in edits}, edits)


def is_file(item: Any) -> bool:
    """Whether an item is a file, which only ffmpeg can split."""
    return isinstance(item, dict) and "path" in item


def is_range(item: Any) -> bool:
    """Whether an item is a scene or another range of frames that is no file."""
    keys = ("start_frame", "end_frame")
    return (
        isinstance(item, dict) and "path" not in item and all(isinstance(item.get(key), int) for key in keys)
    )


def with_pieces(gate: Gate, pieces: Mapping[int, list[Any]], edits: Sequence[Decision]) -> Gate:
    """The gate with new items in the places of those that were split or merged; these are undecided."""
    if not edits:
        return gate
    items, moved = edited_list(gate["items"], pieces, edits)
    return entered(items, asked_again(gate, len(items), moved), gate.get("between", ()))


def edited_list(
    items: Sequence[Any], pieces: Mapping[int, list[Any]], edits: Sequence[Decision]
) -> tuple[list[Any], dict[int, int]]:
    """A list with new items in the places of those that were split or merged, and the new number of each that stays."""
    merged = {number for edit in edits for number in edit.others}
    edited: list[Any] = []
    moved: dict[int, int] = {}
    for number, item in enumerate(items, start=1):
        if number in pieces:
            edited += pieces[number]
        elif number not in merged:
            edited.append(item)
            moved[number] = len(edited)
    return edited, moved


def asked_again(gate: Gate, count: int, moved: Mapping[int, int]) -> Gate:
    """What a gate keeps until its `count` items are there: the decisions on those that stay, and the original."""
    decisions = [
        {**entry, "item": moved[entry["item"]]} for entry in gate["decisions"] if entry["item"] in moved
    ]
    kept = {"decisions": decisions, "original": gate.get("original", gate["items"])}
    return {"items": [], "count": count, **kept, **_origin_of(gate)}


def entered(items: list[Any], kept: Gate, between: Sequence[str]) -> Gate:
    """A gate with its items; `kept` is what it knows from before, decisions only where they are of as many items."""
    gate: Gate = {"items": items, "decisions": kept["decisions"] if kept.get("count") == len(items) else []}
    if "original" in kept:
        gate["original"] = kept["original"]
    gate |= _origin_of(kept)
    return gate | ({"between": list(between)} if between else {})


def _origin_of(gate: Gate) -> Gate:
    return {key: gate[key] for key in _ORIGIN if gate.get(key)}


def is_decided(gate: Gate) -> bool:
    """Whether every item is approved or rejected."""
    return "edits" not in gate and len(gate["decisions"]) == len(gate["items"])


def result_of(gate: Gate) -> dict[str, Any]:
    """What later phases get of a gate: an item without a decision is rejected."""
    decided = {entry["item"]: entry for entry in gate["decisions"]}
    result: dict[str, Any] = {"approved": [], "rejected": [], "decisions": gate["decisions"]}
    for number, item in enumerate(gate["items"], start=1):
        decision = decided.get(number, {"do": "reject"})
        edited = {**item, **decision["with"]} if decision.get("with") else item
        result["approved" if decision["do"] == "approve" else "rejected"].append(edited)
    return result | ({"original": gate["original"]} if "original" in gate else {})


def _stored(decision: Decision) -> dict[str, Any]:
    return decision.model_dump(mode="json", by_alias=True, exclude_none=True)


def _require_sense(gate: Gate, decisions: Sequence[Decision]) -> None:
    items = gate["items"]
    named: set[int] = set()
    for decision in decisions:
        for number in (decision.item, *decision.others):
            if number > len(items):
                raise _refusal(decision, f"There are {len(items)} items.")
            if number in named:
                raise _refusal(decision, f"Item {number} is named twice.")
            named.add(number)
        if problem := _problem(items[decision.item - 1], decision):
            raise _refusal(decision, problem)


def _problem(item: Any, decision: Decision) -> str:
    """Why one decision makes no sense; empty where it does."""
    if decision.do == "split" and decision.at_frame is None:
        return "Say where with at_frame."
    if decision.do == "merge" and not decision.others:
        return "Name the items that join it under with."
    if decision.do in ("split", "merge"):
        frames = (item.get("frames") or 0) if is_file(item) else 0
        outside = decision.do == "split" and frames > 1 and (decision.at_frame or 0) >= frames
        return f"It has {frames} frames." if outside else ""
    edited = isinstance(decision.with_, dict) and isinstance(item, dict) and decision.do == "approve"
    return "" if decision.with_ is None or edited else "with holds edited fields of an approved item."


def ranges_of(items: Sequence[Any], edit: Decision) -> list[Any]:
    """A scene or a range split in two, or neighbours in one.

    Raises:
        VqError: `validation`.
    """
    item = items[edit.item - 1]
    if edit.do == "split":
        return split_range(item, edit, edit.at_frame or 0)
    numbers = sorted([edit.item, *edit.others])
    if not is_range(item):
        raise _refusal(edit, "Only clips and ranges of frames can be split and merged.")
    if numbers != list(range(numbers[0], numbers[-1] + 1)):
        raise _refusal(edit, "Only neighbours can be merged.")
    if not all(is_range(items[number - 1]) for number in numbers):
        raise _refusal(edit, "Only clips and ranges of frames can be split and merged.")
    first, last = items[numbers[0] - 1], items[numbers[-1] - 1]
    return [{**first, **{key: last[key] for key in ("end_frame", "end") if key in last}}]


def split_range(item: Any, edit: Decision, at: int) -> list[Any]:
    """A scene or a range in two, the second from frame `at`.

    Raises:
        VqError: `validation`.
    """
    if not is_range(item):
        raise _refusal(edit, "Only clips and ranges of frames can be split and merged.")
    first, end = item["start_frame"], item["end_frame"]
    if not first < at < end:
        raise _refusal(edit, f"Name a frame between {first} and {end}.")
    left, right = {**item, "end_frame": at}, {**item, "start_frame": at}
    if "start" in item and "end" in item:
        left["end"] = right["start"] = item["start"] + (item["end"] - item["start"]) * (at - first) / (
            end - first
        )
    return [left, right]


def _refusal(decision: Decision, expected: str) -> Exception:
    return fail("validation.value", name="decisions", value=_stored(decision), expected=expected)
