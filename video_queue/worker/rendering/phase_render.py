"""One comfy phase of one prompt: its units rendered in turn, the files of each fetched while the next one renders.

Every finished item is committed by itself, so that a phase goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import Any

from video_queue.comfy.client import ComfyGoneError
from video_queue.comfy.harvest import LISTS
from video_queue.db import phases, renders
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.renders import Begun, Render
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.states import PhaseState
from video_queue.services.submission.work_amount import work_of
from video_queue.worker.execution.arguments import item_scope, phase_folder, resolved
from video_queue.worker.execution.outcome import MAX_CRASHES, PhaseDone, join_results, shortened
from video_queue.worker.prompt_log import PromptLog
from video_queue.worker.rendering.fetching import RenderedUnit
from video_queue.worker.rendering.phase_watch import PhaseWatch
from video_queue.worker.rendering.preparation import Prepared, Unit
from video_queue.worker.rendering.tools import Tools
from video_queue.worker.rendering.unit_render import Budget, UnitRender, new_remote_id

# How long a verdict waits for the fetches of what is rendered.
_FETCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class RenderDone:
    """ComfyUI has rendered a phase's last unit; `phase_render` fetches what is left."""

    unit: RenderedUnit
    seconds: float
    phase_render: PhaseRender = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"rendered in {self.seconds:.2f} s; fetching the files"


