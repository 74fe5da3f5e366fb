"""The files of rendered units fetched in the background, and the one limit for how far renders run ahead of that."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.comfy.client import ComfyGoneError
from video_queue.comfy.harvest import OutputsGoneError, Source, harvest
from video_queue.db import phases, renders
from video_queue.db.queue_db import QueueDB
from video_queue.db.renders import Render
from video_queue.domain.catalogue import fail
from video_queue.worker.execution.phase_folders import remove_earlier
from video_queue.worker.execution.work_files import keep_files
from video_queue.worker.rendering.monitor import ComfyMonitor

_AT_MOST = 3


@dataclass(frozen=True, slots=True)
class RenderedUnit:
    """A unit that ComfyUI has rendered: its outputs' names by node id, and the remote prompt they are from."""

    render: Render
    remote_id: str
    outputs: dict[str, Any]


class Fetches:
    """The fetches of all phases of a worker. While three are going on, no unit is rendered."""

    def __init__(self, db: QueueDB, monitor: ComfyMonitor, work_root: Path) -> None:
        self._db, self._monitor, self._work_root = db, monitor, work_root
        self._tasks: set[asyncio.Task[dict[str, Any]]] = set()

    @property
    def has_room(self) -> bool:
        """Whether another unit may be rendered now."""
        return len(self._tasks) < _AT_MOST

    async def wait_for_room(self) -> None:
        """Until another unit may be rendered."""
        while not self.has_room:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)

    def start(self, unit: RenderedUnit, folder: Path, phase: Path) -> asyncio.Task[dict[str, Any]]:
        """Fetch into `folder`, in that of the `phase` or that itself; the task gives the unit's result.

        An item's is committed: a resume point.

        The task raises:
            VqError: bad_output, no_output, comfy_lost.outputs (it must be rendered again), comfy_unreachable,
                disk_full.
            StaleAttemptError: the attempt is not current any more.
        """
        task = asyncio.create_task(self._fetch(unit, folder, phase))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _fetch(self, unit: RenderedUnit, folder: Path, phase: Path) -> dict[str, Any]:
        monitor, render = self._monitor, unit.render
        await asyncio.to_thread(remove_earlier, folder, phase)
        try:
            result = await harvest(unit.outputs, Source(monitor.folders.output, monitor.client), folder)
        except OutputsGoneError as error:
            if await self._db.transact(renders.count_missing, render) > 1:
                raise fail("no_output.gone", name=str(error)) from error
            raise fail("comfy_lost.outputs", prompt_id=unit.remote_id) from error
        except ComfyGoneError as error:
            raise fail("comfy_unreachable.none", urls=monitor.urls) from error
        files = await keep_files(result, folder, self._work_root)
        if render.item:
            place = (render.prompt_id, render.attempt, render.seq, render.item)
            await self._db.transact(phases.finish_item, *place, result, files)
        return result
