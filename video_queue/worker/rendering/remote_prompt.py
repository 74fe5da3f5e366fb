"""One remote prompt, from the moment it is sent to its end: followed by socket frames, and by polling in case of doubt.

Frames say when it ends and what it made. Every few seconds, and after every doubt, ComfyUI's queue and history are
polled: a prompt in neither is lost. `execution_success` is not the end: history does not have the prompt yet.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from video_queue.comfy.client import (
    Accepted,
    ComfyAnswerError,
    ComfyClient,
    ComfyGoneError,
    ComfyRefusalError,
    Frame,
    PreviewFrame,
    RemoteQueue,
    TextFrame,
)
from video_queue.comfy.errors.refusals import refusal_error
from video_queue.comfy.node_progress import NodeProgress
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.services.clock import Clock
from video_queue.worker.rendering.monitor import ComfyMonitor, pass_on
from video_queue.worker.rendering.remote_outcome import Outcome, outcome_of
from video_queue.worker.rendering.send_ahead import SentAhead

_POLL_SECONDS = 3.0
# A prompt that has not begun by then probably waits behind others.
_FIRST_POLL_SECONDS = 0.5
# When the frames of this prompt are sent to a socket that is gone.
_POLL_SECONDS_WITHOUT_FRAMES = 1.0
_REPEAT_SECONDS = 0.2
_RECONNECT_SECONDS = 10.0
# For the last poll before a verdict.
_LAST_POLL_SECONDS = 2.0
_ZOMBIE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a prompt in ComfyUI's queue waits for; `ahead` counts the prompts before it."""

    reason: Literal["comfy_busy", "comfy_zombie"]
    ahead: int = 0


class LostError(Exception):
    """ComfyUI does not know the prompt any more; `died` when the connection broke meanwhile: it may be another one."""

    def __init__(self, *, died: bool) -> None:
        super().__init__("neither queued nor in history")
        self.died = died


@dataclass(frozen=True, slots=True)
class Watch:
    """Called while a prompt is followed. `waits` gets what it waits for, or None when it runs.

    `ended` is called at once when it has ended well.
    """

    progress: Callable[[float, str], None]
    preview: Callable[[str, bytes], None]
    waits: Callable[[Waiting | None], None]
    sent: Callable[[], None]
    ended: Callable[[], None]


