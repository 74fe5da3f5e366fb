"""A program that outlives a kill of this process: the next one recognises it by pid and start time, and ends it.

It writes to a log file, never to a pipe that would break, and has a session of its own, so that whatever it starts
ends with it. It begins only once `release` was called: what was recorded before is all that can be left behind.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from video_queue.system.processes.identity import process_started

if sys.platform == "win32":
    from video_queue.system.processes import windows
else:
    import signal

_POLL_SECONDS = 0.05

# argv: [-c, program, arguments...]. It waits for a byte and becomes the program, with the same pid and start time; if
# the pipe is closed before, its record may not have been written.
_GATE = (
    "import os, sys\n"
    "if not os.read(0, 1): os._exit(125)\n"
    "os.dup2(os.open(os.devnull, os.O_RDONLY), 0)\n"
    "try: os.execv(sys.argv[1], sys.argv[1:])\n"
    "except OSError as error: sys.stderr.write(f'{sys.argv[1]}: {error.strerror}\\n'); os._exit(127)\n"
)


class Detached:
    """A running program: started here, or recognised as started by an earlier process."""

    def __init__(self, pid: int, started: str, popen: subprocess.Popen[bytes] | None = None) -> None:
        self.pid, self.started = pid, started
        self._popen = popen

    @property
    def is_adopted(self) -> bool:
        """Whether an earlier process started it."""
        return self._popen is None

    @property
    def status(self) -> int | None:
        """Its exit status where it ended and can be known."""
        return None if self._popen is None else self._popen.poll()

    def is_alive(self) -> bool:
        """Whether it still runs. One that was started here is reaped by this."""
        if self._popen is not None:
            return self._popen.poll() is None
        return process_started(self.pid) == self.started

    def release(self) -> None:
        """Let it begin."""
        if self._popen is not None and self._popen.stdin is not None:
            with suppress(BrokenPipeError):
                self._popen.stdin.write(b"1")
                self._popen.stdin.flush()
            self._popen.stdin.close()

    def end(self, grace_seconds: float) -> None:
        """Ask it to end, with all that it started, and end what is left after `grace_seconds`. Blocking."""
        if self._popen is not None and self._popen.stdin is not None:
            self._popen.stdin.close()
        if sys.platform == "win32":
            windows.end_tree(self.pid)
        else:
            if self.is_alive():
                _signal(self.pid, signal.SIGTERM)
                self._wait(grace_seconds)
            _signal(self.pid, signal.SIGKILL)  # the group: it may have started others
        self._wait(grace_seconds)

    def _wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)


def start_detached(argv: Sequence[str], *, folder: Path, log: Path, environment: dict[str, str]) -> Detached:
    """Start `argv` (absolute program first, never a shell), its output appended to `log`; it waits for `release`.

    Raises:
        OSError: it cannot be started, or the log cannot be written.
    """
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    gate = [] if sys.platform == "win32" else [sys.executable, "-I", "-S", "-c", _GATE]
    with log.open("ab") as output:
        popen = subprocess.Popen(
            [*gate, *argv],
            stdin=subprocess.PIPE if gate else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            creationflags=flags,
            start_new_session=sys.platform != "win32",
        )
    if sys.platform == "win32":
        windows.own_by_job(popen.pid)  # there it ends with this process
    return Detached(popen.pid, process_started(popen.pid) or "", popen)


def recognise(pid: int | None, started: str | None) -> Detached | None:
    """The program that an earlier process recorded; None if there was none, or if it has ended."""
    detached = Detached(pid, started) if pid and started else None
    return detached if detached and detached.is_alive() else None


def _signal(pid: int, number: int) -> None:
    """To the program's session: its number is that of the program, and of nothing else while any of it lives."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, number)
