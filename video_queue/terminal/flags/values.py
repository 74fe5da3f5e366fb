"""Values as they are typed: NAME=VALUE, lists, files of values, seeds. Light, and without knowledge of workflows.

Every function raises VqError with the right form in its hint.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from video_queue.terminal.flags.text_file import read_text

_RANGE = re.compile(r"\d+\.\.\d+", re.ASCII)


def assignments(flag: str, texts: Sequence[str]) -> dict[str, str]:
    """`["a=1", "b=x=y"]` as `{"a": "1", "b": "x=y"}`; the last of a name wins."""
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            from video_queue.domain.catalogue import fail

            raise fail("validation.assignment", flag=flag, value=text)
        values[name.strip()] = value
    return values


def is_comma_list(text: str) -> bool:
    """Whether a sweep's values are written with commas between, neither JSON nor a file."""
    return not text.startswith("@") and not text.lstrip().startswith("[") and "," in text


def sweep_values(name: str, text: str) -> list[Any]:
    """The values of one sweep: `a,b`, a JSON list, or `@FILE` with one value a line (or a JSON list)."""
    if text.startswith("@"):
        return _from_file(name, Path(text[1:]).expanduser())
    if text.lstrip().startswith("["):
        return _json_list(name, text)
    return [part.strip() for part in text.split(",")]


def seeds(text: str) -> int | str | list[int | str]:
    """`4` (how many), `1,2,3` or `[1, 2, 3]` (these), `1..4` (from, to).

    Seeds keep the form they are typed in: they may be larger than JSON's numbers.
    """
    plain = text.strip()
    if plain.isascii() and plain.isdigit():
        return int(plain)
    if _RANGE.fullmatch(plain):
        return plain
    parts = [part.strip() for part in plain.strip("[]").split(",")]
    parts = [part for part in parts if part]
    if not parts or not all(part.isascii() and part.isdigit() for part in parts):
        from video_queue.domain.catalogue import fail

        raise fail("validation.seeds", value=text)
    return list(parts)


def duration(text: str) -> float:
    """`90s`, `30m`, `2h` or seconds, as seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h|d)?", text.strip(), re.ASCII)
    if not match:
        from video_queue.domain.catalogue import fail

        raise fail("validation.duration", value=text)
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2] or "s"]


def _from_file(name: str, path: Path) -> list[Any]:
    text = read_text(path)
    if text.lstrip().startswith("[") and path.suffix == ".json":
        return _json_list(name, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def _json_list(name: str, text: str) -> list[Any]:
    try:
        values = json.loads(text)
    except ValueError as error:
        from video_queue.domain.catalogue import fail

        raise fail("validation.sweep_json", name=name, detail=str(error)) from error
    assert isinstance(values, list)  # it begins with a bracket
    return values
