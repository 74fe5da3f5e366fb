"""The ComfyUI of `comfy.command`: started, started again when it ends or hangs, and ended with the worker.

Its process is a row before it begins, so that after a kill of ours the next start finds it and goes on with it. A
ComfyUI that answers at the address and was not started here is used as it is, and never ended.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial

from video_queue.comfy.process import ComfyLog, Launch, LaunchError, has_command, launch_of
from video_queue.db import claims, comfy_process
from video_queue.db.comfy_process import ComfyProcessRow
from video_queue.db.queue_db import QueueDB
from video_queue.domain.comfy import ProcessState
from video_queue.domain.errors import VqError
from video_queue.services.clock import Clock
from video_queue.settings import Settings
from video_queue.system.processes.cancellation import run_to_end
from video_queue.system.processes.detached import Detached, recognise
from video_queue.worker.rendering.comfy_health import RECOGNISED_SECONDS, START_SECONDS, ComfyHealth
from video_queue.worker.rendering.monitor import ComfyMonitor

_TICK_SECONDS = 0.5
# A turn that takes longer means that this process was stopped or suspended, and ComfyUI probably too.
_LATE_SECONDS = 10.0
# How long the ComfyUI of others may be away until one is started.
_EXTERNAL_SECONDS = 20.0
_GRACE_SECONDS = 5.0
# It is given up after so many starts without an answer, or ends without a render between them.
_FAILED_STARTS, _ENDS = 4, 10
_LONGEST_PAUSE = 60.0
_ROTATE_SECONDS = 60.0
_LOG_LINES = 20
_NEXT_RENDER = "the next render starts it"
_LOG = logging.getLogger(__name__)


class OwnComfy:
    """Keeps one running while it is wanted. All calls from the worker's loop."""

    def __init__(self, db: QueueDB, settings: Settings, clock: Clock, monitor: ComfyMonitor) -> None:
        self._db, self._clock, self._monitor = db, clock, monitor
        self._instance = monitor.instance
        self._comfy = settings.comfy_of(self._instance)
        self._log = ComfyLog(settings.logs_dir, self._instance)
        self._health = ComfyHealth(db, clock, monitor)
        self._process: Detached | None = None
        self._when_needed = self._recognised = self._stops_idle = False
        self._start_at = self._rotated_at = 0.0
        self._failed_starts, self._ends = 0, 0
        # What it printed before it ended by itself.
        self._last_lines: list[str] = []

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    async def run(self, *, when_needed: bool) -> None:
        """Keep it running, `when_needed` from the first render on that is due; until cancelled."""
        self._when_needed = when_needed
        if not self._recognised:
            await run_to_end(self._recognise())
        if not has_command(self._comfy):
            return
        self._monitor.listeners.append(self._health)
        try:
            await self._monitor.polled.wait()  # one that others started may be there
            await self._keep()
        except asyncio.CancelledError:
            await run_to_end(self._close())
            raise
        finally:
            self._monitor.listeners.remove(self._health)

    def stop_idle(self) -> None:
        """Nothing was rendered for long: stop it with the next turn, unless something is due then."""
        self._stops_idle = True

    async def log_lines(self) -> list[str]:
        """What it printed before it ended by itself, else what it printed last; empty for the ComfyUI of others."""
        if self._last_lines or self._process is None:
            return self._last_lines
        return await asyncio.to_thread(self._log.tail, _LOG_LINES)

    # --- one turn

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._turn()
            await asyncio.sleep(_TICK_SECONDS)
            if loop.time() - began > _LATE_SECONDS:
                self._health.excuse()

    async def _turn(self) -> None:
        row = await self._db.read(comfy_process.read_process, self._instance)
        process = self._process
        stops_idle, self._stops_idle = self._stops_idle, False
        if row.request:
            await run_to_end(self._obey(row.request))
        elif process is None:
            await self._start_if_due(row)
        elif not await asyncio.to_thread(process.is_alive):
            await run_to_end(self._note_end(process))
        elif stops_idle and not await self._db.read(claims.gpu_is_due):
            await run_to_end(self._stop(ProcessState.IDLE, _NEXT_RENDER))
        elif problem := await self._health.problem():
            await run_to_end(self._restart(problem))
        else:
            await self._note_well()

    async def _obey(self, request: str) -> None:
        await self._db.transact(comfy_process.clear_request, self._instance)
        if request == "stop":
            await self._stop(ProcessState.STOPPED, "it was asked to stop")
            return
        self._failed_starts, self._ends, self._last_lines = 0, 0, []
        if request == "restart":
            await self._end_process()
        if self._process is None:
            await self._start()

    async def _start_if_due(self, row: ComfyProcessRow) -> None:
        now = self._clock.monotonic()
        if self._monitor.connected:
            self._start_at = now + _EXTERNAL_SECONDS
            await self._set_state(ProcessState.EXTERNAL)
        elif row.state in (ProcessState.STOPPED, ProcessState.FAILED) or now < self._start_at:
            return
        elif (row.state is ProcessState.IDLE or self._when_needed) and not await self._db.read(
            claims.gpu_is_due
        ):
            await self._set_state(ProcessState.IDLE, _NEXT_RENDER)
        else:
            await run_to_end(self._start())

    async def _note_well(self) -> None:
        if self._health.answered:
            self._failed_starts = 0
            await self._set_state(ProcessState.RUNNING)
        if self._health.rendered:
            self._ends, self._last_lines = 0, []
        if (now := self._clock.monotonic()) - self._rotated_at >= _ROTATE_SECONDS:
            self._rotated_at = now
            await asyncio.to_thread(self._log.rotate)

    # --- starting it

    async def _recognise(self) -> None:
        """Go on with what an earlier process of ours started, if the settings would start the same; else end it."""
        row = await self._db.read(comfy_process.read_process, self._instance)
        await self._db.transact(comfy_process.clear_request, self._instance)
        self._recognised = True
        process = await asyncio.to_thread(recognise, row.pid, row.started)
        launch = self._launch()
        if process and launch and row.command == launch.command:
            starting = row.state is ProcessState.STARTING
            await self._follow(process, launch, START_SECONDS if starting else RECOGNISED_SECONDS)
            _LOG.info("going on with the ComfyUI of an earlier run: pid %d", process.pid)
            return
        if process:
            await asyncio.to_thread(process.end, _GRACE_SECONDS)
            _LOG.warning("ended the ComfyUI of an earlier run: pid %d", process.pid)
        await self._db.transact(comfy_process.forget_process, self._instance)
        await self._set_state(ProcessState.OFF)

    def _launch(self) -> Launch | None:
        with suppress(LaunchError):
            return launch_of(self._comfy) if has_command(self._comfy) else None
        return None

    async def _start(self) -> None:
        self._health.begin(START_SECONDS)
        try:
            launch = launch_of(self._comfy)
            process = await asyncio.to_thread(self._log.start, launch, self._clock.iso())
        except (LaunchError, OSError) as error:
            await self._count_end(f"ComfyUI cannot be started: {error}")
            return
        try:
            await self._follow(process, launch, START_SECONDS)
        except BaseException:
            self._process = None
            await asyncio.to_thread(process.end, _GRACE_SECONDS)
            raise
        process.release()
        _LOG.info("started ComfyUI: pid %d, %s", process.pid, launch.command)

    async def _follow(self, process: Detached, launch: Launch, start_seconds: float) -> None:
        record = partial(comfy_process.record_process, adopted=process.is_adopted, instance=self._instance)
        place = (process.pid, process.started, launch.command, self._clock.iso())
        await self._db.transact(record, *place)
        self._process = process
        self._health.begin(start_seconds)

    # --- ending it

    async def _note_end(self, process: Detached) -> None:
        """It ended, and nobody asked for that."""
        how = "ended" if process.status is None else f"ended (exit {process.status})"
        await self._keep_last_lines()
        await self._end_process(blamed=True)
        await self._count_end(f"ComfyUI {how}{'' if self._health.answered else ' before it answered'}")

    async def _restart(self, problem: str) -> None:
        await self._keep_last_lines()
        await self._end_process(blamed=self._health.is_frozen)
        await self._count_end(problem)

    async def _stop(self, state: ProcessState, message: str) -> None:
        await self._end_process()
        await self._set_state(state, message)

    async def _close(self) -> None:
        """The worker ends."""
        with suppress(VqError):
            await self._stop(ProcessState.OFF, "")

    async def _keep_last_lines(self) -> None:
        self._last_lines = await asyncio.to_thread(self._log.tail, _LOG_LINES)

    async def _end_process(self, *, blamed: bool = False) -> None:
        """End it with all that it started. Unless the render in it is `blamed`, that does not count as its crash."""
        process, self._process = self._process, None
        if process is None:
            return
        if not blamed:
            self._monitor.ended_connection = self._monitor.connections
        await asyncio.to_thread(process.end, _GRACE_SECONDS)
        await self._db.transact(comfy_process.forget_process, self._instance)

    async def _count_end(self, problem: str) -> None:
        """Start it again after a pause that grows, or give up."""
        self._ends += 1
        self._failed_starts += not self._health.answered
        reason = f"{problem}: {self._last_lines[-1]}" if self._last_lines else problem
        if self._failed_starts >= _FAILED_STARTS or self._ends >= _ENDS:
            _LOG.error("ComfyUI is not started any more: %s", reason)
            await self._set_state(ProcessState.FAILED, f"given up after {self._ends} times: {reason}")
            return
        pause = min(2.0 ** (self._ends - 1), _LONGEST_PAUSE)
        self._start_at = self._clock.monotonic() + pause
        _LOG.warning("ComfyUI starts again in %.0f s: %s", pause, reason)
        await self._set_state(ProcessState.BACKOFF, reason)

    async def _set_state(self, state: ProcessState, message: str = "") -> None:
        row = await self._db.read(comfy_process.read_process, self._instance)
        if (row.state, row.message) != (state, message):
            await self._db.transact(
                comfy_process.set_state, state, message, self._clock.iso(), self._instance
            )
