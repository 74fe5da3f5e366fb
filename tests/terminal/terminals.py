"""A pseudo terminal as stdin and stdout of this process or another: what is drawn is kept."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import subprocess
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

_CONTROL = re.compile(r"\x1b(\[[0-9;?]*[a-zA-Z]|[()][A-Z0-9])")


class Terminal:
    """What was drawn, without colours and cursor movements."""

    def __init__(self, own: int) -> None:
        self._own = own
        self._drawn = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def press(self, keys: str) -> None:
        """Type these keys."""
        os.write(self._own, keys.encode())

    @property
    def text(self) -> str:
        """So far; complete once the terminal is closed."""
        return _CONTROL.sub("", self._drawn.decode("utf-8", "replace")).replace("\r\n", "\n")

    def wait_for(self, words: str) -> None:
        """These words were drawn."""
        deadline = time.monotonic() + 60
        while words not in self.text:
            assert time.monotonic() < deadline, self.text
            time.sleep(0.02)

    def wait_for_end(self) -> None:
        """All that was drawn has come."""
        self._reader.join(20)

    def _read(self) -> None:
        while True:
            try:
                part = os.read(self._own, 65536)
            except OSError:  # its other end is closed
                return
            if not part:
                return
            self._drawn += part


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch, columns: int, rows: int = 40) -> Iterator[Terminal]:
    """Within, sys.stdin and sys.stdout are a terminal of this size."""
    own, its = pty.openpty()
    shown = Terminal(own)
    with (
        monkeypatch.context() as patch,
        os.fdopen(os.dup(its), encoding="utf-8") as keys,
        os.fdopen(its, "w", encoding="utf-8") as screen,
    ):
        for name, value in (("COLUMNS", str(columns)), ("LINES", str(rows)), ("TERM", "xterm-256color")):
            patch.setenv(name, value)
        patch.delenv("NO_COLOR", raising=False)
        patch.setattr("sys.stdin", keys)
        patch.setattr("sys.stdout", screen)
        yield shown
    shown.wait_for_end()
    os.close(own)


@contextmanager
def terminal_of(
    words: list[str], env: Mapping[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], Terminal]]:
    """A process at a terminal of its own; it is ended with the context."""
    own, its = pty.openpty()
    process = subprocess.Popen(
        words, stdin=its, stdout=its, stderr=its, env=dict(env), preexec_fn=lambda: take_terminal(its)
    )
    os.close(its)
    shown = Terminal(own)
    try:
        yield process, shown
    finally:
        process.kill()
        process.wait()
        shown.wait_for_end()
        os.close(own)


def take_terminal(terminal: int) -> None:
    """Make it the controlling terminal of this process, which leads a session of its own, as under a shell."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
