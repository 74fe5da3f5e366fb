"""Folders of our own, below the work folder."""

from __future__ import annotations

import shutil
from pathlib import Path


def make_empty(folder: Path) -> None:
    """Make `folder` with its parents; what was in it is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
