"""A file in the artist's own editor: $VISUAL, $EDITOR, else what the platform has."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError

_COMMON = ("sensible-editor", "nano", "vi")


def edit_copy(copy: Path, before: bytes, check: Callable[[], object]) -> bool:
    """Edit a file that begins with `before` (or with what an earlier edit left there); whether it differs then.

    It is for this user only. It is removed where nothing changed, and stays for the caller otherwise.

    Raises:
        VqError: `validation.edited` with what `check` raised as VqError or ValueError; what `edit_file` raises.
    """
    if not copy.exists():
        copy.touch(mode=0o600)
        copy.write_bytes(before)
    try:
        edit_file(copy)
        if copy.read_bytes() != before:
            check()
    except (VqError, ValueError) as error:
        if copy.read_bytes() == before:
            copy.unlink()
            raise
        detail = error.message if isinstance(error, VqError) else str(error)
        raise fail("validation.edited", detail=detail, path=str(copy)) from error
    if copy.read_bytes() != before:
        return True
    copy.unlink()
    return False


def edit_text(name: str, before: str, apply: Callable[[str], object]) -> bool:
    """Edit a text in a file of this name and apply it; whether it was changed. A refused text is kept and named.

    Raises:
        VqError: like `edit_copy`.
    """
    copy = Path(tempfile.mkdtemp(prefix="vq-")) / name
    try:
        changed = edit_copy(copy, before.encode(), lambda: apply(copy.read_text("utf-8-sig")))
        copy.unlink(missing_ok=True)
        return changed
    finally:
        if not copy.exists():
            copy.parent.rmdir()


def edit_file(path: Path) -> None:
    """Open the file and wait until the editor is closed.

    Raises:
        VqError: `not_found.editor` when there is none, `validation.editor` when it ended with an error.
    """
    words = _editor()
    try:
        code = subprocess.run([*words, str(path)], check=False).returncode
    except OSError as error:
        raise fail("not_found.editor", name=words[0], detail=error.strerror or str(error)) from None
    if code:
        raise fail("validation.editor", name=words[0], code=code)


def _editor() -> list[str]:
    for variable in ("VISUAL", "EDITOR"):
        if named := os.environ.get(variable, "").strip():
            return [word.strip('"') for word in shlex.split(named, posix=sys.platform != "win32")]
    if sys.platform == "win32":
        return ["notepad"]
    return [next((name for name in _COMMON if shutil.which(name)), _COMMON[-1])]
