"""Who opened what, from the system itself: inotify for files, a listening socket for connections. Linux only."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_OPENED = 0x20 | 0x01  # IN_OPEN and IN_ACCESS, see inotify(7)
_NON_BLOCKING = os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True)
class Canary:
    """A folder that nobody may look into, and a port of this machine that nobody may speak to."""

    folder: Path
    port: int
    _watch: int
    _listener: socket.socket

    def opened(self) -> int:
        """How many bytes the system has to say about files that were opened or read since the last call."""
        try:
            return len(os.read(self._watch, 1 << 20))
        except BlockingIOError:
            return 0

    def connected(self) -> bool:
        """Whether somebody connected since the last call."""
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@contextmanager
def canary(folder: Path) -> Iterator[Canary]:
    """A folder with files `secret.*`, watched, and a socket that listens."""
    folder.mkdir()
    for ending in ("txt", "mp4", "png", "ttf", "ts"):
        (folder / f"secret.{ending}").write_text("secret")
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(_NON_BLOCKING)
    assert libc.inotify_add_watch(watch, os.fsencode(folder), _OPENED) >= 0
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            yield Canary(folder, listener.getsockname()[1], watch, listener)
    finally:
        os.close(watch)
