"""Texts as they were stored: JSON that can be read, documents that still have their hash.

A bit that a disk flipped inside a text is no damage to SQLite, whose full check does not see it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


class DamagedRowError(Exception):
    """A stored text is not what was stored; `where` names its row for people."""

    def __init__(self, where: str, detail: str) -> None:
        super().__init__(f"{where}: {detail}")
        self.where, self.detail = where, detail


@dataclass
class ReadableTexts:
    """Reads the stored texts of a row for people: `damage` is the first that could not be read, if any."""

    damage: DamagedRowError | None = None

    def json(self, text: str, where: str, default: T) -> T:
        """The value of a stored JSON text, `default` where it is damaged."""
        return self.read(lambda: stored_json(text, where), default)

    def read(self, read: Callable[[], T], default: T) -> T:
        """What `read` returns, `default` where that is damaged."""
        try:
            return read()
        except DamagedRowError as error:
            self.damage = self.damage or error
            return default


def stored_json(text: str, where: str) -> Any:
    """The value of a stored JSON text.

    Raises:
        DamagedRowError: it is no JSON any more.
    """
    return stored(text, where, json.loads)


def stored(text: str, where: str, parse: Callable[[str], T]) -> T:
    """What `parse` makes of a stored text.

    Raises:
        DamagedRowError: it cannot be parsed.
    """
    try:
        return parse(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise DamagedRowError(where, str(error).splitlines()[0]) from error


def require_hash(text: str, hash_: str, where: str) -> str:
    """`text`, whose SHA-256 was stored with it.

    Raises:
        DamagedRowError: it has another.
    """
    if hashlib.sha256(text.encode()).hexdigest() != hash_:
        raise DamagedRowError(where, "it is not what was stored")
    return text
