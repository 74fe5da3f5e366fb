"""Showing a folder in the platform's file manager. A file is selected, or its folder opened; never the file itself."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from video_queue.domain.catalogue import fail


def reveal(path: Path) -> None:
    """Open the folder of `path` (or `path`, if it is one) where the server runs.

    Raises:
        VqError: `not_found.folder`, `not_found.file_manager`.
    """
    if not path.exists():
        raise fail("not_found.folder", path=str(path))
    try:
        opener = subprocess.Popen(
            reveal_command(path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        folder = path if path.is_dir() else path.parent
        raise fail("not_found.file_manager", detail=str(error), path=str(folder)) from None
    # Some openers stay as long as the window does; waited for all the same, or they would linger as zombies.
    threading.Thread(target=opener.wait, name="vq-reveal", daemon=True).start()


def reveal_command(path: Path, platform: str = sys.platform) -> list[str]:
    """The command that shows `path`: Explorer and Finder select a file, elsewhere its folder is opened."""
    if platform == "win32":
        return ["explorer", str(path)] if path.is_dir() else ["explorer", f"/select,{path}"]
    if platform == "darwin":
        return ["open", str(path)] if path.is_dir() else ["open", "-R", str(path)]
    # xdg-open of a file could start it (a .desktop file); a folder only opens.
    return ["xdg-open", str(path if path.is_dir() else path.parent)]
