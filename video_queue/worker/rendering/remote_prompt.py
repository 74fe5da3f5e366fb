"""One prompt in ComfyUI, from the moment it is sent to its end: socket frames first, queue and history as the net.

Frames say when it ends and what it made. Every few seconds, and after every doubt, the queue and the history are
asked: who is in neither was lost. `execution_success` is not the end: history does not have the prompt yet.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from video_queue.comfy.client import (
    Accepted,
    ComfyAnswerError,
    ComfyClient,
    ComfyGoneError,
    ComfyRefusalError,
    Frame,
    HistoryEntry,
    PreviewFrame,
    RemoteQueue,
    TextFrame,
)
from video_queue.comfy.errors import refusal_error
from video_queue.comfy.node_progress import NodeProgress
from video_queue.domain.catalogue import fail
from video_queue.services.clock import Clock
from video_queue.worker.rendering.monitor import ComfyMonitor

_POLL_SECONDS = 3.0
_FIRST_LOOK_SECONDS = 0.5  # who has not begun by then probably waits for somebody else
_DEAF_POLL_SECONDS = 1.0  # when the frames of this prompt go to a socket that is gone
_AGAIN_SECONDS = 0.2
_AWAY_SECONDS = 10.0
_STOP_SECONDS = 2.0
_ZOMBIE_SECONDS = 20.0

Waiting = Literal["comfy_busy", "comfy_zombie"]


class LostError(Exception):
    """ComfyUI knows the prompt no more; `died` when the connection broke meanwhile, so that it may have ended."""

    def __init__(self, *, died: bool) -> None:
        super().__init__("neither queued nor in history")
        self.died = died


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a prompt ended in ComfyUI. `outputs` by node id; `error` is the data of `execution_error`."""

    kind: Literal["success", "error", "interrupted"]
    outputs: dict[str, Any]
    error: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watch:
    """Whom to tell while a prompt is followed. `waits` gets what it waits for, or None when it runs."""

    progress: Callable[[float, str], None]
    preview: Callable[[str, bytes], None]
    waits: Callable[[Waiting | None], None]
    sent: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds of running: how long the prompt may take (None: as it likes), and be silent."""

    timeout: float | None
    stall: float


class Execution:
    """Sends and follows one prompt. Made anew for each prompt id."""

    def __init__(
        self,
        monitor: ComfyMonitor,
        clock: Clock,
        remote_id: str,
        graph: dict[str, Any],
        watch: Watch,
        limits: Limits,
        phase: str,
    ) -> None:
        self._monitor, self._clock, self.remote_id = monitor, clock, remote_id
        self._graph, self._watch, self._limits, self._phase = graph, watch, limits, phase
        self._progress = NodeProgress(graph)
        self._signal = asyncio.Event()
        self._outputs: dict[str, Any] = {}
        self._last: Outcome | None = None
        self._outcome: Outcome | None = None
        self._whole, self._doubt = True, False
        self._connections = monitor.connections
        self._misses = 0
        self._waits: Waiting | None = None
        self._pending_since: float | None = None
        self._running_since: float | None = None
        self._frame_at = clock.monotonic()
        self.was_sent = False

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return 0.0 if self._running_since is None else self._clock.monotonic() - self._running_since

    async def render(self, extra_data: Mapping[str, Any], *, known: bool) -> Outcome:
        """Send the prompt (unless ComfyUI is `known` to have got it earlier) and wait for its end.

        Raises:
            LostError: ComfyUI does not know it any more.
            VqError: comfy_rejected, comfy_unreachable, comfy_lost.answer, timeout, stalled.
        """
        await self._demand_connection()
        self._connections = self._monitor.connections
        self._monitor.listener = self
        try:
            if known:
                self.link_broke()
            else:
                await self._submit(extra_data)
            self.was_sent = True
            self._watch.sent()
            return await self._follow()
        finally:
            self._monitor.listener = None

    async def stop(self, hurry: asyncio.Event) -> bool:
        """Cancel it in ComfyUI and wait until that took effect; with `hurry` set, no longer than two seconds.

        Inside one long node it takes effect at its end. False if it may still be there.
        """
        self._monitor.listener = self
        began = self._clock.monotonic()
        try:
            await self._client.cancel(self.remote_id)
            while (await self._client.queue()).holds(self.remote_id):
                if hurry.is_set() and self._clock.monotonic() - began > _STOP_SECONDS:
                    return False
                self._signal.clear()
                await self._wait(_AGAIN_SECONDS)
        except (ComfyGoneError, ComfyAnswerError):
            return False
        finally:
            self._monitor.listener = None
        return True

    # --- what the monitor tells

    def hear(self, frame: Frame) -> None:
        """A frame came, of whatever prompt."""
        self._frame_at = self._clock.monotonic()
        if isinstance(frame, PreviewFrame):
            if self._running_since is not None and frame.prompt_id in (None, self.remote_id):
                self._watch.preview(frame.mime, frame.image)
        elif isinstance(frame, TextFrame):
            if frame.prompt_id == self.remote_id:
                self._hear_ours(frame)
            elif frame.type == "status" and not self._whole:
                self._doubt = True
                self._signal.set()

    def link_broke(self) -> None:
        """Frames may have been missed: only queue and history tell from now on."""
        self._whole, self._doubt = False, True
        self._signal.set()

    def _hear_ours(self, frame: TextFrame) -> None:
        if self._running_since is None:
            self._begins()
        if frame.type == "executing" and frame.data.get("node") is None:
            self._outcome = self._last if self._whole else None
            self._doubt = True
            self._signal.set()
        elif frame.type == "executed":
            self._outputs[str(frame.data.get("node"))] = frame.data.get("output") or {}
        elif frame.type == "execution_success":
            self._last = Outcome("success", self._outputs)
        elif frame.type == "execution_error":
            self._last = Outcome("error", self._outputs, frame.data)
        elif frame.type == "execution_interrupted":
            self._last = Outcome("interrupted", self._outputs)
        elif self._progress.hear(frame):
            self._watch.progress(self._progress.fraction, self._progress.message)

    def _begins(self) -> None:
        self._running_since = self._frame_at = self._clock.monotonic()
        self._now_waits(None)
        self._signal.set()  # limits count from here

    # --- sending

    async def _submit(self, extra_data: Mapping[str, Any]) -> None:
        try:
            accepted = await self._post(extra_data)
        except ComfyRefusalError as refusal:
            raise refusal_error(refusal.error, refusal.node_errors, self._graph) from None
        except (ComfyGoneError, ComfyAnswerError) as error:
            await self._look_after_doubt(error)
            return
        if accepted.node_errors:
            await self.stop(asyncio.Event())
            raise refusal_error({}, accepted.node_errors, self._graph)

    async def _post(self, extra_data: Mapping[str, Any]) -> Accepted:
        """Send it. A caller that is cancelled waits for the answer: a prompt must be there before it is cancelled."""
        sending = asyncio.ensure_future(
            self._client.submit(
                self._graph,
                prompt_id=self.remote_id,
                client_id=self._monitor.client_id,
                extra_data=dict(extra_data),
            )
        )
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait([sending])
            if not sending.cancelled():
                sending.exception()  # whether it got there is looked up
            raise

    async def _look_after_doubt(self, error: Exception) -> None:
        """The answer was lost or could not be read: go on if the prompt is there all the same."""
        for _ in range(3):
            await self._look()
            if self._outcome or self._misses == 0:
                return
            await asyncio.sleep(_AGAIN_SECONDS)
        if isinstance(error, ComfyAnswerError):
            raise fail("comfy_lost.answer", detail=str(error)) from error
        raise LostError(died=self._monitor.connections != self._connections)

    # --- following

    async def _follow(self) -> Outcome:
        look_at = self._clock.monotonic() + _FIRST_LOOK_SECONDS
        while self._outcome is None:
            self._check_limits()
            await self._wait(min(look_at - self._clock.monotonic(), self._until_limit()))
            self._signal.clear()
            if self._outcome is None and (self._doubt or self._clock.monotonic() >= look_at):
                self._doubt = False
                await self._look()
                pause = (
                    _AGAIN_SECONDS if self._misses else _POLL_SECONDS if self._whole else _DEAF_POLL_SECONDS
                )
                look_at = self._clock.monotonic() + pause
            if self._misses > 1:
                raise LostError(died=self._monitor.connections != self._connections)
        return self._outcome

    async def _wait(self, seconds: float) -> None:
        """Until something is signalled, at most so long."""
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                await self._signal.wait()
        except TimeoutError:
            return

    def _until_limit(self) -> float:
        """Seconds to the next limit; it begins to count when the prompt does."""
        if self._running_since is None:
            return math.inf
        left = [self._frame_at + self._limits.stall - self._clock.monotonic()] if self._whole else []
        if self._limits.timeout is not None:
            left.append(self._limits.timeout - self.seconds)
        return min(left, default=math.inf)

    def _check_limits(self) -> None:
        """Only while it runs: waiting for ComfyUI or for others costs nobody time."""
        if self._running_since is None:
            return
        limit, stall = self._limits.timeout, self._limits.stall
        if limit is not None and self.seconds >= limit:
            raise fail("timeout.phase", phase=self._phase, limit=limit)
        # Without a socket of its own nothing can be told from silence.
        if self._whole and self._clock.monotonic() - self._frame_at >= stall:
            raise fail("stalled.phase", phase=self._phase, limit=stall)

    async def _look(self) -> None:
        """Ask queue and history. `_misses` counts how often it was in neither, one look after the other."""
        await self._demand_connection()
        try:
            queue = await self._client.queue()
            if queue.holds(self.remote_id):
                self._misses = 0
                self._see(queue)
                return
            entry = await self._client.history(self.remote_id)
        except (ComfyGoneError, ComfyAnswerError):
            return  # no news; the monitor tells when ComfyUI is gone
        if entry is None:
            self._misses += 1
        else:
            self._misses = 0
            self._outcome = outcome_of(entry)

    def _see(self, queue: RemoteQueue) -> None:
        """It is in the queue: running, behind others, or stuck."""
        now = self._clock.monotonic()
        if queue.runs(self.remote_id):
            self._pending_since = None
            if self._running_since is None:
                self._begins()
        elif queue.running:
            self._pending_since = None
            self._now_waits("comfy_busy")
        else:
            self._pending_since = now if self._pending_since is None else self._pending_since
            if now - self._pending_since >= _ZOMBIE_SECONDS:
                self._now_waits("comfy_zombie")

    def _now_waits(self, waits: Waiting | None) -> None:
        if waits != self._waits:
            self._waits = waits
            self._watch.waits(waits)

    async def _demand_connection(self) -> None:
        if not await self._monitor.until_connected(_AWAY_SECONDS):
            raise fail("comfy_unreachable.none", urls=self._monitor.urls)

    @property
    def _client(self) -> ComfyClient:
        client = self._monitor.client
        if client is None:
            raise ComfyGoneError(self._monitor.urls)
        return client


def outcome_of(entry: HistoryEntry) -> Outcome:
    """The outcome that a history entry tells: only its messages tell interrupted from failed."""
    if entry.success:
        return Outcome("success", entry.outputs)
    error = entry.message("execution_error")
    if error is None:
        return Outcome("interrupted", entry.outputs)
    return Outcome("error", entry.outputs, error)
