"""The lock of a home: one process holds it and is the only one that writes there.

It is the operating system's lock on an open file: it ends with its process, however that ends. Kept free of heavy
imports, because every `vq` command loads this.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

_LOCK_NAME = "vq.lock"
_RETRY_SECONDS = 0.05
# Windows forbids reading what is locked, and the pid at the start must stay readable.
_WINDOWS_LOCK_BYTE = 1 << 20


class HomeLock:
    """The right to write in a home, held until `release` or the end of the process."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    @classmethod
    def acquire(cls, home: Path, timeout: float = 0.0) -> HomeLock:
        """The lock of `home`, waiting up to `timeout` seconds for another process to release it.

        Raises:
            VqError: `locked.home` with the holder's pid; `locked.network_home` where a lock cannot be trusted.
        """
        # A command that finds a server loads neither.
        from video_queue.domain.catalogue import fail
        from video_queue.system.home.disk import network_file_system

        if kind := network_file_system(home):
            raise fail("locked.network_home", home=str(home), kind=kind)
        path = home / _LOCK_NAME
        file = path.open("a+", encoding="ascii")
        deadline = time.monotonic() + timeout
        while not _try_lock(file):
            if time.monotonic() >= deadline:
                file.close()
                raise fail("locked.home", pid=_holder(path), home=str(home))
            time.sleep(_RETRY_SECONDS)
        _write_pid(file, str(os.getpid()))
        return cls(file)

    @classmethod
    def is_held(cls, home: Path) -> bool:
        """Whether a process holds the lock of `home`."""
        try:
            with (home / _LOCK_NAME).open("rb") as file:
                return not _try_lock(file, shared=True)
        except OSError:
            return False

    def release(self) -> None:
        """Release the lock. The file stays: removing it would let two processes lock two files of one name."""
        if not self._file.closed:
            _write_pid(self._file, "")
            self._file.close()


def _try_lock(file: IO[Any], *, shared: bool = False) -> bool:
    """Lock the open file. A shared lock keeps out only who wants the whole; Windows has none here."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file.fileno(), _WINDOWS_LOCK_BYTE, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            # flock belongs to the open file: a second try of this process is refused too, and children that
            # are started do not keep it, because Python's descriptors are not inherited.
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _write_pid(file: IO[str], pid: str) -> None:
    """Name the holder. On a full disk there is no name, and the lock is held all the same."""
    with suppress(OSError):
        os.ftruncate(file.fileno(), 0)
        os.write(file.fileno(), pid.encode("ascii"))


def _holder(path: Path) -> str:
    try:
        return path.read_text("ascii").strip() or "unknown"
    except (OSError, ValueError):
        return "unknown"
