"""The words of a list's filter: `state:failed workflow:restyle tag:night` and text to search for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_KEYS = ("state", "workflow", "tag", "batch", "is")


def filter_query(words: Sequence[str]) -> dict[str, Any]:
    """The words as a query of GET /api/jobs: `state` (a list), `workflow`, `tag`, `batch`, `archived`, the rest as `q`.

    Raises:
        VqError: `validation.filter` for a key that is misspelt, or a value that is none.
    """
    query: dict[str, Any] = {}
    text: list[str] = []
    for word in words:
        key, colon, value = word.partition(":")
        if not colon or key not in _KEYS:
            _refuse_misspelt(word, key, colon)
            text.append(word)
        elif key == "state":
            query.setdefault("state", []).extend(part for part in value.split(",") if part)
        elif key == "is" and value == "archived":
            query["archived"] = True
        elif key == "is" or not value:
            _refuse(word, "is:archived" if key == "is" else f"{key}:NAME")
        else:
            query[key] = value
    return {**query, "q": " ".join(text)} if text else query


def _refuse_misspelt(word: str, key: str, colon: str) -> None:
    """`sate:failed` is a slip; `clip:4` is a text."""
    from video_queue.domain.catalogue import nearest

    if colon and (near := nearest(key, _KEYS)):
        _refuse(word, f"{near}:{word.partition(':')[2]}")


def _refuse(word: str, right: str) -> None:
    from video_queue.domain.catalogue import fail

    raise fail("validation.filter", word=word, right=right)
