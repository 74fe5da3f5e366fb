"""Texts with choices, `a {red|blue} car`, and comments, as the editor resolves them when a workflow is run."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"/\*[\s\S]*?\*/|//.*")
_ESCAPED = re.compile(r"\\([{}|])")
MAX_DEPTH = 50


def without_choices(text: str) -> str:
    """The text without comments, and the first of every choice (the editor draws one)."""
    for _ in range(MAX_DEPTH):
        text, changed = _resolve(_COMMENT.sub("", text))
        if not changed:
            break
    return _ESCAPED.sub(r"\1", text)


def has_choices(text: str) -> bool:
    """Whether the text has something to choose from."""
    return "{" in text and "|" in text


def _resolve(text: str) -> tuple[str, bool]:
    """The text with its outermost choices resolved; whether there were any."""
    result: list[str] = []
    index, changed = 0, False
    while index < len(text):
        character = text[index]
        if character == "\\":
            result.append(text[index : index + 2])
            index += 2
        elif character == "{":
            choice, index = _first_choice(text, index + 1)
            result.append(choice)
            changed = True
        else:
            result.append(character)
            index += 1
    return "".join(result), changed


def _first_choice(text: str, index: int) -> tuple[str, int]:
    """The first choice of a block that starts at `index`, and where the block ends."""
    depth, first, start = 0, None, index
    while index < len(text):
        character = text[index]
        if character == "\\":
            index += 2
            continue
        if character == "}" and depth == 0:
            break
        if character == "|" and depth == 0 and first is None:
            first = text[start:index]
        depth += (character == "{") - (character == "}")
        index += 1
    return (text[start:index] if first is None else first), index + 1
