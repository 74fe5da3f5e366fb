"""The record of nodes that really ran, so that a test can prove each ran once.

It is also appended to `simulator-executions.jsonl` in the base folder and read back at the next start,
so that it outlives a process that dies.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any


class Executions:
    """One line per node begun: prompt_id, node_id, class_type, at (seconds since 1970), pid."""

    def __init__(self, base: Path) -> None:
        self._lock = threading.Lock()
        self._path = base / "simulator-executions.jsonl"
        self._lines: list[dict[str, Any]] = []
        if self._path.exists():
            lines = self._path.read_text(encoding="utf-8").splitlines()
            self._lines = [json.loads(line) for line in lines if line.endswith("}")]
        self._file = self._path.open("a", encoding="utf-8", buffering=1)

    def add(self, prompt_id: str, node_id: str, class_type: str, at: float) -> None:
        line = {
            "prompt_id": prompt_id,
            "node_id": node_id,
            "class_type": class_type,
            "at": at,
            "pid": os.getpid(),
        }
        with self._lock:
            self._lines.append(line)
            self._file.write(json.dumps(line) + "\n")

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._lines)

    def close(self) -> None:
        self._file.close()
