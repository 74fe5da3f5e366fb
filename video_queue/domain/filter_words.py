"""The words of a list's filter: `state:failed workflow:restyle tag:night` and text to search for.

Command line and page type the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from video_queue.domain.catalogue import fail, nearest
from video_queue.domain.errors import VqError
from video_queue.domain.moments import moment_before
from video_queue.domain.states import JobState

KEYS = ("state", "workflow", "tag", "since", "cause", "batch", "is")
_ANY_DAY = datetime(2000, 1, 2)  # noqa: DTZ001 - the machine's time, as in moment_before
# Words are parted by spaces; quotes keep them together, also behind a key, up to the end where none closes them.
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')


def split_words(text: str) -> list[str]:
    """The words of what was typed into one field: `tag:"late night" rain` are two."""
    return [word.replace('"', "") for word in _WORD.findall(text)]


def filter_query(words: Sequence[str]) -> dict[str, Any]:
    """The words as a query of GET /api/jobs, `state` as a list, words without a key as `q`.

    Raises:
        VqError: `validation.filter` for a key that is misspelt, or a value that is none.
    """
    query: dict[str, Any] = {}
    text: list[str] = []
    for word in words:
        key, colon, value = word.partition(":")
        if not colon or key not in KEYS:
            _refuse_misspelt(word, key, colon)
            text.append(word)
        elif key == "state":
            query.setdefault("state", []).extend(_states(word, value))
        elif key == "batch":
            query["batch"] = _batch(word, value)
        elif key == "since":
            query["since"] = _since(word, value)
        elif key == "is" and value == "archived":
            query["archived"] = True
        elif key == "is" or not value:
            _refuse(word, "is:archived" if key == "is" else f"{key}:NAME")
        else:
            query[key] = value
    return {**query, "q": " ".join(text)} if text else query


def _states(word: str, value: str) -> list[str]:
    states = [part for part in value.split(",") if part]
    for state in states:
        if state not in list(JobState):
            near = nearest(state, JobState) or next((s for s in JobState if s.startswith(state)), "queued")
            _refuse(word, f"state:{near}")
    return states


def _since(word: str, value: str) -> str:
    """The text itself: when that was is known where the list is read."""
    try:
        moment_before(value, _ANY_DAY)
    except VqError:
        _refuse(word, "since:yesterday, since:22:00 or since:3d")
    return value


def _batch(word: str, value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < len(value.lstrip("0")) < 19):
        _refuse(word, "batch:NUMBER")
    return int(value)


def _refuse_misspelt(word: str, key: str, colon: str) -> None:
    """`sate:failed` is a slip; `clip:4` is a text."""
    if colon and (near := nearest(key, KEYS)):
        _refuse(word, f"{near}:{word.partition(':')[2]}")


def _refuse(word: str, right: str) -> None:
    raise fail("validation.filter", word=word, right=right)
