"""Log files of prompts as text. Every function reads files: call it in a thread, not on an event loop."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

_PHASE_LINE = re.compile(r"^--- phase (\S+)")
_BLOCK = 1 << 16


def prompt_log(path: str | None, phase: str | None = None, tail: int | None = None) -> str:
    """A prompt's log, of one phase and the last `tail` lines if given; empty before its first attempt."""
    lines = _of_phase(_lines(path), phase) if phase else _lines(path)
    return "".join(deque(lines, maxlen=tail) if tail else lines)


def job_log(job_id: int, paths: Iterable[tuple[int, str]]) -> Iterator[str]:
    """The logs at `paths` (index, path) one after the other, each below `=== JOB.INDEX`, in blocks."""
    parts: list[str] = []
    size = 0
    for part in _headed_logs(job_id, paths):
        parts.append(part)
        size += len(part)
        if size >= _BLOCK:
            yield "".join(parts)
            parts, size = [], 0
    yield "".join(parts)


def _headed_logs(job_id: int, paths: Iterable[tuple[int, str]]) -> Iterator[str]:
    for index, path in paths:
        yield f"=== {job_id}.{index}\n"
        if Path(path).is_file():
            with Path(path).open(encoding="utf-8", errors="replace") as file:
                while block := file.read(_BLOCK):
                    yield block


def _lines(path: str | None) -> Iterator[str]:
    if path and Path(path).is_file():
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            yield from file


def _of_phase(lines: Iterable[str], phase: str) -> Iterator[str]:
    inside = False
    for line in lines:
        if match := _PHASE_LINE.match(line):
            inside = match[1] == phase
        if inside:
            yield line
