"""One comfy phase of one prompt: its units rendered in turn, each one's files fetched while the next one renders.

Every finished item is committed by itself, so that a phase goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from video_queue.comfy.client import ComfyGoneError
from video_queue.comfy.harvest import LISTS, OutputsGoneError, Source, harvest
from video_queue.db import phases, queue_state, renders
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.db.renders import Begun, Render
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.states import Lane, LaneState, PhaseState
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed, Preview
from video_queue.services.submission.work_amount import work_of
from video_queue.settings import Settings
from video_queue.worker.execution.arguments import item_scope, phase_folder, resolved
from video_queue.worker.execution.outcome import MAX_CRASHES, PhaseDone, join_results, shortened
from video_queue.worker.execution.progress import Progress
from video_queue.worker.prompt_log import PromptLog
from video_queue.worker.rendering.monitor import ComfyMonitor
from video_queue.worker.rendering.preparation import Preparations, Prepared, Unit
from video_queue.worker.rendering.remote_prompt import Waiting, Watch
from video_queue.worker.rendering.unit_render import Budget, Rendering, new_remote_id

AT_MOST_HARVESTING = 3
_PREVIEW_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Tools:
    """What every comfy phase of a worker uses. `hurry` is set when the worker ends, `look_again` starts preparing."""

    db: QueueDB
    feed: EventFeed
    settings: Settings
    clock: Clock
    monitor: ComfyMonitor
    preparations: Preparations
    look_again: Callable[[], None]
    hurry: asyncio.Event
    harvests: asyncio.Semaphore


@dataclass(frozen=True, slots=True)
class RenderDone:
    """ComfyUI has finished a phase's last render, which named `outputs`; `rendering` fetches what is left."""

    render: Render
    remote_id: str
    outputs: dict[str, Any]
    seconds: float
    rendering: PhaseRendering = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"rendered in {self.seconds:.2f} s; fetching the files"


