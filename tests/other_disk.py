"""A file system other than the one a test works on, which may lie in memory or on the disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def other_disk(near: Path) -> Path | None:
    """A folder that can be written to, on another file system than `near`; None where there is none."""
    for place in map(Path, ("/dev/shm", tempfile.gettempdir(), "/var/tmp")):
        if os.access(place, os.W_OK) and place.stat().st_dev != near.stat().st_dev:
            return place
    return None
