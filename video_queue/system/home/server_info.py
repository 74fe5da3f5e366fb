"""`server.json`: where the server of a home listens, announced for `vq` and withdrawn when it ends.

The lock alone says whether a home is in use; this adds the address. A killed server leaves the file behind, and its
process number may belong to another program by now (after a reboot, or in a container, where it is always the same).
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from video_queue.system.home.lock import HomeLock

_SERVER_NAME = "server.json"


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A running server: its process, where it listens, and since when (ISO 8601 UTC)."""

    pid: int
    url: str
    started_at: str


def write_server_info(home: Path, info: ServerInfo) -> None:
    """Announce a server in `home`, readable by this user only; replaces what was there at once."""
    partial = home / f".{_SERVER_NAME}.{info.pid}"
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(info), file)
    partial.replace(home / _SERVER_NAME)


def read_server_info(home: Path) -> ServerInfo | None:
    """The server that works `home` now: announced there, and the lock is held. None otherwise."""
    try:
        info = ServerInfo(**json.loads((home / _SERVER_NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return info if isinstance(info.pid, int) and HomeLock.is_held(home) else None


def remove_server_info(home: Path) -> None:
    """Withdraw the announcement in `home`; only for the holder of its lock."""
    with contextlib.suppress(OSError):
        (home / _SERVER_NAME).unlink()
