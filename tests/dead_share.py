"""A share that never answers: a file system whose server takes no request, so that every call into it hangs."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from video_queue.system.processes.threads import BUSY

_DETACH = 2


def hanging_threads() -> list[threading.Thread]:
    """The threads for calls that may never come back whose call has not."""
    return [thread for thread in threading.enumerate() if thread.name == BUSY]


@contextmanager
def dead_share(folder: Path) -> Iterator[None]:
    """Let `folder` hang until the end; what hangs then gets an error. Skips the test where mounting is not allowed."""
    if sys.platform != "linux" or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("no file system can be mounted here")
    libc, target = ctypes.CDLL(None, use_errno=True), os.fsencode(folder)
    server = os.open("/dev/fuse", os.O_RDWR)
    try:
        options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
        if libc.mount(b"dead", target, b"fuse", 0, options) != 0:
            pytest.skip("no file system can be mounted here")
        try:
            yield
        finally:
            libc.umount2(target, _DETACH)
    finally:
        os.close(server)
