"""Single keys from a terminal, while something else is shown."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Pressed = Callable[[float], str]
"""Waits up to so many seconds; the key that was pressed, or an empty text."""


@contextmanager
def single_keys() -> Iterator[Pressed]:
    """Keys without Enter; where no person types, none ever comes. The terminal is put back afterwards."""
    if not sys.stdin.isatty():
        yield _none
    elif sys.platform == "win32":
        yield _windows_key
    else:
        import termios
        import tty

        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        tty.setcbreak(terminal, termios.TCSANOW)  # a key that was pressed already counts
        try:
            yield _posix_key
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _none(seconds: float) -> str:
    time.sleep(seconds)
    return ""


def _posix_key(seconds: float) -> str:
    import select

    if not select.select([sys.stdin], [], [], seconds)[0]:
        return ""
    return os.read(sys.stdin.fileno(), 1).decode("ascii", "replace")


def _windows_key(seconds: float) -> str:
    if sys.platform == "win32":
        import msvcrt

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if msvcrt.kbhit():
                return msvcrt.getwch()
            time.sleep(0.05)
    return ""
