"""Decisions on the items of a review: what goes on, what is edited, split and merged, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from video_queue.domain.errors import VqError
from video_queue.domain.review import Decision, decide, is_decided, result_of


def _scene(first: int, end: int) -> dict[str, Any]:
    return {"start_frame": first, "end_frame": end, "start": first / 10, "end": end / 10}


def _decide(items: list[Any], *decisions: dict[str, Any]) -> dict[str, Any]:
    return decide(
        {"items": items, "decisions": []}, [Decision.model_validate(values) for values in decisions]
    )


def test_items_are_approved_rejected_and_edited_and_the_original_stays() -> None:
    items = [{"start": 0.0, "end": 1.0}, {"start": 2.0, "end": 3.0}, "c"]
    gate = _decide(items, {"item": 1, "do": "approve", "with": {"end": 0.8}}, {"item": 2, "do": "reject"})
    assert not is_decided(gate)
    gate = decide(gate, [Decision(item=3, do="approve")])
    assert is_decided(gate)
    result = result_of(gate)
    assert result["approved"] == [{"start": 0.0, "end": 0.8}, "c"]
    assert result["rejected"] == [{"start": 2.0, "end": 3.0}]
    assert gate["items"] == items


def test_scenes_are_split_and_merged_and_the_new_ones_are_undecided() -> None:
    items = [_scene(0, 10), _scene(10, 30), _scene(30, 40), _scene(40, 60)]
    gate = _decide(
        items,
        {"item": 1, "do": "approve"},
        {"item": 2, "do": "split", "at_frame": 20},
        {"item": 3, "do": "merge", "with": [4]},
    )
    assert gate["items"] == [_scene(0, 10), _scene(10, 20), _scene(20, 30), _scene(30, 60)]
    assert gate["original"] == items
    assert [entry["item"] for entry in gate["decisions"]] == [1]
    gate = decide(gate, [Decision(item=1, do="merge", **{"with": 2})])
    assert (gate["items"][0], gate["decisions"], gate["original"]) == (_scene(0, 20), [], items)


@pytest.mark.parametrize(
    ("decisions", "hint"),
    [
        ([{"item": 9, "do": "approve"}], "There are 3 items"),
        ([{"item": 1, "do": "approve"}, {"item": 1, "do": "reject"}], "named twice"),
        ([{"item": 1, "do": "split"}], "at_frame"),
        ([{"item": 1, "do": "split", "at_frame": 10}], "between 0 and 10"),
        ([{"item": 1, "do": "merge", "with": 3}], "neighbours"),
        ([{"item": 1, "do": "merge"}], "Name the items"),
        ([{"item": 1, "do": "reject", "with": {"end": 1}}], "edited fields"),
        ([{"item": 2, "do": "split", "at_frame": 3}], "Only clips"),
        ([{"item": 3, "do": "split", "at_frame": 8}], "8 frames"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_with_what_to_do(
    decisions: list[dict[str, Any]], hint: str
) -> None:
    with pytest.raises(VqError) as refused:
        _decide([_scene(0, 10), "b", {"path": "/c.mp4", "frames": 8}], *decisions)
    assert refused.value.code == "validation"
    assert hint in refused.value.hint
