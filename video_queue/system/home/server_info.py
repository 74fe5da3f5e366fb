"""`server.json`: where the server of a home listens, announced for `vq` and withdrawn when it ends.

`lock` says whether a home is in use; this says where its server is reached.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

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
    """The server announced in `home`, if its process lives; what a killed server left behind counts as none."""
    try:
        info = ServerInfo(**json.loads((home / _SERVER_NAME).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return info if isinstance(info.pid, int) and process_lives(info.pid) else None


def remove_server_info(home: Path, pid: int) -> None:
    """Withdraw the announcement of the server `pid`; another server's stays."""
    with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
        path = home / _SERVER_NAME
        if json.loads(path.read_text("utf-8"))["pid"] == pid:
            path.unlink()


def process_lives(pid: int) -> bool:
    """Whether a process with this number runs, of this user or another."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _windows_process_lives(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return pid < 1 << 31
    return True


def _windows_process_lives(pid: int) -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    # os.kill(pid, 0) would send CTRL_C there. Access right and exit code: Microsoft's process documentation.
    query_limited_information, still_active = 0x1000, 259
    kernel = ctypes.windll.kernel32
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return bool(known) and code.value == still_active
