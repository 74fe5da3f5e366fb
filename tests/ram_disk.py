"""A small disk of its own, in memory: to be unplugged, or filled up."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path


class RamDisk:
    """A folder with a RAM disk mounted on it; `is_real` is False where this process may not mount anything.

    `unshare -rm COMMAND` lets a command mount that otherwise may not.
    """

    def __init__(self, folder: Path, megabytes: int = 64) -> None:
        self.folder, self._megabytes = folder, megabytes
        folder.mkdir()
        self.is_real = self.mount()

    def mount(self) -> bool:
        """Mount an empty disk; False where that is not allowed."""
        return self._run("mount", "-t", "tmpfs", "-o", f"size={self._megabytes}m", "none")

    def unmount(self) -> bool:
        """Take the disk and what is on it away; its empty mount point stays."""
        return self._run("umount", "-l")

    def fill(self, left: int = 0) -> None:
        """Use up the space there is, but for about `left` bytes."""
        with (self.folder / "filler").open("ab", buffering=0) as filler, suppress(OSError):
            while filler.write(bytes(2**20)):
                pass
        if left:
            os.truncate(self.folder / "filler", (self.folder / "filler").stat().st_size - left)

    def free(self) -> None:
        """Give back what `fill` used."""
        (self.folder / "filler").unlink(missing_ok=True)

    def _run(self, *command: str) -> bool:
        try:
            result = subprocess.run([*command, str(self.folder)], check=False, capture_output=True)
        except FileNotFoundError:
            return False
        return result.returncode == 0