@dataclass(slots=True)
class PhaseRendering:
    """Renders what is left of one phase. Used once."""

    tools: Tools
    claim: Claim
    prepared: Prepared
    log: PromptLog
    seconds: float = 0.0
    _done: dict[int, dict[str, Any]] = field(default_factory=dict)
    _fetching: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _unit: Unit | None = None
    _next: asyncio.Task[Unit] | None = None
    _writing: asyncio.Task[None] | None = None
    _preview_at: float = 0.0

    async def run(self) -> RenderDone | PhaseDone:
        """Render every unit that is due. A RenderDone must be committed and then fetched.

        Raises:
            VqError: what went wrong.
            StaleAttemptError: the attempt is not current any more.
        """
        self._done, self._unit = dict(self.prepared.done), self.prepared.first
        progress = self._progress()
        try:
            return await self._run(progress)
        except asyncio.CancelledError:
            self._cancel_fetching()
            raise
        except BaseException:
            if self._fetching:  # what is rendered is kept: the next attempt goes on from there
                await asyncio.wait(self._fetching.values())
            raise
        finally:
            self._release_unit()
            self._drop_next()
            await progress.finish()
            if self._writing:
                await asyncio.wait([self._writing])

    async def _run(self, progress: Progress) -> RenderDone | PhaseDone:
        tools, due = self.tools, self.prepared.due
        first = Render(self.claim.prompt_id, self.claim.attempt, self.claim.phase_seq, due[0] if due else 0)
        name, now = self.prepared.phase.name, tools.clock.iso()
        if self._unit is None:
            await tools.db.transact(phases.start_phase, first.prompt_id, first.attempt, first.seq, name, now)
            return self._phase_done()
        begun = await tools.db.transact(renders.begin_phase, first, name, new_remote_id(), now)
        await self._note_total()
        budget = Budget(self.prepared.phase.timeout)
        for place, item in enumerate(due):
            self._foresee(due[place + 1 : place + 2])
            outputs = await self._outputs(self._unit, begun, budget, progress)
            self._release_unit()
            if item == due[-1]:
                break
            remote_id, begun = begun.remote_id, await self._pass_on(item, due[place + 1], outputs)
            self._fetch(item, outputs, remote_id)
            self._unit = await self._next_unit()
        return RenderDone(self._render(item), begun.remote_id, outputs, self.seconds, self)

    # --- rendering

    async def _outputs(self, unit: Unit, begun: Begun, budget: Budget, progress: Progress) -> dict[str, Any]:
        """What ComfyUI names as outputs of a unit; known already when a crash came between render and fetching."""
        if begun.crashes >= MAX_CRASHES:
            raise fail("poison.crashes", count=begun.crashes, phase=self.prepared.phase.name)
        await self._room()
        if begun.outputs is not None:
            return begun.outputs
        phase = self.prepared.phase
        rendering = Rendering(
            db=self.tools.db,
            monitor=self.tools.monitor,
            clock=self.tools.clock,
            claim=self.claim,
            phase=phase,
            unit=unit,
            watch=self._watch(unit.item, progress),
            budget=budget,
            stall=phase.stall or self.tools.settings.timeouts.stall,
            hurry=self.tools.hurry,
            log=self.log.line,
            overrides=lambda: self._overrides(unit.item),
        )
        try:
            return await rendering.run(begun)
        finally:
            self.seconds += rendering.seconds

    async def _pass_on(self, item: int, following: int, outputs: dict[str, Any]) -> Begun:
        """One commit between two renders: the outputs' names of one, the id of the next."""
        done, next_ = self._render(item), self._render(following)

        def both(conn: Connection) -> Begun:
            renders.note_outputs(conn, done, outputs, last=False)
            return renders.begin_render(conn, next_, new_remote_id())

        return await self.tools.db.transact(both)

    def _foresee(self, following: list[int]) -> None:
        if following:
            self._next = asyncio.ensure_future(self.tools.preparations.unit(self.prepared, following[0]))

    async def _next_unit(self) -> Unit:
        task, self._next = self._next, None
        assert task is not None
        try:
            return await task
        except ComfyGoneError as error:
            raise fail("comfy_unreachable.none", urls=self.tools.monitor.urls) from error

    def _release_unit(self) -> None:
        if self._unit is not None:
            self.tools.preparations.release(self._unit)
            self._unit = None

    def _drop_next(self) -> None:
        task, self._next = self._next, None
        if task is None:
            return
        task.cancel()
        task.add_done_callback(self._release_unused)

    def _release_unused(self, task: asyncio.Task[Unit]) -> None:
        if not task.cancelled() and task.exception() is None:
            self.tools.preparations.release(task.result())

    def _overrides(self, item: int) -> dict[str, Any]:
        phase, scope = self.prepared.phase, self.prepared.scope
        if item:
            scope = {**scope, "item": item_scope(self.prepared.items[item - 1], item)}
        values: dict[str, Any] = resolved(phase.on_oom.set if phase.on_oom else {}, scope, phase)
        return values

    # --- fetching

    async def _room(self) -> None:
        """Until fewer than three units are being fetched; an error of one that is done comes up here."""
        while True:
            for item, task in list(self._fetching.items()):
                if task.done():
                    del self._fetching[item]
                    task.result()
            if len(self._fetching) < AT_MOST_HARVESTING:
                return
            await asyncio.wait(self._fetching.values(), return_when=asyncio.FIRST_COMPLETED)

    def _fetch(self, item: int, outputs: dict[str, Any], remote_id: str) -> None:
        self._fetching[item] = asyncio.ensure_future(self._fetched(item, outputs, remote_id))

    async def _fetched(self, item: int, outputs: dict[str, Any], remote_id: str) -> None:
        folder = phase_folder(self.tools.settings.work_root, self.claim, self.prepared.phase)
        folder = folder / f"{item:06d}" if item else folder
        try:
            result = await self._harvest(outputs, folder, remote_id)
        except VqError as error:
            if error.code is ErrorCode.COMFY_LOST:
                await self.tools.db.transact(
                    lambda conn: renders.forget_render(conn, self._render(item), crashed=False)
                )
            raise
        if item:
            claim = self.claim
            await self.tools.db.transact(
                phases.finish_item, claim.prompt_id, claim.attempt, claim.phase_seq, item, result
            )
        self._done[item] = result

    async def _harvest(self, outputs: dict[str, Any], folder: Path, remote_id: str) -> dict[str, Any]:
        monitor = self.tools.monitor
        async with self.tools.harvests:
            try:
                return await harvest(outputs, Source(monitor.folders.output, monitor.client), folder)
            except OutputsGoneError as error:
                raise fail("comfy_lost.outputs", prompt_id=remote_id) from error
            except ComfyGoneError as error:
                raise fail("comfy_unreachable.none", urls=monitor.urls) from error

    async def fetch(self, rendered: RenderDone) -> PhaseDone:
        """Fetch what is left; the phase's result.

        Raises:
            VqError: bad_output, comfy_lost.outputs, comfy_unreachable, disk_full.
            StaleAttemptError: the attempt is not current any more.
        """
        self._fetch(rendered.render.item, rendered.outputs, rendered.remote_id)
        try:
            await asyncio.gather(*self._fetching.values())
        except asyncio.CancelledError:
            self._cancel_fetching()
            raise
        except BaseException:
            await asyncio.wait(self._fetching.values())
            raise
        return self._phase_done()

    def _cancel_fetching(self) -> None:
        for task in self._fetching.values():
            task.cancel()
            task.add_done_callback(_look_at)

    def _phase_done(self) -> PhaseDone:
        phase, unit, monitor = self.prepared.phase, self.prepared.first, self.tools.monitor
        work = work_of(self.prepared.scope)
        about = {
            "comfyui": {"url": monitor.client.url if monitor.client else None, "version": monitor.version}
        }
        if phase.for_each is None and unit is not None:
            arguments = shortened({"set": unit.values, "files": unit.files})
            return PhaseDone(
                PhaseState.SUCCEEDED, self._done[0], arguments | about, work, seconds=self.seconds
            )
        empty: dict[str, Any] = {name: [] for name in LISTS}
        joined = join_results([self._done[item] for item in sorted(self._done)])
        return PhaseDone(PhaseState.SUCCEEDED, empty | joined, about, work, seconds=self.seconds)

    # --- telling

    def _watch(self, item: int, progress: Progress) -> Watch:
        total = max(len(self.prepared.items), 1)
        report = progress.part((item - 1) / total, 1 / total) if item else progress.report
        return Watch(progress=report, preview=self._preview, waits=self._waits, sent=self.tools.look_again)

    def _preview(self, mime: str, image: bytes) -> None:
        now = self.tools.clock.monotonic()
        if now - self._preview_at >= _PREVIEW_SECONDS:
            self._preview_at = now
            self.tools.feed.announce((Preview(self.claim.prompt_id, mime, image),))

    def _waits(self, waiting: Waiting | None) -> None:
        """Write down what is waited for, one after the other; a prompt that starts proves ComfyUI is no zombie."""
        before = self._writing

        async def write() -> None:
            if before:
                await asyncio.wait([before])
            await self.tools.db.transact(self._note_waiting, waiting, self.tools.clock.iso())

        self._writing = asyncio.ensure_future(write())

    def _note_waiting(self, conn: Connection, waiting: Waiting | None, now: str) -> None:
        renders.set_waiting(conn, self.claim.prompt_id, self.claim.attempt, waiting, now)
        if waiting == "comfy_zombie":
            queue_state.set_lane(conn, Lane.GPU, LaneState.WAITING, waiting, now)
        elif waiting is None:
            lane = next(one for one in queue_state.read_lanes(conn) if one["name"] == Lane.GPU)
            if lane["reason"] == "comfy_zombie":
                queue_state.set_lane(conn, Lane.GPU, LaneState.RUNNING, None, now)

    async def _note_total(self) -> None:
        if self.prepared.phase.for_each is not None:
            await self.tools.db.transact(
                phases.set_items_total, self.claim.prompt_id, self.claim.phase_seq, len(self.prepared.items)
            )

    def _progress(self) -> Progress:
        tools = self.tools
        return Progress(tools.db, tools.feed, tools.clock, self.claim, self.prepared.phase.name)

    def _render(self, item: int) -> Render:
        return Render(self.claim.prompt_id, self.claim.attempt, self.claim.phase_seq, item)


def _look_at(task: asyncio.Task[None]) -> None:
    """What a cancelled fetch came to is of no interest: the names are on record."""
    if not task.cancelled():
        task.exception()
