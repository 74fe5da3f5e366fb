"""A worker in a process of its own, to be killed: `python -m tests.worker.rendering.working_child HOME URL`."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.worker.conftest import Queue

if __name__ == "__main__":
    Queue(Path(sys.argv[1]), **{"comfy.url": sys.argv[2]}).work()
