"""Single keys from a terminal, while that means something; at other times keys are the terminal's as ever."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Pressed = Callable[[float], str]
"""Waits up to so many seconds; the key that was pressed, or an empty text."""

_WINDOWS_SECONDS, _KEY_SECONDS = 0.05, 0.1


@contextmanager
def single_keys(*, from_now: bool = False) -> Iterator[Pressed]:
    """Keys without Enter, with `from_now` none that was pressed before. The terminal is put back afterwards.

    None ever comes where no terminal is read, or where another program has it.
    """
    if not sys.stdin.isatty():
        yield _none
    elif sys.platform == "win32":
        while from_now and _windows_key(0.0):
            pass
        yield _windows_key
    else:
        with _without_enter(sys.stdin.fileno(), from_now=from_now) as pressed:
            yield pressed


class KeyWatch:
    """Called with True, on the loop, it begins to call `on_key` there for each key; with False it ends that."""

    def __init__(self, on_key: Callable[[], None]) -> None:
        self._on_key, self._over = on_key, threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, watching: bool) -> None:
        if watching:
            self._over.clear()
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._listen, args=(loop,), name="vq-keys", daemon=True)
            self._thread.start()
        elif self._thread is not None:
            self._over.set()
            self._thread.join()  # the terminal is as before

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        with single_keys(from_now=True) as pressed:
            while not self._over.is_set():
                if pressed(_KEY_SECONDS):
                    loop.call_soon_threadsafe(self._on_key)


def _none(seconds: float) -> str:
    time.sleep(seconds)
    return ""


if sys.platform == "win32":
    import msvcrt

    def _windows_key(seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while not msvcrt.kbhit():
            if time.monotonic() >= deadline:
                return ""
            time.sleep(_WINDOWS_SECONDS)
        return msvcrt.getwch()

else:
    import select
    import termios
    import tty

    @contextmanager
    def _without_enter(terminal: int, *, from_now: bool) -> Iterator[Pressed]:
        try:
            # A program in the background that changes a terminal is stopped by it.
            before = termios.tcgetattr(terminal) if os.tcgetpgrp(terminal) == os.getpgrp() else None
        except (OSError, termios.error):  # the terminal of another session
            before = None
        if before is None:
            yield _none
            return
        tty.setcbreak(terminal, termios.TCSAFLUSH if from_now else termios.TCSANOW)
        try:
            yield _posix_key
        finally:
            with suppress(OSError, termios.error):
                termios.tcsetattr(terminal, termios.TCSADRAIN, before)

    def _posix_key(seconds: float) -> str:
        if not select.select([sys.stdin], [], [], seconds)[0]:
            return ""
        with suppress(OSError):
            if key := os.read(sys.stdin.fileno(), 1):
                return key.decode("ascii", "replace")
        return _none(seconds)  # the terminal was closed
