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
        return name in self._listed(str(folder))

    def pictures(self, run: Path) -> list[str]:
        """The pictures of the run `FOLDER/frame_####.png` by number, as paths."""
        folder = run.parent
        key = str(folder)
        if key not in self._runs:
            runs = runs_with_names(folder, names=self._listed(key))
            self._runs[key] = {run_name(item): names for item, names in runs}
        return [f"{key}/{name}" for name in self._runs[key].get(run.name, ())]

    def _listed(self, folder: str) -> frozenset[str]:
        if folder not in self._names:
            try:
                self._names[folder] = frozenset(os.listdir(folder))  # noqa: PTH208 - only the names are wanted
            except OSError:
                self._names[folder] = frozenset()
        return self._names[folder]
