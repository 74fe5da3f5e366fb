"""From a name that others wrote (a request, a template, an archive, ComfyUI) to a path: here and nowhere else.

Nothing is decoded: `%2e%2e` is a name of six characters, and so is a dot or a slash of another script.
"""

from __future__ import annotations

import sys
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.system.files.names import is_reserved
from video_queue.system.files.path_utils import is_storable, lies_in

# What is a valid name on every system; Windows has the strictest rules.
PORTABLE = "win32"
_NAME_BYTES = 255
_PATH_BYTES = 4095
_NOT_ON_WINDOWS = frozenset('\\<>:"|?*') | {chr(code) for code in range(32)}


def safe_join(folder: Path, name: str, *, platform: str = sys.platform, may_link: bool = False) -> Path:
    """The path of `name` in `folder`; several names with slashes between lie that deep in it.

    `platform` is whose names are valid, `PORTABLE` those of every system. With `may_link` the links of whoever owns the
    folder may lead out of it; without, the real path lies in the real folder.

    Raises:
        VqError: `path_not_allowed.name` for whatever leads elsewhere or can be no file.
    """
    parts = name.split("/")
    if detail := next((text for part in parts if (text := refusal_of(part, platform))), None):
        raise _refused(folder, name, detail)
    path = folder.joinpath(*parts)
    if len(str(path).encode()) > _PATH_BYTES:
        raise _refused(folder, name, "it is too long")
    if not may_link and not lies_in(path, folder):
        raise _refused(folder, name, "a link in it leads elsewhere")
    return path


def refusal_of(part: str, platform: str = sys.platform) -> str | None:
    """Why one name, without slashes, cannot be that of a file; None where it can."""
    if not part:
        return "a part of it is empty"
    if part in (".", ".."):
        return "it leads to another folder"
    if "\0" in part or not is_storable(part):
        return "it holds characters that no name can have"
    if len(part.encode()) > _NAME_BYTES:
        return f"a name has at most {_NAME_BYTES} bytes"
    return _refusal_on_windows(part) if platform == "win32" else None


def _refusal_on_windows(part: str) -> str | None:
    if held := sorted(_NOT_ON_WINDOWS & set(part)):
        return f"Windows takes no {held[0]!a} in a name"
    if part.endswith((".", " ")):
        return "Windows drops dots and blanks at the end of a name"
    if is_reserved(part):
        return "Windows keeps this name for a device"
    return None


def _refused(folder: Path, name: str, detail: str) -> VqError:
    shown = name.encode(errors="backslashreplace").decode()
    shown = shown if len(shown) <= 200 else f"{shown[:200]}..."
    return fail("path_not_allowed.name", name=shown, folder=str(folder), detail=detail)
