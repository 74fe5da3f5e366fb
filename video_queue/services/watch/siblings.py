"""The names in the folders of files that are judged together: each folder is listed once."""

from __future__ import annotations

import os
from pathlib import Path

from video_queue.services.watch.tree import run_name
from video_queue.system.files.sequences import runs_with_names


class Siblings:
    """What lies beside files, as it was when a folder was first asked about."""

    def __init__(self) -> None:
        self._names: dict[str, frozenset[str]] = {}
        self._runs: dict[str, dict[str, list[str]]] = {}

    def has(self, folder: str | Path, name: str) -> bool:
        """Whether something of this name lies in the folder."""
        return name in self.names(folder)

    def pictures(self, run: Path) -> list[str]:
        """The pictures of the run `FOLDER/frame_####.png` by number, as paths."""
        folder = run.parent
        key = str(folder)
        if key not in self._runs:
            runs = runs_with_names(folder, names=self.names(key))
            self._runs[key] = {run_name(item): names for item, names in runs}
        return [f"{key}/{name}" for name in self._runs[key].get(run.name, ())]

    def names(self, folder: str | Path) -> frozenset[str]:
        """What lies in the folder; nothing where it cannot be listed."""
        key = str(folder)
        if key not in self._names:
            try:
                self._names[key] = frozenset(os.listdir(key))  # noqa: PTH208 - only the names are wanted
            except OSError:
                self._names[key] = frozenset()
        return self._names[key]
