"""All checks of `vq doctor` and `GET /api/doctor`, one each, with what to do about it.

No check changes anything, except for empty trial files in the output folder that are removed at once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.db.events import newest_moment
from video_queue.db.queue_db import QueueDB
from video_queue.db.soundness import read_soundness
from video_queue.db.watches import list_watches
from video_queue.services.clock import Clock
from video_queue.services.doctor import machine, programs, watching
from video_queue.services.doctor.check import Check
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.settings import Settings

_INOTIFY = Path("/proc/sys/fs/inotify")


async def run_checks(
    settings: Settings, workflows: WorkflowService, catalogue: ComfyCatalogue, db: QueueDB
) -> list[Check]:
    """All checks, in the order in which trouble should be put right; a few seconds at most."""
    clock = Clock()
    started = clock.now() - clock.monotonic()
    checks = [
        *await asyncio.to_thread(machine.machine_checks, settings),
        machine.database(await db.read(read_soundness)),
        *await asyncio.to_thread(programs.ffmpeg, settings),
        await asyncio.to_thread(programs.speech),
        *await asyncio.to_thread(machine.disk_checks, settings),
        await asyncio.to_thread(programs.workflow_files, workflows),
        *await asyncio.to_thread(programs.caption_styles, settings),
        *await asyncio.to_thread(programs.comfy_command, settings),
        await programs.comfyui(settings),
        await asyncio.to_thread(programs.nodes, workflows, catalogue),
        *await watching.watch_checks(await db.read(list_watches), _INOTIFY),
        machine.environment(settings),
    ]
    drift = clock.now() - clock.monotonic() - started
    return [*checks, machine.clock(settings, clock.now(), await db.read(newest_moment), drift)]
