"""The units of one comfy phase on their way through ComfyUI: one renders, and at most one waits behind it.

So ComfyUI goes from item to item by itself. They belong to one prompt: when it is stopped, the one that waits is taken
out before the one that runs is interrupted (`unwanted`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from video_queue.comfy.client import ComfyGoneError
from video_queue.db import renders
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.renders import Begun, Render
from video_queue.domain.catalogue import fail
from video_queue.domain.failure_policy import MAX_CRASHES
from video_queue.worker.execution.arguments import item_scope, resolved
from video_queue.worker.prompt_log import PromptLog
from video_queue.worker.rendering.fetching import RenderedUnit
from video_queue.worker.rendering.outgoing import new_remote_id
from video_queue.worker.rendering.phase_watch import PhaseWatch
from video_queue.worker.rendering.preparation import Prepared, Unit
from video_queue.worker.rendering.remote_prompt import Budget
from video_queue.worker.rendering.tools import Tools
from video_queue.worker.rendering.unit_render import UnitRender


@dataclass(slots=True)
class _Sending:
    """A unit that was started; `sent` is set once ComfyUI has it."""

    task: asyncio.Task[RenderedUnit]
    sent: asyncio.Event


@dataclass(slots=True)
class Units:
    """Sends and follows them. `start` each in turn, then take its `result`; `close` in any case.

    `before_each` is called before a unit is begun; what it raises is the unit's error. `seconds` adds up how long
    ComfyUI ran for them.
    """

    tools: Tools
    claim: Claim
    prepared: Prepared
    log: PromptLog
    watch: PhaseWatch
    before_each: Callable[[], Awaitable[None]]
    seconds: float = 0.0
    _front: int = 0
    _units: dict[int, Unit] = field(default_factory=dict)
    _sending: dict[int, _Sending] = field(default_factory=dict)
    _budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self._budget = Budget(self.prepared.phase.timeout)
        if unit := self.prepared.unit:
            self._units[unit.item], self._front = unit, unit.item

    def start(self, item: int, following: int | None) -> None:
        """Send a unit, and prepare the one that follows."""
        sent = asyncio.Event()
        self._sending[item] = _Sending(asyncio.create_task(self._render(item, sent)), sent)
        if following is not None:
            self.tools.preparations.prefetch_item(self.prepared, following)

    async def until_sent(self, item: int) -> None:
        """Until ComfyUI has it, or it has ended without."""
        sending = self._sending[item]
        waiting = asyncio.create_task(sending.sent.wait())
        await asyncio.wait((waiting, sending.task), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()

    async def result(self, item: int) -> RenderedUnit:
        """A unit once it is rendered; its files in ComfyUI's input folder are let go of.

        Raises:
            VqError: as the failure policy judges it.
            StaleAttemptError: the attempt is not current any more.
        """
        self._front = item
        rendered = await self._sending[item].task
        del self._sending[item]
        self._release(item)
        return rendered

    async def close(self, *, stays: bool) -> None:
        """Follow none any more; with `stays` ComfyUI may still render them, and read their files."""
        tasks = [sending.task for sending in self._sending.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.exception()  # the first one's was raised; the other was only behind it
        for item in list(self._units):
            self._release(item, stays=stays)
        self.tools.preparations.drop_items(self.prepared)

    async def _render(self, item: int, sent: asyncio.Event) -> RenderedUnit:
        """A unit from its preparation to its outputs; known already when a crash came between render and fetching."""
        if item not in self._units:
            self._units[item] = await self._take(item)
        await self.tools.fetches.wait_for_room()
        await self.before_each()
        begun = await self._begin(item)
        if begun.crashes >= MAX_CRASHES:
            raise fail("poison.crashes", count=begun.crashes, phase=self.prepared.phase.name)
        outputs = begun.outputs
        if outputs is None:
            render = self._unit_render(item, sent)
            try:
                outputs = await render.run(begun)
            finally:
                self.seconds += render.seconds
        return RenderedUnit(self._place(item), begun.remote_id, outputs)

    async def _begin(self, item: int) -> Begun:
        """Its id is on record before it is sent; the first one's, where it was prepared, since the claim."""
        db, prepared = self.tools.db, self.prepared
        if item != prepared.due[0]:
            return await db.transact(renders.begin_render, self._place(item), new_remote_id())
        if self.claim.begun is not None:
            return self.claim.begun
        return await db.transact(begin_phase, self.claim, prepared, new_remote_id(), self.tools.clock.iso())

    def _unit_render(self, item: int, sent: asyncio.Event) -> UnitRender:
        phase = self.prepared.phase
        return UnitRender(
            tools=self.tools,
            claim=self.claim,
            phase=phase,
            unit=self._units[item],
            watch=self.watch.of(item, sent.set, is_last=item == self.prepared.due[-1]),
            budget=self._budget,
            stall=phase.stall or self.tools.settings.timeouts.stall,
            log=self.log.line,
            overrides=partial(oom_values, self.prepared, item),
            bring_again=self._bring_again,
            is_front=lambda: self._front == item,
        )

    async def _bring_again(self, unit: Unit, lost: bool) -> Unit:
        try:
            unit = await self.tools.preparations.bring_again(self.prepared, unit, lost=lost)
        except ComfyGoneError as error:
            raise fail("comfy_unreachable.none", urls=self.tools.monitor.urls) from error
        self._units[unit.item] = unit
        return unit

    async def _take(self, item: int) -> Unit:
        try:
            unit = (await self.tools.preparations.take_item(self.prepared, item)).unit
        except ComfyGoneError as error:
            raise fail("comfy_unreachable.none", urls=self.tools.monitor.urls) from error
        assert unit is not None
        return unit

    def _release(self, item: int, *, stays: bool = False) -> None:
        if unit := self._units.pop(item, None):
            self.tools.preparations.release(unit, stays=stays)

    def _place(self, item: int) -> Render:
        return Render(self.claim.prompt_id, self.claim.attempt, self.claim.phase_seq, item)


def begin_phase(conn: Connection, claim: Claim, prepared: Prepared, remote_id: str, now: str) -> Begun:
    """Begin the phase with its first unit, under this id unless it has one."""
    first = Render(claim.prompt_id, claim.attempt, claim.phase_seq, prepared.due[0])
    begin = (prepared.phase.name, prepared.items_total, remote_id, now, prepared.measures)
    return renders.begin_phase(conn, first, *begin)


def oom_values(prepared: Prepared, item: int) -> dict[str, Any]:
    """The values of the phase's `on_oom` for a unit."""
    phase, scope = prepared.phase, prepared.scope
    if item:
        scope = {**scope, "item": item_scope(prepared.items[item - 1], item)}
    values: dict[str, Any] = resolved(phase.on_oom.set if phase.on_oom else {}, scope, phase)
    return values
