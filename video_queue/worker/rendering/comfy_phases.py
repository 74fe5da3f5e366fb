"""Everything about ComfyUI that a worker has: the connection, what is prepared ahead, phases to render.

One comfy phase renders at a time; fetching files goes on beside it (`phase_render`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from video_queue.comfy.client import ComfyGoneError
from video_queue.comfy.input_folder import InputFolder
from video_queue.db import claims
from video_queue.db.affinity import Bound
from video_queue.db.choice import Gpu
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.pending import Pending
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import DEFAULT_INSTANCE
from video_queue.media.facts_cache import FactsCache
from video_queue.outputs.staging import owner_of
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed
from video_queue.settings import Settings
from video_queue.worker.execution.named_files import NamedFiles
from video_queue.worker.execution.outcome import PhaseDone, PhaseSkipped
from video_queue.worker.execution.reuse import PhaseReuse
from video_queue.worker.execution.reuse_key import Program
from video_queue.worker.prompt_log import PromptLog
from video_queue.worker.rendering.comfy_memory import ComfyMemory
from video_queue.worker.rendering.fetching import Fetches
from video_queue.worker.rendering.monitor import ComfyMonitor
from video_queue.worker.rendering.outgoing import new_remote_id
from video_queue.worker.rendering.own_comfy import OwnComfy
from video_queue.worker.rendering.phase_render import PhaseRender, RenderDone, begin_first
from video_queue.worker.rendering.preparation import Preparations, Prepared, key_of
from video_queue.worker.rendering.send_ahead import SendAhead, TakenPrompts
from video_queue.worker.rendering.tools import Tools
from video_queue.worker.rendering.unwanted import UnwantedRenders
from video_queue.worker.wakeup import BURST_SECONDS

# How many prompts are prepared while one renders.
PROMPTS_AHEAD = 3
_EXPLAINED_BY_LOG = frozenset(
    {
        ErrorCode.COMFY_UNREACHABLE,
        ErrorCode.COMFY_LOST,
        ErrorCode.POISON,
        ErrorCode.STALLED,
        ErrorCode.TIMEOUT,
    }
)

ClaimNext = Callable[[Connection], Claim | None]


class ComfyPhases:
    """Made once for each instance of a worker, on its loop."""

    def __init__(
        self,
        db: QueueDB,
        feed: EventFeed,
        settings: Settings,
        clock: Clock,
        facts: FactsCache,
        named: NamedFiles,
        instance: str,
        taken: TakenPrompts,
    ) -> None:
        self.instance, self.taken = instance, taken
        self._reuse = PhaseReuse(db, settings.work_root)
        inputs = InputFolder(_folder_name(settings, instance), settings.work_root)
        self._prefetch_requested = asyncio.Event()
        self.monitor = ComfyMonitor(db, settings, clock, inputs, instance)
        self.own = OwnComfy(db, settings, clock, self.monitor)
        self.memory = ComfyMemory(db, settings.comfy_of(instance), clock, self.monitor, self.own)
        preparations = Preparations(db, facts, self._reuse, inputs, settings.work_root, named, self.program)
        fetches = Fetches(db, self.monitor, settings.work_root)
        self.ahead = SendAhead(db, self.monitor, preparations, fetches, taken)
        self._tools = Tools(
            db=db,
            feed=feed,
            settings=settings,
            clock=clock,
            monitor=self.monitor,
            preparations=preparations,
            fetches=fetches,
            ahead=self.ahead,
            request_prefetch=self.request_prefetch,
            shutting_down=asyncio.Event(),
        )
        self.unwanted = UnwantedRenders(db, clock, self.monitor)
        self.bound = Bound(settings.affinity.renders, settings.affinity.time)

    async def run(
        self, claim: Claim, workflow: LoadedWorkflow, log: PromptLog
    ) -> RenderDone | PhaseDone | PhaseSkipped:
        """Render what is left of the phase that is due.

        Raises:
            VqError: what went wrong; with the last lines of a ComfyUI that was started here.
            StaleAttemptError: the attempt is not current any more.
        """
        try:
            return await self._render(claim, workflow, log)
        except VqError as error:
            if error.code in _EXPLAINED_BY_LOG and (lines := await self.own.log_lines()):
                error.details["comfy_log"] = lines
            raise

    async def _render(
        self, claim: Claim, workflow: LoadedWorkflow, log: PromptLog
    ) -> RenderDone | PhaseDone | PhaseSkipped:
        try:
            prepared = await self._tools.preparations.take(claim, workflow)
        except ComfyGoneError as error:
            raise fail("comfy_unreachable.none", urls=self.monitor.urls) from error
        if not prepared.wanted:
            return PhaseSkipped(prepared.phase.name, workflow.lanes[claim.phase_seq + 1 :], prepared.measures)
        if claim.begun is None and (reused := await self._reused(claim, workflow, prepared, log)):
            return reused
        outcome = await PhaseRender(self._tools, claim, prepared, log).run()
        if isinstance(outcome, PhaseDone):
            return await self._with_record(outcome, claim, prepared)
        return outcome

    async def _reused(
        self, claim: Claim, workflow: LoadedWorkflow, prepared: Prepared, log: PromptLog
    ) -> PhaseDone | None:
        now, key = self._tools.clock.iso(), prepared.reuse_key
        reused = await self._reuse.take_rendered(claim, workflow, key, log, now)
        if reused and prepared.unit is not None:
            self._tools.preparations.release(prepared.unit)
        return reused

    def beginning(self, claim_next: ClaimNext) -> ClaimNext:
        """`claim_next`, which begins the render of a prompt that stands ready in the same transaction.

        So one commit, and not two, lies between the end of a render and the next.
        """
        sendable, now = self._tools.preparations.sendable(), self._tools.clock.iso()
        ahead, new_id = self.ahead.sent, new_remote_id()
        if not sendable:
            return claim_next

        def claim_and_begin(conn: Connection) -> Claim | None:
            claim = claim_next(conn)
            key = key_of(claim) if claim else None
            prepared = sendable.get(key) if key else None
            if claim is None or prepared is None:
                return claim
            if ahead is None or ahead.key != key:
                return begin_first(conn, claim, prepared, new_id, now)
            return begin_first(conn, claim, prepared, ahead.remote_id, now)

        return claim_and_begin

    async def fetch(self, claim: Claim, rendered: RenderDone) -> PhaseDone:
        """The result of a rendered phase, its files fetched.

        Raises:
            VqError: bad_output, comfy_lost.outputs, comfy_unreachable, disk_full.
            StaleAttemptError: the attempt is not current any more.
        """
        done = await rendered.phase_render.fetch(rendered)
        return await self._with_record(done, claim, rendered.phase_render.prepared)

    async def prefetch(self, load: Callable[[Claim], Coroutine[Any, Any, LoadedWorkflow]]) -> None:
        """Prepare what is due next, whenever `request_prefetch` was called; until cancelled."""
        tools = self._tools
        try:
            while True:
                await self._prefetch_requested.wait()
                await asyncio.sleep(BURST_SECONDS)
                self._prefetch_requested.clear()
                if not self.monitor.connected:
                    continue
                await self.ahead.reserve()
                for claim in await tools.db.read(self._peek):
                    workflow = await load(claim)
                    if claim.phase_seq < len(workflow.definition.phases):
                        tools.preparations.prefetch(claim, workflow)
        finally:
            tools.preparations.drop_all()

    def _peek(self, conn: Connection) -> list[Claim]:
        others = self.taken.by_others(self.instance)
        gpu = Gpu(self._tools.clock.now(), self.bound, self.instance, others)
        return claims.peek_ready(conn, PROMPTS_AHEAD, gpu)

    def request_prefetch(self) -> None:
        """Something changed: another prompt may be the next one."""
        self._prefetch_requested.set()

    def on_pending(self, pending: Pending) -> None:
        """Rows changed: another prompt may be the next one, and a render may be unwanted."""
        upcoming = pending.upcoming[self.instance]
        if not self._tools.preparations.begun(upcoming):
            self.request_prefetch()
        stops = pending.requests.paused or self.instance in pending.requests.paused_instances
        self.ahead.on_upcoming(() if stops or self._tools.shutting_down.is_set() else upcoming)
        self.unwanted.on_rows(any_left=self.instance in pending.unwanted)

    def shut_down(self) -> None:
        """The worker ends: what ComfyUI renders stays there, to be followed again."""
        self._tools.shutting_down.set()
        self.ahead.on_upcoming(())

    def program(self) -> Program:
        """ComfyUI as it was seen last."""
        return self.monitor.program

    async def _with_record(self, done: PhaseDone, claim: Claim, prepared: Prepared) -> PhaseDone:
        # Rendered with the values of on_oom, it is not what the key stands for.
        key = None if "applied" in done.arguments else prepared.reuse_key
        return await self._reuse.with_record(done, claim, key)


def _folder_name(settings: Settings, instance: str) -> str:
    """Two instances may share an input folder: what one is done with, another may need."""
    owner = owner_of(settings.home)
    return owner if instance == DEFAULT_INSTANCE else f"{owner}-{instance}"
