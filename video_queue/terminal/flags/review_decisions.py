"""Decisions on the items of a review as they are typed, and the items as they are printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

_ITEMS = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?", re.ASCII)
_SPLIT = re.compile(r"(\d{1,6})@(\d{1,9})", re.ASCII)
_MERGE = re.compile(r"\d{1,6}(?:\+\d{1,6})+", re.ASCII)
_TEXT = re.compile(r"(\d{1,6})=(.*)", re.ASCII | re.DOTALL)
_MARKS = {"approve": "approved", "reject": "rejected"}


def parse(
    approve: str | None,
    reject: str | None,
    split: Sequence[str] | None,
    merge: Sequence[str] | None,
    text: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """`1,3-5`, `4@120`, `6+7` and `3=Hello` as the decisions of the action `review`.

    Raises:
        VqError: `validation`.
    """
    decisions: list[dict[str, Any]] = []
    for do, items in (("approve", approve), ("reject", reject)):
        decisions += [{"item": number, "do": do} for number in _numbers(f"--{do}", items)]
    for cut in split or ():
        item, frame = _matched("--split", _SPLIT, cut, "4@120").groups()
        decisions.append({"item": int(item), "do": "split", "at_frame": int(frame)})
    for joined in merge or ():
        first, *others = map(int, _matched("--merge", _MERGE, joined, "6+7").group().split("+"))
        decisions.append({"item": first, "do": "merge", "with": others})
    for corrected in text or ():
        item, words = _matched("--text", _TEXT, corrected, "3=Hello").groups()
        decisions.append({"item": int(item), "do": "approve", "with": {"text": words}})
    return decisions


def _numbers(flag: str, text: str | None) -> Iterator[int]:
    for part in text.split(",") if text else ():
        first, last = _matched(flag, _ITEMS, part.strip(), "1,3-5").groups()
        yield from range(int(first), int(last or first) + 1)


def _matched(flag: str, pattern: re.Pattern[str], text: str, example: str) -> re.Match[str]:
    if match := pattern.fullmatch(text):
        return match
    from video_queue.domain.catalogue import fail

    raise fail("validation.value", name=flag, value=text, expected=f"Write it as in {flag} {example}.")


def lines(prompt: dict[str, Any]) -> Iterator[str]:
    """The state of a prompt, and the items of the gate it waits at with what is decided of them."""
    yield f"{prompt['job_id']}.{prompt['index']} {prompt['state']}"
    for phase in prompt["phases"]:
        gate = phase["result"] or {}
        if phase["state"] == "review":
            yield from _items(gate)
        elif "edits" in gate:
            between = ", ".join(gate.get("between", ()))
            yield (
                f"new items go through {between}, then you are asked"
                if between
                else "the clips are being made"
            )


def _items(gate: dict[str, Any]) -> Iterator[str]:
    decided = {entry["item"]: entry for entry in gate.get("decisions", ())}
    for number, item in enumerate(gate.get("items", ()), start=1):
        decision = decided.get(number, {})
        edited = {**item, **decision["with"]} if decision.get("with") else item
        yield f"{number:>4}  {_MARKS.get(decision.get('do', ''), 'open'):<9} {_described(edited)}"
    if problem := gate.get("problem"):
        yield problem
    if between := gate.get("between"):
        yield f"What you split or merge goes through {', '.join(between)} before you are asked again."


def _described(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    if "path" in item:
        frames = f"  {item['frames']} frames" if item.get("frames") else ""
        return f"{item['path']}{frames}"
    return "  ".join(f"{key} {value}" for key, value in item.items() if not isinstance(value, dict | list))
