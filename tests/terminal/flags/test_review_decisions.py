"""Decisions on the items of a review as they are typed."""

from __future__ import annotations

import pytest

from video_queue.domain.errors import VqError
from video_queue.terminal.flags.review_decisions import lines, parse


def test_each_flag_becomes_decisions() -> None:
    assert parse("1,3-4", "2", ["5@120"], ["6+7"], ["8=Hello = all"]) == [
        {"item": 1, "do": "approve"},
        {"item": 3, "do": "approve"},
        {"item": 4, "do": "approve"},
        {"item": 2, "do": "reject"},
        {"item": 5, "do": "split", "at_frame": 120},
        {"item": 6, "do": "merge", "with": [7]},
        {"item": 8, "do": "approve", "with": {"text": "Hello = all"}},
    ]


@pytest.mark.parametrize("text", ["Hello", "x=Hello", "=Hello"])
def test_a_text_without_its_item_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(VqError) as caught:
        parse(None, None, None, None, [text])
    assert "--text 3=Hello" in str(caught.value.hint)


def test_what_was_corrected_is_printed_as_it_is_now() -> None:
    items = [{"start": 0, "text": "Helo"}, {"start": 1, "text": "all"}]
    decisions = [{"item": 1, "do": "approve", "with": {"text": "Hello"}}]
    gate = {"state": "review", "result": {"items": items, "decisions": decisions}}
    printed = list(lines({"job_id": 1, "index": 2, "state": "review", "phases": [gate]}))
    assert [line.split() for line in printed[1:]] == [
        ["1", "approved", "start", "0", "text", "Hello"],
        ["2", "open", "start", "1", "text", "all"],
    ]
