"""Renders that nobody waits for any more are ended in ComfyUI, beside the work: no verdict waits for that.

Their ids are rows (`unwanted_render`) until ComfyUI does not have them; meanwhile the gpu lane claims nothing. A cancel
takes effect when the running node ends, and a ComfyUI that hangs never obeys: the lane then says what it waits for.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from dataclasses import dataclass

from video_queue.comfy.client import (
    ComfyAnswerError,
    ComfyClient,
    ComfyGoneError,
    Frame,
    RemoteQueue,
    TextFrame,
)
from video_queue.db import queue_state, renders
from video_queue.db.queue_db import QueueDB
from video_queue.services.clock import Clock
from video_queue.worker.rendering.monitor import ComfyMonitor

_POLL_SECONDS = 0.2
# For the calls of one poll: a ComfyUI that is frozen does not answer.
_CALL_SECONDS = 5.0
# For an answer to the sending of what is cancelled; it may be there without.
_SENDING_SECONDS = 1.0
_CANCEL_AGAIN_SECONDS = 10.0
# A cancel that takes longer is shown.
_BUSY_SECONDS = 2.0
# A node that is silent for so long after the cancel probably never ends.
_ZOMBIE_SECONDS = 60.0
# How long the end of the worker waits for what was cancelled or sent just before.
_FINISH_SECONDS = 4.0


@dataclass(slots=True)
class _Ending:
    """One of them on this connection; moments of the monotonic clock."""

    began: float
    sign_at: float
    cancelled_at: float = -math.inf


class UnwantedRenders:
    """Ends them, one after the other or together. All calls from the worker's loop."""

    def __init__(self, db: QueueDB, clock: Clock, monitor: ComfyMonitor) -> None:
        self._db, self._clock, self._monitor = db, clock, monitor
        self._instance = monitor.instance
        self._changed = asyncio.Event()
        self._changed.set()
        self._gone = asyncio.Event()
        self._endings: dict[str, _Ending] = {}

    def on_rows(self, *, any_left: bool) -> None:
        """Rows changed; whether any of them are unwanted renders."""
        if any_left or self._endings:
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
        if self._endings and isinstance(frame, TextFrame):
            if ending := self._endings.get(frame.prompt_id or ""):
                ending.sign_at = self._clock.monotonic()
            if frame.type in ("status", "execution_interrupted"):
                self._changed.set()

    def on_disconnect(self) -> None:
        """The connection broke: after the next one they are cancelled again."""
        self._endings.clear()

    # --- ending them

    async def _read_ids(self) -> list[str]:
        return await self._db.read(renders.unwanted_renders, self._instance)

    async def _end_all(self) -> None:
        """Until none is left. Rows are read again only after something was committed."""
        while ids := await self._read_ids():
            if gone := await self._poll_until_changed(ids):
                await self._db.transact(renders.drop_unwanted, gone, self._clock.iso(), self._instance)
                self._gone.set()
        self._endings.clear()

    async def _poll_until_changed(self, ids: list[str]) -> list[str]:
        """Those that ComfyUI does not have any more; none when rows may have changed before."""
        shown: str | None = None
        while True:
            if gone := await self._poll(ids):
                return gone
            if (reason := self._reason()) != shown:
                await self._show(reason)
                shown = reason
            if await self._changed_meanwhile():
                return []

    async def _poll(self, ids: list[str]) -> list[str]:
        """Cancel them; those that ComfyUI does not have any more."""
        client = self._monitor.client
        if client is None or not self._monitor.connected:
            return []
        now = self._clock.monotonic()
        self._endings = {remote_id: self._endings.get(remote_id) or _Ending(now, now) for remote_id in ids}
        sending = set(self._monitor.sending)
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                queue = await self._cancel_all(client, ids)
        except (TimeoutError, ComfyGoneError, ComfyAnswerError):
            return []
        return [remote_id for remote_id in ids if not (queue.holds(remote_id) or remote_id in sending)]

    async def _cancel_all(self, client: ComfyClient, ids: list[str]) -> RemoteQueue:
        """Cancel them, and again from time to time; ComfyUI's queue after that.

        Those that are being sent should be there first, and the last in its queue goes first: none may start because
        the one before it was ended.
        """
        if sending := [
            self._monitor.sending[remote_id] for remote_id in ids if remote_id in self._monitor.sending
        ]:
            await asyncio.wait(sending, timeout=_SENDING_SECONDS)
        queue, now = await client.queue(), self._clock.monotonic()
        endings = [(queue.before(remote_id), remote_id) for remote_id in ids if queue.holds(remote_id)]
        due = [
            (remote_id, ending)
            for _, remote_id in sorted(endings, key=lambda place: len(place[0]), reverse=True)
            if (ending := self._endings.get(remote_id)) and now - ending.cancelled_at >= _CANCEL_AGAIN_SECONDS
        ]
        for remote_id, ending in due:
            await client.cancel(remote_id)
            ending.cancelled_at = now
        return await client.queue() if due else queue

    def _reason(self) -> str | None:
        """What the lane waits for where ComfyUI does not obey; while it is away the monitor says so."""
        now = self._clock.monotonic()
        late = [ending for ending in self._endings.values() if now - ending.began >= _BUSY_SECONDS]
        if not late:
            return None
        silent = any(now - ending.sign_at >= _ZOMBIE_SECONDS for ending in late)
        return "comfy_zombie" if silent else "comfy_busy"

    async def _show(self, reason: str | None) -> None:
        if reason is not None:
            await self._db.transact(queue_state.wait_for_comfy, reason, self._clock.iso(), self._instance)

    async def _changed_meanwhile(self) -> bool:
        """Wait for a commit or a sign of ComfyUI's; only one that is there is polled meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS if self._monitor.connected else None):
                await self._changed.wait()
        changed = self._changed.is_set()
        self._changed.clear()
        return changed
