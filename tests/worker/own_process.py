"""A worker in a process of its own, to be killed at a moment that its rows show."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.forked import python_module
from tests.worker.conftest import Queue

ROOT = Path(__file__).parents[2]
_NO_COMFY = "http://127.0.0.1:9"
_SECONDS = 60


@contextlib.contextmanager
def working(queue: Queue, comfy: str = _NO_COMFY) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that works the queue, with the ComfyUI at this address; killed at the end if it still runs."""
    child = python_module("tests.worker.rendering.working_child", queue.home, comfy, cwd=ROOT)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def kill_when(queue: Queue, question: str) -> None:
    """Let a worker work the queue until a question to its rows has an answer, and kill it then."""
    with working(queue) as child:
        _wait_until(lambda: read_rows(queue, question), child)


def read_rows(queue: Queue, question: str) -> list[tuple[Any, ...]]:
    """The rows, while another process has the home."""
    with closing(sqlite3.connect(f"file:{queue.settings.db_path}?mode=ro", uri=True)) as conn:
        return conn.execute(question).fetchall()


def _wait_until(condition: Callable[[], object], child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not condition():
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.002)
