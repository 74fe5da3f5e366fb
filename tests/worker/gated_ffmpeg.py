"""An ffmpeg that waits at a gate before it works on a phase, and is the real one behind it.

It makes "while ffmpeg works" a state that a test can wait for, however busy the machine is.
"""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from tests.worker.rendering.conftest import until
from video_queue.media.ffmpeg_binary import locate

SCRIPT = """#!{python}
import os, sys, time
if "-progress" in sys.argv:
    with open({reached!r}, "a") as reached:
        reached.write("x")
    while not os.path.exists({opened!r}):
        time.sleep(0.01)
os.execv({real!r}, ["ffmpeg", *sys.argv[1:]])
"""
needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="the program is a script")


class GatedFfmpeg:
    """The program at `path`; it waits until `open` was called."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gated-ffmpeg"
        self._reached, self._opened = folder / "gate-reached", folder / "gate-open"
        values = {"python": sys.executable, "real": str(locate())}
        text = SCRIPT.format(reached=str(self._reached), opened=str(self._opened), **values)
        self.path.write_text(text)
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)

    async def until_reached(self) -> None:
        """Until a phase waits at the gate."""
        await until(self._reached.exists)

    @property
    def runs(self) -> int:
        """How often it worked on a phase."""
        return self._reached.stat().st_size

    def open(self) -> None:
        """Let everything through, now and later."""
        self._opened.touch()
