"""ComfyUI's memory while nothing renders: freed after a pause that asks for it, and when the queue is idle for long.

Of a ComfyUI that others use at the same time nothing is freed while it works for them.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from video_queue.comfy.client import ComfyAnswerError, ComfyGoneError, Frame, TextFrame
from video_queue.db import affinity, claims, queue_state
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.services.clock import Clock
from video_queue.settings.models import ComfySettings
from video_queue.worker.rendering.monitor import ComfyMonitor
from video_queue.worker.rendering.own_comfy import OwnComfy

_TICK_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


class ComfyMemory:
    """Frees it, or stops ComfyUI. All calls from the worker's loop."""

    def __init__(
        self, db: QueueDB, settings: ComfySettings, clock: Clock, monitor: ComfyMonitor, own: OwnComfy
    ) -> None:
        self._db, self._settings, self._clock = db, settings, clock
        self._monitor, self._own = monitor, own
        self._idle_since: float | None = None
        self._is_freed = False

    async def run(self) -> None:
        """Until cancelled."""
        self._monitor.listeners.append(self)
        try:
            while True:
                if await self._db.read(queue_state.frees_memory) and await self._free("the queue is paused"):
                    await self._db.transact(queue_state.note_memory_freed)
                if self._settings.free_after is not None or self._settings.stop_after is not None:
                    await self._follow_idleness()
                await asyncio.sleep(_TICK_SECONDS)
        finally:
            self._monitor.listeners.remove(self)

    def on_frame(self, frame: Frame) -> None:
        """A frame came: a render that begins loads models."""
        if isinstance(frame, TextFrame) and frame.type == "execution_start":
            self._idle_since, self._is_freed = None, False

    def on_disconnect(self) -> None:
        """The connection broke: the next turn sees it."""

    async def _follow_idleness(self) -> None:
        now = self._clock.monotonic()
        if (
            not self._monitor.connected
            or await self._db.read(_is_busy, self._monitor.instance)
            or await self._works_for_others()
        ):
            self._idle_since, self._is_freed = None, False
            return
        self._idle_since = now if self._idle_since is None else self._idle_since
        idle, free, stop = now - self._idle_since, self._settings.free_after, self._settings.stop_after
        if stop is not None and idle >= stop and self._own.runs:
            self._own.stop_idle()
        elif free is not None and idle >= free and not self._is_freed:
            self._is_freed = await self._free(f"nothing was rendered for {free:.0f} s")

    async def _works_for_others(self) -> bool:
        with suppress(ComfyGoneError, ComfyAnswerError):
            if client := self._monitor.client:
                queue = await client.queue()
                return bool(queue.running or queue.pending)
        return True

    async def _free(self, why: str) -> bool:
        """Whether it was asked to: it does so once it is idle."""
        with suppress(ComfyGoneError, ComfyAnswerError):
            if client := self._monitor.client:
                await client.free()
                await self._db.transact(affinity.forget_loaded, self._monitor.instance)
                _LOG.info("ComfyUI frees its memory: %s", why)
                return True
        return False


def _is_busy(conn: Connection, instance: str) -> bool:
    """Whether a render runs or is due, or may be soon; while the queue is paused only what runs counts."""
    return queue_state.gpu_is_occupied(conn, instance) or (
        queue_state.read_queue(conn)["state"] != "paused" and claims.gpu_is_due(conn)
    )
