"""Showing a folder in the platform's file manager, or a picture, video or sound in the program that is set for it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from video_queue.domain.catalogue import fail


def reveal(path: Path) -> None:
    """Open the folder of `path` (or `path`, if it is one) where this runs; never the file itself.

    Raises:
        VqError: `not_found.folder`, `not_found.file_manager`.
    """
    _start(path, reveal_command(path))


def open_media(path: Path) -> None:
    """Open a file. Only for what a player or viewer shows: other files could be programs.

    Raises:
        VqError: `not_found.folder`, `not_found.file_manager`.
    """
    _start(path, [{"win32": "explorer", "darwin": "open"}.get(sys.platform, "xdg-open"), str(path)])


def has_desktop(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether windows can be opened here. On Linux the session says so; over SSH there is none."""
    return platform in ("win32", "darwin") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _start(path: Path, command: list[str]) -> None:
    if not path.exists():
        raise fail("not_found.folder", path=str(path))
    try:
        opener = subprocess.Popen(
            command,
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
