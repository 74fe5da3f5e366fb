"""Folders that are away or full: each is probed by itself, in a thread, until it is there again and has room."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from video_queue.db import away_folders
from video_queue.db.away_folders import Needed
from video_queue.db.queue_db import QueueDB
from video_queue.domain.errors import VqError
from video_queue.media.unreadable import require_answer
from video_queue.outputs.staging import OutputArea, probe_output_folder
from video_queue.services.clock import Clock
from video_queue.system.processes.cancellation import in_thread

_CHECK_SECONDS = 1.0


class AwayFolders:
    """Probes the folders that prompts wait for. A probe that hangs (a dead share) holds up no other."""

    def __init__(self, db: QueueDB, area: OutputArea, clock: Clock) -> None:
        self._db, self._area, self._clock = db, area, clock
        self._probed: set[str] = set()

    async def run(self) -> None:
        """Probe every folder when it is due, for as long as the worker runs."""
        self._probed.clear()
        async with asyncio.TaskGroup() as probes:
            while True:
                due = await self._db.read(away_folders.due_folders, self._clock.now())
                for folder in set(due) - self._probed:
                    self._probed.add(folder)
                    probes.create_task(self._probe(folder))
                await asyncio.sleep(_CHECK_SECONDS)

    async def _probe(self, folder: str) -> None:
        try:
            needed = await self._db.read(away_folders.read_needed, folder)
            # A dead share may never answer: such a thread keeps neither the worker nor the process from ending.
            probe = partial(_probe, self._area, Path(folder), needed)
            await in_thread(lambda _: probe(), give_up_seconds=1.0)
        except (VqError, OSError):
            await self._db.transact(away_folders.keep_away, folder, self._clock.now())
        else:
            await self._db.transact(away_folders.release_folder, folder, self._clock.iso())
        finally:
            self._probed.discard(folder)


def _probe(area: OutputArea, folder: Path, needed: Needed) -> None:
    """Whether a folder can be used as it is needed.

    Raises:
        VqError: output_unavailable, disk_full.write.
    """
    if needed.is_output:
        probe_output_folder(area, folder, needed.mount, needed.room)
    else:
        require_answer(folder)
