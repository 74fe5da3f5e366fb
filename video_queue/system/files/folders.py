"""Folders: emptying those of our own, and the disk that holds one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def make_empty(folder: Path) -> None:
    """Make `folder` with its parents; what was in it is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def mount_of(folder: Path) -> str:
    """The mount point that holds `folder`, which need not exist yet; links are followed."""
    place = Path(os.path.realpath(folder))
    # Path.is_mount raises where a folder may not be read.
    return next((str(path) for path in (place, *place.parents) if os.path.ismount(path)), place.anchor)
