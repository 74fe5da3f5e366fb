"""Renders that nobody waits for any more are ended in ComfyUI, beside the work: no verdict waits for that.

Their ids are rows (`unwanted_render`) until ComfyUI does not have them; meanwhile the gpu lane claims nothing. A cancel
takes effect when the running node ends, and a ComfyUI that hangs never obeys: the lane then says what it waits for.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress

from video_queue.comfy.client import ComfyAnswerError, ComfyClient, ComfyGoneError, Frame, TextFrame
from video_queue.db import queue_state, renders
from video_queue.db.queue_db import QueueDB
from video_queue.services.clock import Clock
from video_queue.worker.rendering.monitor import ComfyMonitor

_POLL_SECONDS = 0.2
# For the calls of one poll: a ComfyUI that is frozen does not answer.
_CALL_SECONDS = 5.0
_CANCEL_AGAIN_SECONDS = 10.0
# A cancel that takes longer is shown.
_BUSY_SECONDS = 2.0
# A node that is silent for so long after the cancel probably never ends.
_ZOMBIE_SECONDS = 60.0
# How long the end of the worker waits for what was cancelled or sent just before.
_FINISH_SECONDS = 4.0


class UnwantedRenders:
    """Ends them, one after the other or together. All calls from the worker's loop."""

    def __init__(self, db: QueueDB, clock: Clock, monitor: ComfyMonitor) -> None:
        self._db, self._clock, self._monitor = db, clock, monitor
        self._changed = asyncio.Event()
        self._changed.set()
        self._gone = asyncio.Event()
        self._ids: list[str] = []
        self._cancelled_at: dict[str, float] = {}
        self._began = self._sign_at = 0.0

    def check(self) -> None:
        """Rows changed, or ComfyUI's queue did."""
        self._changed.set()

    async def run(self) -> None:
        """End what is unwanted, whenever there is something; until cancelled."""
        self._monitor.listeners.append(self)
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._end_all()
        finally:
            self._monitor.listeners.remove(self)

    async def finish(self) -> None:
        """The worker ends: let what was cancelled or sent just before reach ComfyUI, if it answers."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_SECONDS):
                if sending := self._monitor.sending.values():
                    await asyncio.wait(sending)
                while self._monitor.connected and await self._read_ids():
                    await self._gone.wait()
                    self._gone.clear()

    # --- events of the monitor

    def on_frame(self, frame: Frame) -> None:
        """A frame came, of whatever prompt."""
        if self._ids and isinstance(frame, TextFrame):
            if frame.prompt_id in self._ids:
                self._sign_at = self._clock.monotonic()
            if frame.type in ("status", "execution_interrupted"):
                self.check()

    def on_disconnect(self) -> None:
        """The connection broke: after the next one they are cancelled again."""
        self._cancelled_at.clear()

    # --- ending them

    async def _read_ids(self) -> list[str]:
        return await self._db.read(renders.unwanted_renders)

    async def _end_all(self) -> None:
        self._began = self._sign_at = self._clock.monotonic()
        while ids := await self._read_ids():
            self._ids = ids
            if gone := await self._poll(ids):
                await self._db.transact(renders.drop_unwanted, gone, self._clock.iso())
                self._gone.set()
            else:
                await self._show()
                await self._wait()
        self._ids = []
        self._cancelled_at.clear()

    async def _poll(self, ids: list[str]) -> list[str]:
        """Cancel them; those that ComfyUI does not have any more."""
        client = self._monitor.client
        if client is None or not self._monitor.connected:
            return []
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                for remote_id in ids:
                    await self._cancel(client, remote_id)
                queue = await client.queue()
        except (TimeoutError, ComfyGoneError, ComfyAnswerError):
            return []
        return [remote_id for remote_id in ids if not queue.holds(remote_id)]

    async def _cancel(self, client: ComfyClient, remote_id: str) -> None:
        """Cancel it, and again from time to time. One that is being sent must be there first."""
        if sending := self._monitor.sending.get(remote_id):
            await asyncio.wait([sending])
        now = self._clock.monotonic()
        if now - self._cancelled_at.get(remote_id, -math.inf) >= _CANCEL_AGAIN_SECONDS:
            await client.cancel(remote_id)
            self._cancelled_at[remote_id] = now

    async def _show(self) -> None:
        """Let the lane say that ComfyUI does not obey; while it is away the monitor says so."""
        now = self._clock.monotonic()
        if self._monitor.connected and now - self._began >= _BUSY_SECONDS:
            reason = "comfy_zombie" if now - self._sign_at >= _ZOMBIE_SECONDS else "comfy_busy"
            await self._db.transact(queue_state.wait_for_comfy, reason, self._clock.iso())

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await self._changed.wait()
        self._changed.clear()
