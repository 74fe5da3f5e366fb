"""Whether the ComfyUI that was started here does its work: it answers, and what it takes it starts and ends."""

from __future__ import annotations

from contextlib import suppress

from video_queue.comfy.client import ComfyAnswerError, ComfyGoneError, Frame, TextFrame
from video_queue.db import queue_state, renders
from video_queue.db.queue_db import QueueDB
from video_queue.services.clock import Clock
from video_queue.worker.rendering.monitor import ComfyMonitor

# Custom nodes may install what they need at their first start.
START_SECONDS = 600.0
# One that an earlier process of ours left answers within this time.
RECOGNISED_SECONDS = 30.0
_PROBE_SECONDS = 5.0
# Without an answer and without a frame. A node may keep the interpreter for a minute.
_FROZEN_SECONDS = 120.0
# A hung ComfyUI in whose queue others have prompts is given more time.
_OTHERS_SECONDS = 900.0


class ComfyHealth:
    """Of one process after the other: `begin` with each. All calls from the worker's loop."""

    def __init__(self, db: QueueDB, clock: Clock, monitor: ComfyMonitor) -> None:
        self._db, self._clock, self._monitor = db, clock, monitor
        self.answered = False
        # Whether a render succeeded in it.
        self.rendered = False
        self._start, self._start_seconds = "", START_SECONDS
        self._heard_at = self._probed_at = 0.0
        self._stuck_at: float | None = None

    def begin(self, start_seconds: float) -> None:
        """A process begins, and has so long until it answers."""
        self.answered = self.rendered = False
        self._start, self._start_seconds = self._clock.iso(), start_seconds
        self._stuck_at = None
        self.excuse()

    def excuse(self) -> None:
        """The silence until now does not count."""
        self._heard_at = self._clock.monotonic()

    @property
    def is_frozen(self) -> bool:
        """Whether it answered before and is silent now."""
        return self.answered and self._silence >= _FROZEN_SECONDS

    def on_frame(self, frame: Frame) -> None:
        """A frame came, of whatever prompt."""
        self.excuse()
        self.rendered |= isinstance(frame, TextFrame) and frame.type == "execution_success"

    def on_disconnect(self) -> None:
        """The connection broke: its process or its silence will show why."""

    async def problem(self) -> str:
        """Why the process must be started again; empty while it is well."""
        if self._monitor.connected:
            self.answered = True
            await self._probe_if_silent()
        limit = _FROZEN_SECONDS if self.answered else self._start_seconds
        if self._silence >= limit:
            return f"ComfyUI did not answer for {limit:.0f} s"
        return await self._stuck()

    @property
    def _silence(self) -> float:
        return self._clock.monotonic() - self._heard_at

    async def _probe_if_silent(self) -> None:
        now = self._clock.monotonic()
        if now - max(self._heard_at, self._probed_at) < _PROBE_SECONDS:
            return
        self._probed_at = now
        with suppress(ComfyGoneError, ComfyAnswerError):
            if client := self._monitor.client:
                await client.exec_info()
                self.excuse()

    async def _stuck(self) -> str:
        """What the lane noticed in this process: it takes prompts and starts none, or does not end a cancelled one."""
        since = await self._db.read(queue_state.zombie_since, self._monitor.instance)
        if since is None or since <= self._start:
            self._stuck_at = None
            return ""
        now = self._clock.monotonic()
        self._stuck_at = now if self._stuck_at is None else self._stuck_at
        if now - self._stuck_at < _OTHERS_SECONDS and await self._others_wait():
            return ""
        return "ComfyUI did not start a prompt that it took, or did not end one that was cancelled"

    async def _others_wait(self) -> bool:
        """Whether prompts that are not ours wait in its queue behind one that runs."""
        with suppress(ComfyGoneError, ComfyAnswerError):
            if client := self._monitor.client:
                queue, ours = await client.queue(), await self._db.read(renders.remote_ids)
                return bool(queue.running) and any(item.prompt_id not in ours for item in queue.pending)
        return False
