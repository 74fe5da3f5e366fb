"""Reads what comes next: rows, estimates, and the room on disks."""

from __future__ import annotations

import asyncio
import shutil
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.db import tonight as rows
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.db.reports import read_decisions
from video_queue.db.watches import WatchRow, list_watches
from video_queue.domain.moments import iso_of
from video_queue.domain.report import Decision, reason_words
from video_queue.domain.states import LaneState, QueueState
from video_queue.domain.tonight import DiskNeed, Models, Obstacle, Tonight, WhenAllDone
from video_queue.domain.views import QueueView
from video_queue.domain.watches import WatchState
from video_queue.services.clock import Clock
from video_queue.services.estimates import Estimates
from video_queue.services.jobs.queue import QueueService
from video_queue.services.notify.channels import channels_of
from video_queue.settings import Settings
from video_queue.system.files.answers import answers

_GB = 1024**3
_LANES = {
    "comfy_unreachable": ("ComfyUI does not answer", "Start it; its renders go on by themselves."),
    "comfy_zombie": ("ComfyUI answers but has stopped working", "Restart it; nothing is lost."),
    "comfy_busy": ("ComfyUI is busy with other work", "Renders go on when it is free."),
    "disk_full": ("the disk is almost full", "Free some space and work goes on by itself."),
    "output_unavailable": ("an output folder is away", "Connect its drive."),
}


class _Rows(NamedTuple):
    jobs: list[rows.WaitingJob]
    refused: list[rows.Refused]
    decisions: list[Decision]
    watches: list[WatchRow]
    sizes: dict[int, float | None]


