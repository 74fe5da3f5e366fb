"""Running the phases that need no ComfyUI: scope, arguments, driver, items of `for_each`, limits of time.

Finished items are committed one by one, so that a phase goes on where it stopped.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from video_queue.db import children, phases
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.failure_policy import ENVIRONMENT
from video_queue.domain.media.phases import PHASES, PhaseKind
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import PhaseState
from video_queue.domain.workflow import Phase
from video_queue.media.facts_cache import FactsCache
from video_queue.media.ffmpeg_binary import locate, version_line
from video_queue.media.phase_run import DEFAULT_STALL_SECONDS, PhaseRun, Report
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed
from video_queue.services.submission.measures import measures_text
from video_queue.settings import Settings
from video_queue.system.files.folders import make_empty
from video_queue.system.processes.children import Children
from video_queue.system.processes.confinement import readable_places
from video_queue.worker.execution.arguments import (
    for_each_items,
    is_skipped,
    item_scope,
    phase_params,
    resolved,
)
from video_queue.worker.execution.gate_edits import GateStep
from video_queue.worker.execution.inputs import require_inputs
from video_queue.worker.execution.named_files import NamedFiles
from video_queue.worker.execution.outcome import (
    ItemsEdited,
    PhaseDone,
    PhaseSkipped,
    ReviewEntered,
    join_results,
    shortened,
)
from video_queue.worker.execution.phase_folders import (
    item_folder,
    phase_folder,
    remove_earlier,
    take_earlier,
    without_attempt,
)
from video_queue.worker.execution.progress import Progress
from video_queue.worker.execution.reuse import PhaseReuse
from video_queue.worker.execution.reuse_key import Program
from video_queue.worker.execution.scope import read_scope
from video_queue.worker.execution.work_files import keep_files
from video_queue.worker.prompt_log import PromptLog

if TYPE_CHECKING:
    from video_queue.media.phases import Driver


def media_program(settings: Settings) -> Program:
    """ffmpeg as it is now; without one a phase that needs it says so itself."""
    try:
        version = version_line(locate(settings.ffmpeg))
    except VqError:
        version = ""
    return Program(version, caption_styles=settings.caption_styles_dir)


def _driver_of(phase: Phase) -> Driver:
    """What runs a phase. Loaded with the first phase: a start needs no numpy."""
    from video_queue.media.phases import DRIVERS

    return DRIVERS[phase.uses]


class MediaPhases:
    """Runs media phases and enters review gates; stateless but for its tools."""

    def __init__(
        self,
        db: QueueDB,
        feed: EventFeed,
        settings: Settings,
        clock: Clock,
        facts: FactsCache,
        named: NamedFiles,
    ) -> None:
        self._db, self._feed, self._settings, self._clock, self._facts = db, feed, settings, clock, facts
        self._named = named
        self._reuse = PhaseReuse(db, settings.work_root)
        self._hardware = asyncio.Lock()

    async def run(
        self, claim: Claim, workflow: LoadedWorkflow, log: PromptLog
    ) -> PhaseDone | PhaseSkipped | ReviewEntered | ItemsEdited:
        """The phase that is due, run.

        Raises:
            VqError: what went wrong.
            StaleAttemptError: the attempt is not current any more.
        """
        began = self._clock.monotonic()
        phase = workflow.definition.phases[claim.phase_seq]
        scope = await read_scope(self._db, self._facts, claim, workflow)
        measures = measures_text(workflow, scope, phase.uses)
        if is_skipped(phase, scope, claim):
            return PhaseSkipped(phase.name, workflow.lanes[claim.phase_seq + 1 :], measures)
        await asyncio.to_thread(require_inputs, phase, scope)
        if phase.kind is PhaseKind.REVIEW:
            return await self._gate(claim, workflow, scope, log)
        await self._named.require_allowed(claim, workflow, phase, scope)
        await self._start(claim, phase, measures)
        program = await asyncio.to_thread(media_program, self._settings)
        key = await self._reuse.key(claim, workflow, scope, program)
        done = await self._reuse.find_reusable(claim, workflow, key, log)
        if done is None:
            done = await self._make(claim, phase, scope, log, key)
            done = await self._reuse.with_record(done, claim, key)
        return replace(done, seconds=self._clock.monotonic() - began)

    async def _gate(
        self, claim: Claim, workflow: LoadedWorkflow, scope: dict[str, Any], log: PromptLog
    ) -> ReviewEntered | ItemsEdited:
        phase = workflow.definition.phases[claim.phase_seq]
        progress = Progress(self._db, self._feed, self._clock, claim, phase.name)

        async def make(part: Phase, item: dict[str, Any]) -> dict[str, Any]:
            run = _MediaRun(self._db, self._settings, claim, part, scope, progress, log, self._hardware)
            return await run.run_item(item)

        try:
            return await GateStep(self._db, self._settings.work_root, claim, workflow, scope, make).run()
        finally:
            await progress.finish()

    async def _start(self, claim: Claim, phase: Phase, measures: str) -> None:
        place = (claim.prompt_id, claim.attempt, claim.phase_seq, phase.name)
        await self._db.transact(phases.start_phase, *place, self._clock.iso(), measures)

    async def _make(
        self, claim: Claim, phase: Phase, scope: dict[str, Any], log: PromptLog, key: str | None
    ) -> PhaseDone:
        progress = Progress(self._db, self._feed, self._clock, claim, phase.name)
        tools = (progress, log, self._hardware)
        try:
            async with asyncio.timeout(phase.timeout) as limit:
                run = _MediaRun(self._db, self._settings, claim, phase, scope, *tools, limit, key)
                result, files = await run.run()
        except TimeoutError:
            raise fail("timeout.phase", phase=phase.name, limit=phase.timeout) from None
        finally:
            await progress.finish()
        arguments = {} if phase.for_each else shortened(resolved(phase.with_, scope, phase))
        return PhaseDone(PhaseState.SUCCEEDED, result, arguments, files=files)


@dataclass(frozen=True, slots=True)
class _MediaRun:
    """One media phase of one prompt, run once."""

    db: QueueDB
    settings: Settings
    claim: Claim
    phase: Phase
    scope: Mapping[str, Any]
    progress: Progress
    log: PromptLog
    hardware: asyncio.Lock
    limit: asyncio.Timeout | None = None
    key: str | None = None

    async def run(self) -> tuple[dict[str, Any], str | None]:
        """The phase's result (JSON), all its items in one, and its files as they are kept; None for those of items."""
        if self.phase.for_each is None:
            return await self._drive(self.scope, self._folder, self.progress.report)
        return await self._run_items(for_each_items(self.phase, self.scope)), None

    async def run_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """The result (JSON) for one item with an `index`; each run has a folder of its own."""
        own = self._folder / f"{item['index']:06d}-{secrets.token_hex(4)}"
        result, _ = await self._drive({**self.scope, "item": item}, own, self.progress.report)
        return result

    async def _run_items(self, items: list[Any]) -> dict[str, Any]:
        claim = self.claim
        results = await self.db.read(phases.finished_items, claim.prompt_id, claim.phase_seq)
        edits = await self.db.read(phases.item_edits, claim.prompt_id, claim.phase_seq)
        await self.db.transact(phases.set_items_total, claim.prompt_id, claim.phase_seq, len(items))
        for number, item in enumerate(items, start=1):
            if number in results:
                continue
            scope = {**self.scope, "item": item_scope(item, number)}
            report = self.progress.part((number - 1) / len(items), 1 / len(items))
            results[number], files = await self._drive(
                scope, item_folder(self._folder, number, edits), report
            )
            place = (claim.prompt_id, claim.attempt, claim.phase_seq, number)
            await self.db.transact(phases.finish_item, *place, results[number], files)
        return join_results([results[number] for number in sorted(results)])

    async def _drive(
        self, scope: Mapping[str, Any], folder: Path, report: Report
    ) -> tuple[dict[str, Any], str]:
        """What the driver made, and its files as they are kept."""
        owner = without_attempt(folder, self._folder)
        folder = await asyncio.to_thread(self._begin, folder)
        params = phase_params(self.phase, scope)
        run = PhaseRun(
            prompt_id=self.claim.prompt_id,
            job_id=self.claim.job_id,
            attempt=self.claim.attempt,
            phase_name=self.phase.name,
            work_dir=folder,
            owner=str(owner),
            threads=self.settings.ffmpeg_threads,
            ffmpeg=locate(self.settings.ffmpeg),
            children=self._children(),
            report=report,
            log=self.log.line,
            stall_seconds=self.phase.stall or DEFAULT_STALL_SECONDS,
            hardware=self.hardware,
            limit=self.limit,
            caption_styles=self.settings.caption_styles_dir,
            readable=await asyncio.to_thread(self._readable, params) if self.settings.confine else None,
        )
        driver = await asyncio.to_thread(_driver_of, self.phase)
        model: BaseModel = await driver(params, run)
        result = model.model_dump(mode="json")
        return result, await keep_files(result, folder, self.settings.work_root)

    @property
    def _folder(self) -> Path:
        return phase_folder(self.settings.work_root, self.claim, self.phase)

    def _readable(self, params: BaseModel) -> tuple[str, ...]:
        """The files that the phase's values name, and what earlier phases made."""
        own = (str(self.settings.work_root), str(self.settings.caption_styles_dir))
        return (*own, *readable_places(params.model_dump(mode="json")))

    def _begin(self, folder: Path) -> Path:
        """The folder to work in: empty, or with what a run before this one finished of the very same work."""
        if self.key is not None and PHASES[self.phase.uses].resumes and not self.claim.fresh:
            return take_earlier(folder, self._folder, self.key[:16])
        remove_earlier(folder, self._folder)
        make_empty(folder)
        return folder

    def _children(self) -> Children:
        async def on_start(pid: int, started: str, command: str) -> None:
            await self.db.transact(children.insert_child, pid, started, command, self.claim.prompt_id)

        async def on_end(pid: int) -> None:
            try:
                await self.db.transact(children.delete_child, pid)
            except VqError as error:
                # What it made is not thrown away because a disk is full: the row goes when the prompt is let go.
                if error.code not in ENVIRONMENT.codes:
                    raise

        return Children(on_start=on_start, on_end=on_end)
