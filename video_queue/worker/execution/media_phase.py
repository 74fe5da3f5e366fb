"""Running one phase of one prompt: scope, arguments, driver, items of `for_each`, limits of time.

Finished items are committed one by one, so that a phase goes on where it stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from video_queue.db import children, phases
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.media.phases import PhaseKind
from video_queue.domain.plan import PromptPlan
from video_queue.domain.resolution import parse_stored
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import PhaseState
from video_queue.domain.workflow import Phase
from video_queue.media.facts import probe
from video_queue.media.ffmpeg_binary import locate
from video_queue.media.phase_run import DEFAULT_STALL_SECONDS, PhaseRun, Report
from video_queue.media.phases import DRIVERS
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed
from video_queue.services.submission.work_amount import work_of
from video_queue.settings import Settings
from video_queue.system.processes.children import Children
from video_queue.worker.execution.arguments import (
    _arguments,
    _make_empty,
    is_passed_over,
    item_scope,
    made_from,
    phase_folder,
    resolved,
)
from video_queue.worker.execution.outcome import MAX_CRASHES, PhaseDone, join_results, shortened
from video_queue.worker.execution.progress import Progress
from video_queue.worker.execution.reuse import PhaseReuse, describe_files
from video_queue.worker.execution.scope import media_facts, prompt_scope
from video_queue.worker.prompt_log import PromptLog


class PhaseExecution:
    """Runs phases; stateless but for its tools."""

    def __init__(self, db: QueueDB, feed: EventFeed, settings: Settings, clock: Clock) -> None:
        self._db, self._feed, self._settings, self._clock = db, feed, settings, clock
        self._reuse = PhaseReuse(db, settings.work_root)

    async def run(self, claim: Claim, workflow: LoadedWorkflow, log: PromptLog) -> PhaseDone:
        """The phase that is due, run.

        Raises:
            VqError: what went wrong.
            StaleAttemptError: the attempt is not current any more.
        """
        phase = workflow.definition.phases[claim.phase_seq]
        scope = await self.scope(claim, workflow)
        if is_passed_over(phase, scope, claim):
            return PhaseDone(PhaseState.SKIPPED, {}, {})
        if phase.kind is PhaseKind.REVIEW:
            items = resolved(phase.with_["items"], scope, phase)
            return PhaseDone(PhaseState.REVIEW, {"items": items if isinstance(items, list) else [items]}, {})
        crashes = await self._db.transact(
            phases.start_phase, claim.prompt_id, claim.attempt, claim.phase_seq, phase.name, self._clock.iso()
        )
        if crashes >= MAX_CRASHES:
            raise fail("poison.crashes", count=crashes, phase=phase.name)
        key = await self.reuse_key(claim, workflow, scope)
        taken = await self.take_over(claim, workflow, scope, key, log)
        if taken is not None:
            return taken
        progress = Progress(
            self._db,
            self._feed,
            self._clock,
            job_id=claim.job_id,
            prompt_id=claim.prompt_id,
            attempt=claim.attempt,
            seq=claim.phase_seq,
            phase=phase.name,
        )
        try:
            async with asyncio.timeout(phase.timeout):
                result = await self._run_items_or_once(claim, phase, scope, progress, log)
        except TimeoutError:
            raise fail("timeout.phase", phase=phase.name, limit=phase.timeout) from None
        finally:
            await progress.settle()
        arguments = {} if phase.for_each else shortened(resolved(phase.with_, scope, phase))
        return await self.sealed(
            PhaseDone(PhaseState.SUCCEEDED, result, arguments, work_of(scope)), claim, phase, key
        )

    async def reuse_key(self, claim: Claim, workflow: LoadedWorkflow, scope: dict[str, Any]) -> str | None:
        """What the phase that is due is made from, in one word; None where that cannot be told."""
        phase = workflow.definition.phases[claim.phase_seq]
        return await self._reuse.key(claim, lambda: made_from(phase, workflow, scope))

    async def take_over(
        self, claim: Claim, workflow: LoadedWorkflow, scope: dict[str, Any], key: str | None, log: PromptLog
    ) -> PhaseDone | None:
        """The phase that is due, taken from another prompt that has made the same, or None."""
        phase = workflow.definition.phases[claim.phase_seq]
        folder = phase_folder(self._settings.work_root, claim, phase)
        published = phase.name == workflow.definition.output.phase
        taken = await self._reuse.take(claim, key, folder, published=published)
        if taken is None:
            return None
        log.line(f"taken from prompt {taken.origin}, which had made the same")
        done = PhaseDone(PhaseState.REUSED, taken.result, {}, work_of(scope))
        return await self.sealed(done, claim, phase, key)

    async def sealed(self, done: PhaseDone, claim: Claim, phase: Phase, key: str | None) -> PhaseDone:
        """`done` with what other prompts need to take its files."""
        if key is None:
            return done
        folder = phase_folder(self._settings.work_root, claim, phase)
        files = await asyncio.to_thread(describe_files, done.result, folder)
        return done if files is None else replace(done, reuse_key=key, files=files)

    async def _run_items_or_once(
        self, claim: Claim, phase: Phase, scope: dict[str, Any], progress: Progress, log: PromptLog
    ) -> dict[str, Any]:
        folder = phase_folder(self._settings.work_root, claim, phase)
        if phase.for_each is None:
            await asyncio.to_thread(_make_empty, folder)
            return await self._drive(claim, phase, scope, folder, progress.report, log)
        return await self._run_items(claim, phase, scope, folder, progress, log)

    async def _run_items(
        self,
        claim: Claim,
        phase: Phase,
        scope: dict[str, Any],
        folder: Path,
        progress: Progress,
        log: PromptLog,
    ) -> dict[str, Any]:
        items = resolved(phase.for_each, scope, phase)
        if not isinstance(items, list):
            raise fail(
                "media_failed.step", phase=phase.name, detail=f"for_each {phase.for_each} is not a list"
            )
        done = await self._db.read(phases.finished_items, claim.prompt_id, claim.phase_seq)
        await self._db.transact(phases.set_items_total, claim.prompt_id, claim.phase_seq, len(items))
        for number, item in enumerate(items, start=1):
            if number in done:
                continue
            here = folder / f"{number:06d}"
            await asyncio.to_thread(_make_empty, here)
            inner = {**scope, "item": item_scope(item, number)}
            report = progress.part((number - 1) / len(items), 1 / len(items))
            done[number] = await self._drive(claim, phase, inner, here, report, log)
            await self._db.transact(
                phases.finish_item, claim.prompt_id, claim.attempt, claim.phase_seq, number, done[number]
            )
        return join_results([done[number] for number in sorted(done)])

    async def _drive(
        self,
        claim: Claim,
        phase: Phase,
        scope: Mapping[str, Any],
        folder: Path,
        report: Report,
        log: PromptLog,
    ) -> dict[str, Any]:
        params = _arguments(phase, scope)
        run = PhaseRun(
            prompt_id=claim.prompt_id,
            job_id=claim.job_id,
            attempt=claim.attempt,
            phase_name=phase.name,
            work_dir=folder,
            threads=self._settings.ffmpeg_threads,
            ffmpeg=locate(self._settings.ffmpeg),
            children=self._children(claim),
            report=report,
            log=log.line,
            stall_seconds=phase.stall or DEFAULT_STALL_SECONDS,
        )
        result: BaseModel = await DRIVERS[phase.uses](params, run)
        return result.model_dump(mode="json")

    def _children(self, claim: Claim) -> Children:
        async def on_start(pid: int, started: str, command: str) -> None:
            await self._db.transact(children.insert_child, pid, started, command, claim.prompt_id)

        async def on_end(pid: int) -> None:
            await self._db.transact(children.delete_child, pid)

        return Children(on_start=on_start, on_end=on_end)

    async def scope(self, claim: Claim, workflow: LoadedWorkflow) -> dict[str, Any]:
        """What references of the prompt's phases lead to now.

        Raises:
            VqError: input_missing, input_unreadable.
        """
        plan = PromptPlan.from_json(claim.plan)
        facts = await asyncio.to_thread(media_facts, plan, workflow.counts_input_frames)
        results = await self._db.read(phases.phase_results, claim.prompt_id)
        return await asyncio.to_thread(
            prompt_scope,
            workflow.definition,
            plan=plan,
            params=claim.params,
            resolution=parse_stored(claim.resolution),
            job_id=claim.job_id,
            job_name=claim.job_name,
            input_media=facts,
            phases=results,
            measure=lambda path: probe(Path(path), count_frames=workflow.counts_input_frames),
        )
