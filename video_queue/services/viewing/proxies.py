"""Proxies of outputs that browsers cannot play: made on demand, one at a time, at the lowest priority.

Asking for a proxy is what keeps it wanted: where nobody has asked for some seconds, it is not made, or its making ends.
Finished ones lie in the cache, bounded by `keep.proxies_gb`, the ones that were not looked at for longest go first.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from video_queue.db import children
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.viewing import Proxy
from video_queue.domain.views import Artifact
from video_queue.media import ffmpeg_binary
from video_queue.media.browser import playable_type
from video_queue.media.facts import probe
from video_queue.media.phase_run import PhaseRun
from video_queue.media.proxy import make_proxy
from video_queue.services.viewing.files import content_name, require_readable
from video_queue.settings import Settings
from video_queue.system.processes.cancellation import in_thread, run_to_end
from video_queue.system.processes.children import Children

_PATIENCE = 10.0
_TRY_AGAIN = 60.0
_GB = 1_000_000_000
_LOG = logging.getLogger(__name__)


@dataclass
class _Wanted:
    """A proxy to be made, when it was asked for last, and how far it is."""

    artifact: Artifact
    target: Path
    asked: float
    making: bool = False
    progress: float = 0.0
    failure: str = ""


class Proxies:
    """The proxies of one home. `run` makes them, on the event loop that asks; `at_work` says that it does.

    One that nobody asked for in `patience` seconds is not wanted any more.
    """

    def __init__(self, db: QueueDB, settings: Settings, *, patience: float = _PATIENCE) -> None:
        self._db, self._settings, self._patience = db, settings, patience
        self._folder = settings.cache_dir / "proxies"
        self._wanted: dict[Path, _Wanted] = {}
        self._asked = asyncio.Event()
        self.at_work = False

    async def ask(self, artifact: Artifact) -> tuple[Proxy, Path | None]:
        """How far the proxy of an output is, and where it lies if it is there; wanted for some seconds from now.

        Raises:
            VqError: `not_found.file`.
        """
        path = Path(artifact.path)
        status = await asyncio.to_thread(require_readable, path)
        if artifact.kind != "video" or await asyncio.to_thread(playable_type, path) is not None:
            return Proxy(state="original", progress=1.0, url=f"/api/artifacts/{artifact.id}"), path
        target = self._folder / f"{content_name(artifact, status)}.mp4"
        if await asyncio.to_thread(_touch, target):
            return Proxy(state="ready", progress=1.0, url=f"/api/artifacts/{artifact.id}/preview"), target
        wanted = self._wanted.setdefault(target, _Wanted(artifact, target, 0.0))
        now = time.monotonic()
        if wanted.failure and now - wanted.asked > _TRY_AGAIN:
            wanted.failure = ""
        if not wanted.failure:
            wanted.asked = now
        self._asked.set()
        state = "failed" if wanted.failure else "making" if wanted.making else "waiting"
        return Proxy.model_validate(
            {"state": state, "progress": round(wanted.progress, 3), "message": wanted.failure}
        ), None

    async def run(self) -> None:
        """Make what is wanted, the one that was asked for last first; until cancelled."""
        await asyncio.to_thread(_remove_partial, self._folder)
        self.at_work = True
        try:
            while True:
                self._asked.clear()
                wanted = self._next()
                if wanted is None:
                    await self._asked.wait()
                    continue
                await self._make(wanted)
        finally:
            self.at_work = False

    def _next(self) -> _Wanted | None:
        now = time.monotonic()
        forgotten = [
            target for target, wanted in self._wanted.items()
            if now - wanted.asked > (_TRY_AGAIN if wanted.failure else self._patience)
        ]  # fmt: skip
        for target in forgotten:
            del self._wanted[target]
        waiting = [wanted for wanted in self._wanted.values() if not wanted.failure]
        return max(waiting, key=lambda wanted: wanted.asked, default=None)

    async def _make(self, wanted: _Wanted) -> None:
        """Make one, as long as it is asked for."""
        wanted.making = True
        task = asyncio.create_task(self._encode(wanted))
        try:
            while not task.done():
                await asyncio.wait([task], timeout=self._patience / 10)
                if time.monotonic() - wanted.asked > self._patience:
                    break
        finally:
            await run_to_end(_end(task))
        wanted.making, wanted.progress = False, 0.0
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, VqError):
            wanted.failure = f"{error.message}. {error.hint}"
        elif error is not None:
            _LOG.error("a proxy could not be made", exc_info=error)
            wanted.failure = "It could not be made; the log says why."
        else:
            self._wanted.pop(wanted.target, None)

    async def _encode(self, wanted: _Wanted) -> None:
        await asyncio.to_thread(self._make_room)
        facts = await in_thread(lambda stop: probe(Path(wanted.artifact.path), stop=stop))
        partial_file = wanted.target.with_name(f".{wanted.target.name}")

        def report(fraction: float, message: str = "") -> None:  # noqa: ARG001 - see Report
            wanted.progress = fraction

        run = PhaseRun(
            prompt_id=wanted.artifact.prompt_id,
            job_id=wanted.artifact.job_id,
            attempt=0,
            phase_name="proxy",
            work_dir=self._folder,
            threads=max(1, (os.cpu_count() or 2) // 2),
            report=report,
            log=_LOG.debug,
            children=self._children(),
            ffmpeg=await asyncio.to_thread(ffmpeg_binary.locate, self._settings.ffmpeg),
            readable=(wanted.artifact.path,) if self._settings.confine else None,
        )
        try:
            await make_proxy(facts, partial_file, run)
            await asyncio.to_thread(partial_file.replace, wanted.target)
        finally:
            await asyncio.to_thread(partial(partial_file.unlink, missing_ok=True))

    def _children(self) -> Children:
        async def on_start(pid: int, started: str, command: str) -> None:
            await self._db.transact(children.insert_child, pid, started, command, None)

        async def on_end(pid: int) -> None:
            await self._db.transact(children.delete_child, pid)

        return Children(on_start, on_end, idle=True)

    def _make_room(self) -> None:
        """Remove the proxies that were not looked at for longest, above the limit and where the disk is nearly full."""
        self._folder.mkdir(parents=True, exist_ok=True)
        limit = self._settings.keep.proxies_gb
        files = sorted(
            (path.stat().st_mtime, path.stat().st_size, path) for path in self._folder.glob("*.mp4")
        )
        total = sum(size for _, size, _ in files)
        for _, size, path in files:
            free = shutil.disk_usage(self._folder).free
            if (limit is None or total <= limit * _GB) and free > self._settings.min_free_gb * _GB:
                return
            path.unlink(missing_ok=True)
            total -= size
        free_gb = shutil.disk_usage(self._folder).free / _GB
        if free_gb < (need := self._settings.min_free_gb):
            raise fail("disk_full.space", free_gb=round(free_gb, 1), need_gb=need, path=self._folder)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


def _touch(path: Path) -> bool:
    """Whether a proxy is there; looking at it makes it the youngest."""
    try:
        os.utime(path)
    except OSError:
        return False
    return True


def _remove_partial(folder: Path) -> None:
    for path in folder.glob(".*.mp4"):
        path.unlink(missing_ok=True)