@dataclass(slots=True)
class Budget:
    """What a phase may still use of its `timeout`, over all its items; only running counts. None: no limit."""

    left: float | None

    def use(self, seconds: float) -> None:
        """Take off what was used."""
        if self.left is not None:
            self.left = max(self.left - seconds, 0.0)


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds of running: how long the prompt may take, and how long be silent."""

    budget: Budget
    stall: float


class RemotePrompt:
    """Sends and follows one prompt. Used once: every prompt id has its own."""

    def __init__(
        self,
        monitor: ComfyMonitor,
        clock: Clock,
        remote_id: str,
        graph: dict[str, Any],
        watch: Watch,
        limits: Limits,
        phase: str,
        ahead: SentAhead | None = None,
    ) -> None:
        self._monitor, self._clock, self.remote_id = monitor, clock, remote_id
        self._graph, self._watch, self._limits, self._phase = graph, watch, limits, phase
        self._ahead = ahead
        self._progress = NodeProgress(graph)
        self._signal = asyncio.Event()
        self._outputs: dict[str, Any] = {}
        self._last: Outcome | None = None
        self._outcome: Outcome | None = None
        self._frames_complete, self._poll_at_once = True, False
        self._connections = ahead.connections if ahead else monitor.connections
        self._misses = 0
        self._waits: Waiting | None = None
        self._pending_since: float | None = None
        self._running_since: float | None = None
        self._frame_at = clock.monotonic()
        # How its frames come when it was sent over a connection that is gone.
        self._client_id, self._listened_again = "", False
        self.was_sent = False

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return 0.0 if self._running_since is None else self._clock.monotonic() - self._running_since

    @property
    def was_ended(self) -> bool:
        """Whether ComfyUI was ended here meanwhile, for another reason than this prompt."""
        return self._monitor.ended_connection >= self._connections

    async def render(self, extra_data: Mapping[str, Any], *, known: bool) -> Outcome:
        """Send the prompt (unless that was done ahead, or ComfyUI is `known` to have got it) and wait for its end.

        Raises:
            LostError: ComfyUI does not know it any more.
            VqError: comfy_rejected, comfy_unreachable, comfy_lost.answer, timeout, stalled.
        """
        if self._ahead is None:
            await self._require_connection()
            self._connections = self._monitor.connections
        self._monitor.listeners.append(self)
        self._monitor.followed[self.remote_id] = ""
        try:
            if self._ahead:
                self._catch_up(self._ahead)
            if known:
                self.on_disconnect()
            else:
                await self._submit(extra_data)
            self.was_sent = True
            self._watch.sent()
            return await self._follow()
        finally:
            self._monitor.listeners.remove(self)
            self._stop_listening()

    def _stop_listening(self) -> None:
        """To an older client id, unless another prompt of ours needs it."""
        older = self._monitor.followed.pop(self.remote_id)
        if older and older not in self._monitor.followed.values():
            self._monitor.listen_as("")

    def _catch_up(self, ahead: SentAhead) -> None:
        """What happened since it was sent."""
        for frame in ahead.frames:
            pass_on(frame, self)
        if ahead.disconnected:
            self.on_disconnect()

    # --- events of the monitor

    def on_frame(self, frame: Frame) -> None:
        """A frame came, of whatever prompt."""
        self._frame_at = self._clock.monotonic()
        if isinstance(frame, PreviewFrame):
            if self._running_since is not None and frame.prompt_id in (None, self.remote_id):
                self._watch.preview(frame.mime, frame.image)
        elif isinstance(frame, TextFrame):
            if frame.prompt_id == self.remote_id:
                self._on_own_frame(frame)
            elif frame.type == "status" and not self._frames_complete:
                self._poll_at_once = True
                self._signal.set()

    def on_disconnect(self) -> None:
        """Frames may have been missed: only queue and history count from now on."""
        self._frames_complete, self._poll_at_once = False, True
        self._client_id = ""
        self._pending_since = None
        self._set_waiting(None)
        self._signal.set()

    def _on_own_frame(self, frame: TextFrame) -> None:
        self._listened_again = False
        if self._running_since is None:
            self._note_running()
        if frame.type == "executing" and frame.data.get("node") is None:
            self._outcome = self._last if self._frames_complete else None
            self._poll_at_once = True
            self._signal.set()
        elif frame.type == "executed":
            self._outputs[str(frame.data.get("node"))] = frame.data.get("output") or {}
        elif frame.type == "execution_success":
            self._last = Outcome("success", self._outputs)
            if self._frames_complete:
                self._watch.ended()
        elif frame.type == "execution_error":
            self._last = Outcome("error", self._outputs, frame.data)
        elif frame.type == "execution_interrupted":
            self._last = Outcome("interrupted", self._outputs)
        elif self._progress.on_frame(frame):
            self._watch.progress(self._progress.fraction, self._progress.message)

    def _note_running(self) -> None:
        self._running_since = self._frame_at = self._clock.monotonic()
        self._set_waiting(None)
        self._signal.set()  # limits count from here

    # --- sending

    async def _submit(self, extra_data: Mapping[str, Any]) -> None:
        try:
            accepted = await self._post(extra_data)
        except ComfyRefusalError as refusal:
            raise await self._refused(refusal.error, refusal.node_errors) from None
        except (ComfyGoneError, ComfyAnswerError) as error:
            await self._poll_after_lost_answer(error)
            return
        if accepted.node_errors:
            self.was_sent = True  # the good part of the graph would run
            raise await self._refused({}, accepted.node_errors)

    async def _refused(self, error: Mapping[str, Any], node_errors: Mapping[str, Any]) -> VqError:
        return refusal_error(error, node_errors, self._graph, await self._monitor.offer())

    async def _post(self, extra_data: Mapping[str, Any]) -> Accepted:
        """Send it, for as long as its limits allow: it may run before the answer is there."""
        sending = self._ahead.answer if self._ahead else self._send(extra_data)
        sending.add_done_callback(lambda _: self._signal.set())
        while not sending.done():
            self._check_limits()
            await self._wait(min(self._until_limit(), _POLL_SECONDS))
            self._signal.clear()
        self._signal.set()  # what came meanwhile is for `_follow`
        return sending.result()

    def _send(self, extra_data: Mapping[str, Any]) -> asyncio.Future[Accepted]:
        outgoing = self._monitor.outgoing(self._graph, self.remote_id, dict(extra_data))
        return self._monitor.send(outgoing)

    async def _poll_after_lost_answer(self, error: Exception) -> None:
        """The answer was lost or could not be read: go on if the prompt is there all the same."""
        for _ in range(3):
            await self._poll()
            if self._outcome or self._misses == 0:
                return
            await asyncio.sleep(_REPEAT_SECONDS)
        if isinstance(error, ComfyAnswerError):
            raise fail("comfy_lost.answer", detail=str(error)) from error
        raise LostError(died=self._monitor.connections != self._connections)

    # --- following

    async def _follow(self) -> Outcome:
        poll_at = self._clock.monotonic() + _FIRST_POLL_SECONDS
        while self._outcome is None:
            self._check_limits()
            await self._wait(min(poll_at - self._clock.monotonic(), self._until_limit()))
            self._signal.clear()
            # No verdict without a poll: it may have ended, or its frames wait to be read.
            due = self._clock.monotonic() >= poll_at or self._until_limit() <= 0
            if self._outcome is None and (self._poll_at_once or due):
                self._poll_at_once = False
                await self._poll_in_time()
                poll_at = self._clock.monotonic() + self._pause()
            if self._misses > 1:
                raise LostError(died=self._monitor.connections != self._connections)
        return self._outcome

    def _pause(self) -> float:
        """Seconds to the next poll."""
        if self._misses:
            return _REPEAT_SECONDS
        return _POLL_SECONDS if self._frames_complete else _POLL_SECONDS_WITHOUT_FRAMES

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
        silent = self._frame_at + self._limits.stall - self._clock.monotonic()
        timeout = self._limits.budget.left
        return silent if timeout is None else min(silent, timeout - self.seconds)

    def _check_limits(self) -> None:
        """Only while it runs: waiting for ComfyUI or behind others uses no time up."""
        if self._running_since is None:
            return
        limit, stall = self._limits.budget.left, self._limits.stall
        if limit is not None and self.seconds >= limit:
            raise fail("timeout.phase", phase=self._phase, limit=limit)
        if self._clock.monotonic() - self._frame_at >= stall:
            if self._frames_complete or self._listened_again:
                raise fail("stalled.phase", phase=self._phase, limit=stall)
            # Its frames may have gone to the socket of before, if that was closed late: listen and count again.
            self._listened_again, self._client_id = True, ""
            self._frame_at, self._poll_at_once = self._clock.monotonic(), True
            self._signal.set()

    async def _poll_in_time(self) -> None:
        """Poll, but not long past the next limit: a frozen ComfyUI does not answer."""
        seconds = max(self._until_limit(), _LAST_POLL_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(None if math.isinf(seconds) else seconds):
                await self._poll()

    async def _poll(self) -> None:
        """Read queue and history. `_misses` counts how often in a row it was in neither."""
        await self._require_connection()
        try:
            queue = await self._client.queue()
            if queue.holds(self.remote_id):
                self._misses = 0
                self._read_queue(queue)
                return
            entry = await self._client.history(self.remote_id)
        except (ComfyGoneError, ComfyAnswerError):
            return  # the monitor notices when ComfyUI is gone
        if entry is None:
            self._misses += 1
        else:
            self._misses = 0
            self._outcome = outcome_of(entry)

    def _read_queue(self, queue: RemoteQueue) -> None:
        """It is in the queue: running, behind others, or stuck."""
        now = self._clock.monotonic()
        if not (self._frames_complete or self._client_id):
            self._client_id = queue.client_of(self.remote_id)
            if self._client_id != self._monitor.client_id:
                self._monitor.followed[self.remote_id] = self._client_id
                self._monitor.listen_as(self._client_id)
        if queue.runs(self.remote_id):
            self._pending_since = None
            if self._running_since is None:
                self._note_running()
        elif self._monitor.followed.keys() & (before := queue.before(self.remote_id)):
            self._pending_since = None  # another unit of ours says what is waited for
            self._set_waiting(None)
        elif queue.running:
            self._pending_since = None
            self._set_waiting(Waiting("comfy_busy", len(before)))
        else:
            self._pending_since = now if self._pending_since is None else self._pending_since
            if now - self._pending_since >= _ZOMBIE_SECONDS:
                self._set_waiting(Waiting("comfy_zombie"))

    def _set_waiting(self, waits: Waiting | None) -> None:
        if waits != self._waits:
            self._waits = waits
            self._watch.waits(waits)

    async def _require_connection(self) -> None:
        if not await self._monitor.until_connected(_RECONNECT_SECONDS):
            raise fail("comfy_unreachable.none", urls=self._monitor.urls)

    @property
    def _client(self) -> ComfyClient:
        client = self._monitor.client
        if client is None:
            raise ComfyGoneError(self._monitor.urls)
        return client
