"""The home's secret: only its user can read it, so a client that sends it is trusted like that user.

Only the standard library: every `vq` command loads this.
"""

from __future__ import annotations

import os
from pathlib import Path

SECRET_HEADER = "X-VQ-Secret"  # noqa: S105 - a header's name
_NAME = "secret"


def read_secret(home: Path) -> str | None:
    """The secret of `home`, or None where there is none (no server ever ran) or it cannot be read."""
    try:
        return (home / _NAME).read_text("ascii").strip() or None
    except (OSError, ValueError):
        return None


def ensure_secret(home: Path) -> str:
    """The secret of `home`, made when there is none; readable by this user only (mode 0600).

    Raises:
        OSError: if the file cannot be written.
    """
    path = home / _NAME
    if known := read_secret(home):
        if os.name == "posix":
            path.chmod(0o600)
        return known
    partial = home / f".{_NAME}.{os.getpid()}"
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(os.urandom(32).hex())
    partial.replace(path)
    return path.read_text("ascii")
