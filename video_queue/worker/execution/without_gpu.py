"""Comfy phases that need no render: skipped by their `when`, or reused from another prompt.

Both are found out and done without ComfyUI and without the gpu lane.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from video_queue.db import renders
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.domain.errors import VqError
from video_queue.domain.media.phases import PhaseKind
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import Lane
from video_queue.domain.workflow import Phase
from video_queue.media.facts_cache import FactsCache
from video_queue.services.clock import Clock
from video_queue.services.submission.measures import measures_text
from video_queue.settings import Settings
from video_queue.worker.execution.arguments import is_skipped
from video_queue.worker.execution.inputs import require_inputs
from video_queue.worker.execution.media_phase import media_program
from video_queue.worker.execution.outcome import PhaseDone, PhaseSkipped, RenderNeeded
from video_queue.worker.execution.reuse import PhaseReuse, may_reuse
from video_queue.worker.execution.reuse_key import Program
from video_queue.worker.execution.scope import read_scope
from video_queue.worker.prompt_log import PromptLog

# How long a prompt may take to be looked at: a share that never answers must not hold up the others.
_LONGEST_READ = 10.0


class WithoutGpu:
    """`comfy` gives ComfyUI as it was seen last."""

    def __init__(
        self, db: QueueDB, facts: FactsCache, settings: Settings, clock: Clock, comfy: Callable[[], Program]
    ) -> None:
        self._db, self._facts, self._settings, self._clock, self._comfy = db, facts, settings, clock, comfy
        self._reuse = PhaseReuse(db, settings.work_root)

    async def run(
        self, claim: Claim, workflow: LoadedWorkflow, log: PromptLog
    ) -> PhaseDone | PhaseSkipped | RenderNeeded:
        """The comfy phase that is due, skipped or reused.

        Raises:
            VqError: what went wrong.
            StaleAttemptError: the attempt is not current any more.
        """
        phase = workflow.definition.phases[claim.phase_seq]
        scope = await read_scope(self._db, self._facts, claim, workflow)
        if is_skipped(phase, scope, claim):
            measures = measures_text(workflow, scope, phase.uses)
            return PhaseSkipped(phase.name, workflow.lanes[claim.phase_seq + 1 :], measures)
        await asyncio.to_thread(require_inputs, phase, scope)
        key = await self._reuse.key(claim, workflow, scope, self._comfy())
        done = await self._reuse.take_rendered(claim, workflow, key, log, self._clock.iso())
        return done or RenderNeeded(phase.name)

    async def needs_gpu(self, claim: Claim, workflow: LoadedWorkflow) -> bool:
        """Whether the comfy phase that is due, or some comfy phase after a media phase that is, has to be rendered.

        What cannot be known yet has to be.
        """
        if Lane.GPU not in workflow.lanes[claim.phase_seq :]:
            return False
        try:
            async with asyncio.timeout(_LONGEST_READ):
                return await self._must_render(claim, workflow)
        except (VqError, OSError):
            return True

    async def _must_render(self, claim: Claim, workflow: LoadedWorkflow) -> bool:
        scope = await read_scope(self._db, self._facts, claim, workflow, peek=True)
        keys: dict[int, str] = {}
        for seq, phase in enumerate(workflow.definition.phases[claim.phase_seq :], start=claim.phase_seq):
            result = await self._expected_result(replace(claim, phase_seq=seq), workflow, scope, keys)
            if phase.kind is PhaseKind.COMFY and result is None:
                return True
            if phase.kind is PhaseKind.COMFY and seq == claim.phase_seq:
                return False
            if result is not None:
                scope["phases"][phase.name] = result
        return False

    async def _expected_result(
        self, claim: Claim, workflow: LoadedWorkflow, scope: dict[str, Any], keys: dict[int, str]
    ) -> dict[str, Any] | None:
        """The result of a phase without any work; None where there is some, so that its result is not known."""
        phase = workflow.definition.phases[claim.phase_seq]
        if is_skipped(phase, scope, claim):
            return {}
        if phase.kind is PhaseKind.REVIEW or not may_reuse(claim) or await self._has_own_render(claim):
            return None
        key = await self._reuse.key(claim, workflow, scope, await self._program(phase), keys)
        if key is None:
            return None
        keys[claim.phase_seq] = key
        return await self._reuse.expected_result(claim, phase, key)

    async def _program(self, phase: Phase) -> Program:
        if phase.kind is PhaseKind.COMFY:
            return self._comfy()
        return await asyncio.to_thread(media_program, self._settings)

    async def _has_own_render(self, claim: Claim) -> bool:
        return await self._db.read(renders.has_begun, claim.prompt_id, claim.phase_seq)