class TonightService:
    """What comes next."""

    def __init__(
        self,
        db: QueueDB,
        queue: QueueService,
        estimates: Estimates,
        catalogue: ComfyCatalogue,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._db, self._queue, self._estimates = db, queue, estimates
        self._catalogue, self._settings, self._clock = catalogue, settings, clock

    async def read(self) -> Tonight:
        """All of it, as of now."""
        view, facts = await self._queue.view(), await self._db.read(self._read)
        disks = await self._disks(facts)
        settings, now = self._settings, self._clock.now()
        ends = view.state is QueueState.RUNNING or view.until is not None
        low, high = view.eta_range or (0.0, 0.0)
        seconds = None if view.eta_seconds is None else (low, view.eta_seconds, high)
        return Tonight(
            now=iso_of(now),
            waiting=sum(job.queued + job.running for job in facts.jobs),
            seconds=seconds,
            done_at=iso_of(now + seconds[1]) if seconds and ends else None,
            disks=disks,
            unknown_sizes=sum(job.queued for job in facts.jobs if facts.sizes.get(job.id) is None),
            models=await self._models(facts),
            obstacles=[*_of_queue(view, facts), *_of_rows(facts), *_of_disks(disks)],
            schedule=view.schedule,
            when_done=WhenAllDone(
                action=settings.when_done,
                seconds=settings.when_done_seconds,
                awake=settings.awake,
                channels=[channel.name for channel in channels_of(settings.notify)],
            ),
        )

    def _read(self, conn: Connection) -> _Rows:
        jobs = rows.waiting_jobs(conn)
        return _Rows(
            jobs=jobs,
            refused=rows.refused_prompts(conn),
            decisions=read_decisions(conn),
            watches=list_watches(conn),
            sizes=self._estimates.bytes_of_waiting(conn, [job.id for job in jobs]),
        )

    async def _models(self, facts: _Rows) -> Models:
        if not any(job.uses_gpu for job in facts.jobs):
            return "unused"
        if facts.refused:
            return "missing"
        offer = await asyncio.to_thread(self._catalogue.offer)
        return "present" if offer.info else "unknown"

    async def _disks(self, facts: _Rows) -> list[DiskNeed]:
        """Each disk once, where work is written."""
        needs: dict[Path, float] = defaultdict(float, {self._settings.output_root: 0.0})
        for job in facts.jobs:
            needs[Path(job.output_dir)] += facts.sizes.get(job.id) or 0.0
        kept = int(self._settings.min_free_gb * _GB)
        disks: dict[object, DiskNeed] = {}
        for folder, needed in [*needs.items(), (self._settings.work_root, 0.0)]:
            volume, free = await _room(folder)
            is_work = folder == self._settings.work_root
            disk = disks.setdefault(volume, DiskNeed(path=str(folder), free=free, needed=0, kept_free=0))
            disk.needed += round(needed)
            disk.kept_free = max(disk.kept_free, kept if is_work else 0)
        return list(disks.values())


async def _room(folder: Path) -> tuple[object, int | None]:
    """The volume of a folder, or of the nearest one above that is there, and what is free; None: it is away."""
    if not await answers(folder):
        return str(folder), None

    def probe() -> tuple[object, int | None]:
        there = next((path for path in (folder, *folder.parents) if path.exists()), folder)
        try:
            return there.stat().st_dev, shutil.disk_usage(there).free
        except OSError:
            return str(folder), None

    return await asyncio.to_thread(probe)


def _of_queue(view: QueueView, facts: _Rows) -> list[Obstacle]:
    obstacles = []
    waiting = sum(job.queued for job in facts.jobs)
    if view.state is not QueueState.RUNNING and view.until is None:
        text = "the disk is almost full" if view.reason == "disk_full" else "the queue is paused"
        obstacles.append(Obstacle(kind="paused", text=text, hint="Resume it.", prompts=waiting))
    elif view.state is not QueueState.RUNNING:
        text = "the queue is paused for a while"
        obstacles.append(Obstacle(kind="paused", text=text, hint="It goes on by itself.", prompts=waiting))
    if view.schedule:
        text = f"the queue pauses each day, {view.schedule}"
        obstacles.append(Obstacle(kind="schedule", text=text, hint="The time above has that in it."))
    for lane in view.lanes:
        uses = [job for job in facts.jobs if job.uses_gpu or lane.name != "gpu"]
        if lane.state is LaneState.WAITING and uses:
            text, hint = _LANES.get(lane.reason or "", (f"work waits: {lane.reason}", ""))
            obstacles.append(
                Obstacle(
                    kind="lane", text=text, hint=hint, prompts=sum(job.queued + job.running for job in uses)
                )
            )
    return obstacles


def _of_rows(facts: _Rows) -> list[Obstacle]:
    obstacles = [
        Obstacle(kind="refused", text=item.message, id=item.job_id, prompts=item.prompts)
        for item in facts.refused
    ]
    for decision in facts.decisions:
        kind = "review" if decision.reason == "review" else "held"
        text = f"{decision.name}: {reason_words(decision)}"
        obstacles.append(
            Obstacle.model_validate(
                {"kind": kind, "text": text, "id": decision.job_id, "prompts": decision.prompts}
            )
        )
    obstacles += [
        Obstacle(kind="watch", text=f"{watch.path}: {watch.reason}", hint="Connect it again.", id=watch.id)
        for watch in facts.watches
        if watch.enabled and watch.state in (WatchState.AWAY, WatchState.FAILING)
    ]
    return obstacles


def _of_disks(disks: list[DiskNeed]) -> list[Obstacle]:
    obstacles = []
    for disk in disks:
        if disk.free is None:
            obstacles.append(Obstacle(kind="disk", text=f"{disk.path} is away", hint="Connect its drive."))
        elif disk.free < disk.needed + disk.kept_free:
            sizes = f"{disk.needed / _GB:.1f} GB are to come, {disk.free / _GB:.1f} GB are free"
            text = f"the disk of {disk.path} will be full: {sizes}"
            kept = f"{disk.kept_free / _GB:.1f} GB are kept free. " if disk.kept_free else ""
            obstacles.append(Obstacle(kind="disk", text=text, hint=f"{kept}Free some space, or vq clean."))
    return obstacles
