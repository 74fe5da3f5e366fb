"""A prompt's log file as text, whole or one phase of it."""

from __future__ import annotations

import re
from pathlib import Path

_PHASE_LINE = re.compile(r"^--- phase (\S+)")


def read_text(path: str) -> str:
    file = Path(path)
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def of_phase(text: str, phase: str) -> str:
    kept, inside = [], False
    for line in text.splitlines(keepends=True):
        if match := _PHASE_LINE.match(line):
            inside = match[1] == phase
        if inside:
            kept.append(line)
    return "".join(kept)
