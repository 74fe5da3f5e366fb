"""`vq serve` as a process that is killed, suspended and given a wrong time, and what its home says of its progress.

    python -m tests.crash.server HOME OFFSET

serves HOME with a wall clock that is as many seconds off as the file OFFSET says at the moment.
"""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from tests.forked import python_module
from video_queue.services.clock import Clock
from video_queue.terminal.serving.serve import serve
from video_queue.terminal.session import Session

# Nothing that a short run does takes that long, on the slowest machine; it is no measure of speed.
_STANDSTILL_SECONDS = 300.0


class SteppedClock(Clock):
    """A wall clock that is off by what a file says; the monotonic one is right."""

    def __init__(self, offset: Path) -> None:
        self._offset = offset

    def now(self) -> float:
        """Seconds since the epoch."""
        return super().now() + float(self._offset.read_text())


class Server:
    """`vq serve` on a home, as a process of its own; `folder` is where its clock's offset and its errors stand."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home, self.url = home, ""
        self.process: subprocess.Popen[bytes] | None = None
        self._offset, self._errors = folder / "server.clock", folder / "server.errors"
        self.set_clock(0)

    def start(self) -> None:
        """Start it and wait until it listens.

        Raises:
            RuntimeError: it ended without listening.
        """
        words, pipe = (str(self.home), str(self._offset)), subprocess.PIPE
        with self._errors.open("wb") as errors:
            self.process = python_module("tests.crash.server", *words, stdout=pipe, stderr=errors)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if b"listening" not in line:
            self.process.communicate()
            self.process = None
            raise RuntimeError(f"the server did not start: {self._errors.read_text()}")
        self.url = line.decode().split()[-1]

    def kill(self) -> None:
        """As a power cut would."""
        self._stop(signal.SIGKILL)

    def end(self) -> None:
        """As a restart of the machine would."""
        self._stop(signal.SIGTERM)

    def suspend(self, seconds: float) -> None:
        """As a laptop that sleeps."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def set_clock(self, seconds: float) -> None:
        """Let its wall clock be so many seconds ahead of the right time, at once."""
        partial = self._offset.with_suffix(".partial")
        partial.write_text(str(seconds))
        partial.replace(self._offset)

    def vq(self, *command: str) -> None:
        """Run a command on its home."""
        words = [sys.executable, "-m", "video_queue", "--home", str(self.home), *command]
        subprocess.run(words, check=True, capture_output=True)

    def _stop(self, signal_number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(signal_number)
            self.process.communicate()


class Progress:
    """Notices when the prompts of a home do not end any more."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._ended, self._since = -1, time.monotonic()

    def stands_still(self) -> bool:
        """Whether no further prompt has ended for five minutes of asking."""
        with closing(sqlite3.connect(self._home / "vq.db", timeout=60)) as db:
            ended = db.execute("SELECT count(*) FROM prompt WHERE finished_at IS NOT NULL").fetchone()[0]
        if ended != self._ended:
            self._ended, self._since = ended, time.monotonic()
        return time.monotonic() - self._since > _STANDSTILL_SECONDS


def main(home: str, offset: str) -> int:
    """Serve until the end."""
    clock = SteppedClock(Path(offset))
    flags: dict[str, object] = {"server.port": 0}
    return serve(Session(home=Path(home)), flags, open_browser=False, paused=False, clock=clock)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
