"""The disk with the work folder. Every call into it runs in a thread: one that hangs must not stop the loop."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.settings import Settings
from video_queue.system.files.answers import answers
from video_queue.system.processes.cancellation import in_thread

_GB = 1024**3
_REMOVE_SECONDS = 10.0


async def require_room(settings: Settings) -> None:
    """Make the work folder if it is not there, and require the room that is kept free.

    Raises:
        VqError: disk_full.
    """
    root = settings.work_root
    if not await answers(root):
        raise fail("disk_full.work", path=root, detail="it does not answer")
    await in_thread(lambda _: _require_room(root, settings.min_free_gb), give_up_seconds=1.0)


def _require_room(root: Path, need_gb: float) -> None:
    try:
        root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(root).free / _GB
    except OSError as error:
        raise fail("disk_full.work", path=root, detail=error.strerror or str(error)) from error
    if free < need_gb:
        raise fail("disk_full.space", free_gb=round(free, 1), need_gb=need_gb, path=root)


async def remove_files(paths: Iterable[Path]) -> None:
    """Remove working files; what is in use (on Windows) or on a disk that hangs is left to the housekeeper."""
    files = list(paths)

    def remove(stop: threading.Event) -> None:
        for path in files:
            if not stop.is_set():
                with suppress(OSError):
                    path.unlink()

    with suppress(TimeoutError):
        async with asyncio.timeout(_REMOVE_SECONDS):
            await in_thread(remove, give_up_seconds=0)
