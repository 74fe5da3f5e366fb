"""`vq.toml`: read it into dotted keys with line numbers, and change single keys without touching the rest.

Only the file's shape is checked here; `models` says which keys there are and what they mean.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import fail

SETTINGS_NAME = "vq.toml"
_TABLE = re.compile(r"^\s*\[\[?([^\[\]]+)\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_.\"'-]+)\s*=")


def read_settings_file(path: Path) -> dict[str, Any]:
    """The file's values by dotted key; empty when there is no file.

    Raises:
        VqError: `validation.settings_file` with the line, when it cannot be read or is not TOML.
    """
    try:
        return flatten(tomllib.loads(path.read_text("utf-8-sig")))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise fail("validation.settings_file", path=str(path), detail=str(error)) from error


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys: `{"server": {"port": 1}}` becomes `{"server.port": 1}`."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        dotted = f"{prefix}{key}"
        flat |= flatten(value, f"{dotted}.") if isinstance(value, Mapping) else {dotted: value}
    return flat


def line_of(path: Path, key: str) -> int | None:
    """The line (from 1) on which the dotted `key` is set, or None."""
    index = _find(path.read_text("utf-8-sig").splitlines(), key)
    return None if index is None else index + 1


def write_setting(path: Path, key: str, value: str | int | float | bool | list[str] | None) -> None:
    """Set the dotted `key` in the file (None: take it out); all other lines stay as they are. Atomic.

    Raises:
        VqError: `validation.settings_file` when the file is not TOML, or the change would break it.
    """
    before = read_settings_file(path)
    lines = path.read_text("utf-8-sig").splitlines() if path.exists() else []
    _change(lines, key, None if value is None else _toml(value), there=key in before)
    text = "".join(f"{line}\n" for line in lines)
    wanted = {**before, key: value} if value is not None else {k: v for k, v in before.items() if k != key}
    if _parsed(text) != wanted:
        detail = f"{key} is written in a way that cannot be changed by program"
        raise fail("validation.settings_file", path=str(path), detail=detail)
    partial = path.with_name(f".{path.name}.partial")
    # It may hold the server's token.
    partial.touch(mode=0o600)
    partial.write_text(text, "utf-8")
    partial.replace(path)


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return flatten(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return None


def _change(lines: list[str], key: str, written: str | None, *, there: bool) -> None:
    at = _find(lines, key) if there else None
    table, _, name = key.rpartition(".")
    new = [] if written is None else [f"{name} = {written}"]
    if at is not None:
        lines[at : _end_of_value(lines, at)] = new
    elif new and table:
        header = _find_table(lines, table)
        if header is None:
            lines += [f"[{table}]", *new]
        else:
            lines[header + 1 : header + 1] = new
    else:
        lines[0:0] = new


def _end_of_value(lines: list[str], start: int) -> int:
    """The line after a value, which may take several lines."""
    for end in range(start + 1, len(lines) + 1):
        if _parsed("\n".join(lines[start:end])) is not None:
            return end
    return start + 1


def _find(lines: list[str], key: str) -> int | None:
    table = ""
    for number, line in enumerate(lines):
        if match := _TABLE.match(line):
            table = f"{match[1].strip()}."
        elif (match := _KEY.match(line)) and f"{table}{match[1]}".replace('"', "").replace("'", "") == key:
            return number
    return None


def _find_table(lines: list[str], table: str) -> int | None:
    for number, line in enumerate(lines):
        if (match := _TABLE.match(line)) and match[1].strip() == table:
            return number
    return None


def _toml(value: str | int | float | bool | list[str]) -> str:
    # A JSON text, number, boolean or list of those is TOML too; surrogates are not, so letters stay letters.
    return json.dumps(value, ensure_ascii=False)
