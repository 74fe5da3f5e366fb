"""Any key pressed in the terminal, while that means something; at other times keys are the terminal's as ever."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

if sys.platform == "win32":
    import msvcrt
else:
    import termios
    import tty

_WINDOWS_SECONDS = 0.1


def watch_keys(on_key: Callable[[], None]) -> Callable[[bool], None]:
    """A function that begins to call `on_key` for each key with True, and ends that with False.

    It does nothing where no terminal is read, or where another program has it now.
    """
    if not sys.stdin.isatty():
        return lambda _: None
    keys = _Keys(on_key)
    return lambda watching: keys.begin() if watching else keys.end()


if sys.platform == "win32":

    class _Keys:
        def __init__(self, on_key: Callable[[], None]) -> None:
            self._on_key = on_key
            self._next: asyncio.TimerHandle | None = None

        def begin(self) -> None:
            while msvcrt.kbhit():
                msvcrt.getwch()
            self._poll()

        def _poll(self) -> None:
            if msvcrt.kbhit():
                msvcrt.getwch()
                self._on_key()
            self._next = asyncio.get_running_loop().call_later(_WINDOWS_SECONDS, self._poll)

        def end(self) -> None:
            if self._next:
                self._next.cancel()

else:

    class _Keys:
        def __init__(self, on_key: Callable[[], None]) -> None:
            self._on_key, self._fd = on_key, sys.stdin.fileno()
            self._before: list[Any] | None = None

        def begin(self) -> None:
            try:
                if os.tcgetpgrp(self._fd) != os.getpgrp():
                    return
                self._before = termios.tcgetattr(self._fd)
                tty.setcbreak(self._fd, termios.TCSAFLUSH)  # what was typed before counts for nothing
            except (OSError, termios.error):  # the terminal of another session
                return
            asyncio.get_running_loop().add_reader(self._fd, self._on_input)

        def _on_input(self) -> None:
            try:
                os.read(self._fd, 1024)
            except OSError:  # the terminal was closed
                asyncio.get_running_loop().remove_reader(self._fd)
                return
            self._on_key()

        def end(self) -> None:
            if self._before is not None:
                asyncio.get_running_loop().remove_reader(self._fd)
                with suppress(OSError, termios.error):
                    termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)
                self._before = None
