"""The names in the folders of files that are judged together: each folder is listed once."""

from __future__ import annotations

import os
from pathlib import Path


class Siblings:
    """What lies beside files, as it was when a folder was first asked about."""

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}

    def has(self, folder: str | Path, name: str) -> bool:
        """Whether something of this name lies in the folder."""
        key = str(folder)
        if key not in self._names:
            try:
                self._names[key] = frozenset(os.listdir(key))  # noqa: PTH208 - only the names are wanted
            except OSError:
                self._names[key] = frozenset()
        return name in self._names[key]
