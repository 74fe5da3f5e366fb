"""Processes for tests, which do not load the libraries again on Linux: `tests.fork_server`."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fork_server import NUMBER, read

ROOT = Path(__file__).parents[1]


def python_module(module: str, *words: str | Path, **options: Any) -> subprocess.Popen[Any]:
    """`python -m MODULE WORDS`, with the options of `Popen`: `stdin`, `stdout`, `stderr`, `text`, `cwd` and `env`."""
    return popen([sys.executable, "-m", module, *words], **options)


class Forked(subprocess.Popen[Any]):
    """`Popen([sys.executable, "-m", MODULE, *WORDS])`, whose child is forked from a process with all its imports."""

    def _execute_child(self, args: list[Any], *rest: Any) -> None:
        """Ask for the child. What stands after `args` is that of `Popen` (Python 3.11 to 3.14)."""
        cwd, env, pipes = rest[4], rest[5], rest[9:15]
        streams = [pipes[0], pipes[3], pipes[5]]
        self._reports, theirs = socket.socketpair()
        with theirs:
            files = [number if stream == -1 else stream for number, stream in enumerate(streams)]
            socket.send_fds(_server(), [b"?"], [theirs.fileno(), *files])
        request = json.dumps(
            {
                "module": args[2],
                "words": [os.fspath(word) for word in args[3:]],
                "cwd": os.fspath(cwd or Path.cwd()),
                "environment": dict(os.environ if env is None else env),
            }
        ).encode()
        self._reports.sendall(NUMBER.pack(len(request)) + request)
        self._close_pipe_fds(*pipes)
        (self.pid,) = NUMBER.unpack(read(self._reports, NUMBER.size))
        self._child_created = True

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        """As `os.waitpid`: its number and status, or 0 while it runs and is not waited for."""
        if wait_flags & os.WNOHANG and not select.select([self._reports], [], [], 0)[0]:
            return 0, 0
        with self._reports:
            return self.pid, NUMBER.unpack(read(self._reports, NUMBER.size))[0]

    def _internal_poll(self, _deadstate: int | None = None, **_: Any) -> int | None:
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self._handle_exitstatus(status)
        return self.returncode


@functools.cache
def _server() -> socket.socket:
    """The connection to the process that forks, which ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours


# Windows has no fork, and macOS's own libraries do not bear it.
popen: Callable[..., subprocess.Popen[Any]] = Forked if sys.platform == "linux" else subprocess.Popen