@dataclass(slots=True)
class PhaseRender:
    """Renders what is left of one phase. Used once."""

    tools: Tools
    claim: Claim
    prepared: Prepared
    log: PromptLog
    _seconds: float = 0.0
    _results: dict[int, dict[str, Any]] = field(default_factory=dict)
    _fetching: dict[int, asyncio.Task[dict[str, Any]]] = field(default_factory=dict)
    _unit: Unit | None = None

    async def run(self) -> RenderDone | PhaseDone:
        """Render every unit that is due. A RenderDone must be committed and then fetched.

        Raises:
            VqError: what went wrong.
            StaleAttemptError: the attempt is not current any more.
        """
        prepared = self.prepared
        self._results, self._unit = dict(prepared.done), prepared.unit
        watch = PhaseWatch(self.tools, self.claim, prepared.phase, max(len(prepared.items), 1))
        stays = False
        try:
            return await self._render_units(watch) if prepared.due else await self._already_done()
        except asyncio.CancelledError:
            stays = self.tools.shutting_down.is_set()
            self._cancel_fetching()
            raise
        except BaseException as error:
            stays = isinstance(error, VqError) and error.code is ErrorCode.COMFY_UNREACHABLE
            await self._wait_for_fetching()  # what is rendered is kept: the next attempt goes on from there
            raise
        finally:
            self._release_unit(stays=stays)
            self.tools.preparations.drop_items(prepared)
            await watch.close()

    async def _already_done(self) -> PhaseDone:
        claim, now = self.claim, self.tools.clock.iso()
        place = (claim.prompt_id, claim.attempt, claim.phase_seq, self.prepared.phase.name)
        await self.tools.db.transact(phases.start_phase, *place, now)
        return await self._phase_done()

    async def _render_units(self, watch: PhaseWatch) -> RenderDone:
        due = self.prepared.due
        begun, budget = await self._begin_phase(), Budget(self.prepared.phase.timeout)
        for item, following in zip_longest(due, due[1:]):
            if following is not None:
                self.tools.preparations.prefetch_item(self.prepared, following)
            unit = RenderedUnit(
                self._render(item), begun.remote_id, await self._outputs(begun, budget, watch)
            )
            self._release_unit()
            if following is not None:
                begun = await self._pass_on(unit, following)
                self._fetch(unit)
                self._unit = await self._take_unit(following)
        return RenderDone(unit, self._seconds, self)

    # --- rendering

    async def _begin_phase(self) -> Begun:
        prepared, db = self.prepared, self.tools.db
        first, now = self._render(prepared.due[0]), self.tools.clock.iso()
        begun = await db.transact(renders.begin_phase, first, prepared.phase.name, new_remote_id(), now)
        if prepared.phase.for_each is not None:
            total = len(prepared.items)
            await db.transact(phases.set_items_total, self.claim.prompt_id, self.claim.phase_seq, total)
        return begun

    async def _outputs(self, begun: Begun, budget: Budget, watch: PhaseWatch) -> dict[str, Any]:
        """What ComfyUI names as outputs of the unit; known already when a crash came between render and fetching."""
        if begun.crashes >= MAX_CRASHES:
            raise fail("poison.crashes", count=begun.crashes, phase=self.prepared.phase.name)
        await self.tools.fetches.wait_for_room()
        self._keep_results()
        if begun.outputs is not None:
            return begun.outputs
        render = self._unit_render(budget, watch)
        try:
            return await render.run(begun)
        finally:
            self._seconds += render.seconds

    def _unit_render(self, budget: Budget, watch: PhaseWatch) -> UnitRender:
        assert self._unit is not None
        phase, item = self.prepared.phase, self._unit.item
        return UnitRender(
            tools=self.tools,
            claim=self.claim,
            phase=phase,
            unit=self._unit,
            watch=watch.of(item),
            budget=budget,
            stall=phase.stall or self.tools.settings.timeouts.stall,
            log=self.log.line,
            overrides=partial(self._overrides, item),
            bring_again=self._bring_again,
        )

    async def _bring_again(self, unit: Unit, lost: bool) -> Unit:
        try:
            self._unit = await self.tools.preparations.bring_again(self.prepared, unit, lost=lost)
        except ComfyGoneError as error:
            raise fail("comfy_unreachable.none", urls=self.tools.monitor.urls) from error
        return self._unit

    async def _pass_on(self, unit: RenderedUnit, following: int) -> Begun:
        """One commit between two renders: the outputs' names of one, the id of the next."""

        def both(conn: Connection) -> Begun:
            renders.note_outputs(conn, unit.render, unit.outputs, last=False)
            return renders.begin_render(conn, self._render(following), new_remote_id())

        return await self.tools.db.transact(both)

    async def _take_unit(self, item: int) -> Unit | None:
        try:
            return (await self.tools.preparations.take_item(self.prepared, item)).unit
        except ComfyGoneError as error:
            raise fail("comfy_unreachable.none", urls=self.tools.monitor.urls) from error

    def _release_unit(self, *, stays: bool = False) -> None:
        """Its files are not needed any more; with `stays` ComfyUI may still render it and read them."""
        unit, self._unit = self._unit, None
        if unit is not None:
            self.tools.preparations.release(unit, stays=stays)

    def _overrides(self, item: int) -> dict[str, Any]:
        phase, scope = self.prepared.phase, self.prepared.scope
        if item:
            scope = {**scope, "item": item_scope(self.prepared.items[item - 1], item)}
        values: dict[str, Any] = resolved(phase.on_oom.set if phase.on_oom else {}, scope, phase)
        return values

    def _render(self, item: int) -> Render:
        return Render(self.claim.prompt_id, self.claim.attempt, self.claim.phase_seq, item)

    # --- fetching

    def _fetch(self, unit: RenderedUnit) -> None:
        item = unit.render.item
        folder = phase_folder(self.tools.settings.work_root, self.claim, self.prepared.phase)
        self._fetching[item] = self.tools.fetches.start(unit, folder / f"{item:06d}" if item else folder)

    def _keep_results(self) -> None:
        """Of fetches that are done; an error of one is raised."""
        for item in [item for item, task in self._fetching.items() if task.done()]:
            self._results[item] = self._fetching.pop(item).result()

    async def fetch(self, rendered: RenderDone) -> PhaseDone:
        """Fetch what is left; the phase's result.

        Raises:
            VqError: bad_output, comfy_lost.outputs, comfy_unreachable, disk_full.
            StaleAttemptError: the attempt is not current any more.
        """
        self._fetch(rendered.unit)
        try:
            await asyncio.gather(*self._fetching.values())
        except asyncio.CancelledError:
            self._cancel_fetching()
            raise
        except BaseException:
            await self._wait_for_fetching()
            raise
        self._keep_results()
        return await self._phase_done()

    async def _wait_for_fetching(self) -> None:
        """But not for one that hangs: its outputs' names are on record, and it is fetched again."""
        if self._fetching:
            await asyncio.wait(self._fetching.values(), timeout=_FETCH_SECONDS)
            self._cancel_fetching()

    def _cancel_fetching(self) -> None:
        for task in self._fetching.values():
            task.cancel()
            task.add_done_callback(_ignore_result)

    # --- the result

    async def _phase_done(self) -> PhaseDone:
        phase, unit, monitor = self.prepared.phase, self.prepared.unit, self.tools.monitor
        place = (self.claim.prompt_id, self.claim.phase_seq)
        lowered = await self.tools.db.read(renders.lowered_items, *place)
        about: dict[str, Any] = {
            "comfyui": {"url": monitor.client.url if monitor.client else None, "version": monitor.version}
        }
        if lowered:
            about["applied"] = "on_oom"
        if phase.for_each is None and unit is not None:
            values = unit.values | (self._overrides(0) if lowered else {})
            return self._done(self._results[0], shortened({"set": values, "files": unit.files}) | about)
        if lowered:
            about["items"] = lowered
        empty: dict[str, Any] = {name: [] for name in LISTS}
        joined = join_results([self._results[item] for item in sorted(self._results)])
        return self._done(empty | joined, about)

    def _done(self, result: dict[str, Any], arguments: dict[str, Any]) -> PhaseDone:
        work = work_of(self.prepared.scope)
        return PhaseDone(PhaseState.SUCCEEDED, result, arguments, work, seconds=self._seconds)


def _ignore_result(task: asyncio.Task[dict[str, Any]]) -> None:
    """Of a cancelled fetch: the outputs' names are on record."""
    if not task.cancelled():
        task.exception()
