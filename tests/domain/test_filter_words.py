"""The words of `vq ls` and of the page's filter."""

from __future__ import annotations

from typing import Any

import pytest

from video_queue.domain.errors import VqError
from video_queue.domain.filter_words import filter_query, split_words


@pytest.mark.parametrize(
    ("words", "query"),
    [
        ([], {}),
        (["state:failed,partial", "state:review"], {"state": ["failed", "partial", "review"]}),
        (["workflow:restyle", "tag:a:b"], {"workflow": "restyle", "tag": "a:b"}),
        (["night", "is:archived", "rain"], {"archived": True, "q": "night rain"}),
        (["clip:4"], {"q": "clip:4"}),
        (["since:yesterday", "cause:timeout"], {"since": "yesterday", "cause": "timeout"}),
    ],
)
def test_words_with_a_key_filter_and_others_are_searched_for(words: list[str], query: dict[str, Any]) -> None:
    assert filter_query(words) == query


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("sate:failed", "state:failed"),
        ("tags:x", "tag:x"),
        ("is:old", "is:archived"),
        ("tag:", "tag:NAME"),
        ("state:fail", "state:failed"),
        ("state:f", "state:failed"),
        ("batch:x", "batch:NUMBER"),
        ("since:soon", "since:yesterday, since:22:00 or since:3d"),
        ("causes:timeout", "cause:timeout"),
    ],
)
def test_a_slip_is_refused_with_what_was_meant(word: str, right: str) -> None:
    with pytest.raises(VqError) as refused:
        filter_query([word])
    assert f"Did you mean {right}?" in refused.value.hint


def test_quotes_keep_words_together() -> None:
    assert split_words('state:failed tag:"late night"  rain') == ["state:failed", "tag:late night", "rain"]
    assert split_words('tag:"late ni') == ["tag:late ni"]
