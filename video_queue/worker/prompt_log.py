"""The log files of prompts: what was done when, and what their children printed.

A thread writes them, in blocks, so that a talkative child costs the worker's loop next to nothing. Of each part (the
run of a phase) the beginning and the end are kept.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

from video_queue.services.clock import Clock

# Characters of a part that are kept.
_BEGINNING, _END = 512 * 1024, 128 * 1024
_CLOSE_SECONDS = 5.0
# What is written within this time is written together.
_LINGER_SECONDS = 0.03

_Block = tuple[Path, str]


class LogWriter:
    """The thread that writes the logs of one worker. A full disk never stops the work for a log."""

    def __init__(self) -> None:
        self._blocks: SimpleQueue[_Block | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="vq-logs", daemon=True)
        self._thread.start()

    def append(self, path: Path, text: str) -> None:
        """Have `text` written at the end of a file, which is created with its folder."""
        self._blocks.put((path, text))

    def close(self) -> None:
        """Write what is left and end; a disk that hangs is not waited for."""
        self._blocks.put(None)
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        going_on = True
        while going_on:
            texts: dict[Path, list[str]] = {}
            for block in self._next_blocks():
                if block is None:
                    going_on = False
                else:
                    texts.setdefault(block[0], []).append(block[1])
            for path, parts in texts.items():
                _append(path, "".join(parts))

    def _next_blocks(self) -> Iterator[_Block | None]:
        """What waits to be written a moment after the first block came."""
        yield self._blocks.get()
        time.sleep(_LINGER_SECONDS)
        while not self._blocks.empty():
            yield self._blocks.get()


class PromptLog:
    """The log of one prompt, used on the worker's loop."""

    def __init__(self, path: Path, clock: Clock, writer: LogWriter) -> None:
        self._path, self._clock, self._writer = path, clock, writer
        self._room = _BEGINNING
        self._end: deque[str] = deque()
        self._end_size = self._left_out = 0

    def heading(self, text: str) -> None:
        """Begin a part: `vq log --phase` looks for these."""
        self.end_part()
        self._writer.append(self._path, f"--- {text}\n")

    def line(self, text: str) -> None:
        """One line (or several) with the time before it."""
        line = f"{self._clock.iso()} {text.rstrip()}\n"
        if self._room > 0:
            self._room -= len(line)
            self._writer.append(self._path, line)
            return
        self._end.append(line)
        self._end_size += len(line)
        while self._end_size > _END:
            self._end_size -= len(self._end.popleft())
            self._left_out += 1

    def end_part(self) -> None:
        """Write the end of a part that was long, after how many lines were left out before it."""
        note = f"... {self._left_out} lines left out ...\n" if self._left_out else ""
        if self._end:
            self._writer.append(self._path, note + "".join(self._end))
        self._room, self._end_size, self._left_out = _BEGINNING, 0, 0
        self._end.clear()


def _append(path: Path, text: str) -> None:
    with suppress(OSError):
        try:
            _write(path, text)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, text)


def _write(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", errors="replace") as file:
        file.write(text)
