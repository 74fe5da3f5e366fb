"""Everything about ComfyUI that a worker has: the connection, the next prompt being made ready, phases to run.

One comfy phase runs at a time; fetching files goes on beside it (`phase_rendering`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from video_queue.comfy.client import ComfyGoneError
from video_queue.comfy.input_folder import InputFolder
from video_queue.db import claims, phases
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import Lane, PhaseState
from video_queue.domain.workflow import Phase
from video_queue.outputs.staging import owner_of
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed
from video_queue.settings import Settings
from video_queue.worker.execution.media_phase import PhaseExecution
from video_queue.worker.execution.outcome import PhaseDone
from video_queue.worker.prompt_log import PromptLog
from video_queue.worker.rendering.monitor import ComfyMonitor
from video_queue.worker.rendering.phase_render import AT_MOST_HARVESTING, PhaseRendering, Rendered, Tools
from video_queue.worker.rendering.preparation import Preparations, Prepared

_AHEAD = 2


class ComfyPhases:
    """Made once for a worker, on its loop."""

    def __init__(
        self, db: QueueDB, feed: EventFeed, settings: Settings, clock: Clock, execution: PhaseExecution
    ) -> None:
        self._execution = execution
        inputs = InputFolder(owner_of(settings.home), settings.work_root)
        self._wanted = asyncio.Event()
        self.monitor = ComfyMonitor(db, settings, clock, inputs)
        self._tools = Tools(
            db=db,
            feed=feed,
            settings=settings,
            clock=clock,
            monitor=self.monitor,
            preparations=Preparations(db, execution, inputs),
            look_again=self._wanted.set,
            hurry=asyncio.Event(),
            harvests=asyncio.Semaphore(AT_MOST_HARVESTING),
        )

    async def run(self, claim: Claim, workflow: LoadedWorkflow, log: PromptLog) -> Rendered | PhaseDone:
        """Render what is left of the phase that is due.

        Raises:
            VqError: what went wrong.
            StaleAttemptError: the attempt is not current any more.
        """
        try:
            prepared = await self._tools.preparations.take(claim, workflow)
        except ComfyGoneError as error:
            raise fail("comfy_unreachable.none", urls=self.monitor.urls) from error
        if not prepared.wanted:
            return PhaseDone(PhaseState.SKIPPED, {}, {})
        key = prepared.key
        if taken := await self._take_over(claim, workflow, prepared, log):
            return taken
        made = await PhaseRendering(self._tools, claim, prepared, log).run()
        if isinstance(made, PhaseDone):
            return await self._execution.sealed(made, claim, prepared.phase, key)
        return replace(made, finish=partial(self._finish, made, claim, prepared.phase, key))

    async def _take_over(
        self, claim: Claim, workflow: LoadedWorkflow, prepared: Prepared, log: PromptLog
    ) -> PhaseDone | None:
        """What another prompt has rendered already; only before anything of ours was sent."""
        if claim.attempt > 1:
            return None
        taken = await self._execution.take_over(claim, workflow, prepared.scope, prepared.key, log)
        if taken is not None:
            if prepared.first is not None:
                self._tools.preparations.release(prepared.first)
            place = (claim.prompt_id, claim.attempt, claim.phase_seq, prepared.phase.name)
            await self._tools.db.transact(phases.start_phase, *place, self._tools.clock.iso())
        return taken

    async def _finish(self, made: Rendered, claim: Claim, phase: Phase, key: str | None) -> PhaseDone:
        return await self._execution.sealed(await made.finish(), claim, phase, key)

    async def look_ahead(self, load: Callable[[Claim], Coroutine[Any, Any, LoadedWorkflow]]) -> None:
        """Make ready what is due next, whenever `look_again` was called; until cancelled."""
        tools = self._tools
        try:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                if not self.monitor.connected:
                    continue
                for claim in await tools.db.read(claims.peek_ready, Lane.GPU, tools.clock.now(), _AHEAD):
                    workflow = await load(claim)
                    if claim.phase_seq < len(workflow.definition.phases):
                        tools.preparations.foresee(claim, workflow)
        finally:
            tools.preparations.drop_all()

    def look_again(self) -> None:
        """Something changed: another prompt may be the next one."""
        self._wanted.set()

    def hurry(self) -> None:
        """The worker ends: nobody waits for ComfyUI any more."""
        self._tools.hurry.set()
