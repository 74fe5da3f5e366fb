"""What holds for every test, however the run was started."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

from hypothesis import settings

# How long an example takes is no property of ours.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A run in the background of a script inherits SIGINT ignored, and so would every `vq` that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where bytecode is not kept, each of the hundreds of `vq` that the tests start would compile the whole package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def _in_memory() -> str | None:
    """A folder in memory, where there is plenty: tests end processes, never the power, so a disk proves no more."""
    folder, wanted = Path("/dev/shm"), 6 * 2**30
    if not os.access(folder, os.W_OK):
        return None
    lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    return str(folder) if min(available, shutil.disk_usage(folder).free) > wanted else None


# Most of what tests wait for is the disk: a new home costs 0.2 s there, and a sixth of that in memory.
if memory := _in_memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory)
