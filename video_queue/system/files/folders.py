"""Folders: emptying those of our own, and the disk that holds one."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def make_empty(folder: Path) -> None:
    """Make `folder` with its parents; what was in it is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def mount_of(folder: Path) -> str:
    """The mount point that holds `folder`, which need not exist yet; links are followed."""
    place = Path(os.path.realpath(folder))
    return next((str(path) for path in (place, *place.parents) if _is_mount(path)), place.anchor)


def _is_mount(real: Path) -> bool:
    """As `os.path.ismount` for a path without links, which need not be resolved again; Path.is_mount may raise."""
    if sys.platform == "win32":
        return os.path.ismount(real)
    try:
        here, above = os.lstat(real), os.lstat(real.parent)
    except (OSError, ValueError):
        return False
    return here.st_dev != above.st_dev or here.st_ino == above.st_ino
