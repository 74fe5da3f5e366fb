"""Performing the next step of a prompt: the phase that is due, or publishing after the last.

The Runner calls `perform`, then commits the Step it gets (see `step`).
"""

from __future__ import annotations

import logging
from pathlib import Path

from video_queue.db import documents
from video_queue.db.claims import Claim
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorInfo, VqError
from video_queue.domain.failure_policy import MAX_CRASHES
from video_queue.domain.media.phases import PhaseKind
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase
from video_queue.services.clock import Clock
from video_queue.settings import Settings
from video_queue.system.files.path_utils import parts_below
from video_queue.worker.execution.media_phase import MediaPhases
from video_queue.worker.execution.outcome import PhaseDone
from video_queue.worker.execution.without_gpu import WithoutGpu
from video_queue.worker.execution.work_files import FilesLost, find_lost
from video_queue.worker.prompt_log import LogWriter, PromptLog
from video_queue.worker.publishing import Published, Publishing
from video_queue.worker.rendering.comfy_phases import ComfyPhases
from video_queue.worker.rendering.instances import ComfyInstances
from video_queue.worker.rendering.phase_render import RenderDone
from video_queue.worker.step import PhaseFinished, Step
from video_queue.worker.work_disk import remove_files, require_room

_LOG = logging.getLogger(__name__)


class StepRunner:
    """Performs steps. Knows where a prompt stands only from its claim and rows."""

    def __init__(
        self,
        db: QueueDB,
        settings: Settings,
        clock: Clock,
        media: MediaPhases,
        comfy: ComfyInstances,
        without_gpu: WithoutGpu,
        publishing: Publishing,
        logs: LogWriter,
    ) -> None:
        self._db, self._settings, self._clock = db, settings, clock
        self._media, self._comfy, self._without_gpu = media, comfy, without_gpu
        self._publishing, self._logs = publishing, logs
        self._workflows: dict[str, LoadedWorkflow] = {}

    async def perform(self, claim: Claim) -> Step:
        """Run the phase that is due, or publish.

        Raises:
            VqError: what went wrong, to be judged by the Runner.
            StaleAttemptError: another attempt has the prompt by now.
        """
        workflow = await self.workflow(claim)
        if claim.begun is None:  # else all this was done ahead
            await require_room(self._settings)
            if step := await self._first_checks(claim, workflow):
                return step
        if claim.phase_seq >= len(workflow.definition.phases):
            return await self._publish(claim, workflow)
        return await self._run_phase(claim, workflow)

    async def _first_checks(self, claim: Claim, workflow: LoadedWorkflow) -> FilesLost | Published | None:
        """The step instead of the phase that is due: files are lost, or the output is there already."""
        if claim.crashes >= MAX_CRASHES:
            raise fail("poison.crashes", count=claim.crashes, phase=self.phase_name(claim))
        if lost := await find_lost(self._db, claim, workflow, self._settings.work_root):
            return lost
        return await self._publishing.find_existing(claim, workflow) if claim.phase_seq == 0 else None

    async def _publish(self, claim: Claim, workflow: LoadedWorkflow) -> Published:
        log = self._log(claim)
        log.heading(f"publishing, attempt {claim.attempt}")
        try:
            return await self._publishing.publish(claim, workflow, log)
        finally:
            log.end_part()

    async def fetch(self, claim: Claim, rendered: RenderDone) -> Step:
        """Fetch the files of a render that is done, and so finish its phase; takes no lane.

        Raises:
            VqError: what went wrong, to be judged by the Runner.
            StaleAttemptError: another attempt has the prompt by now.
        """
        done = await self._comfy.of(claim).fetch(claim, rendered)
        return _finished(done, claim, await self.workflow(claim))

    async def workflow(self, claim: Claim) -> LoadedWorkflow:
        """The snapshot the prompt's job keeps."""
        if claim.workflow_hash not in self._workflows:
            workflow = await self._db.read(documents.read_workflow, claim.workflow_hash)
            self._workflows[claim.workflow_hash] = workflow
        return self._workflows[claim.workflow_hash]

    async def _run_phase(self, claim: Claim, workflow: LoadedWorkflow) -> Step:
        phase, log = workflow.definition.phases[claim.phase_seq], self._log(claim)
        log.heading(f"phase {phase.name} ({phase.uses}), attempt {claim.attempt}")
        try:
            outcome = await self._phases(claim, phase).run(claim, workflow, log)
        finally:
            log.end_part()
        return _finished(outcome, claim, workflow) if isinstance(outcome, PhaseDone) else outcome

    def _phases(self, claim: Claim, phase: Phase) -> MediaPhases | ComfyPhases | WithoutGpu:
        if phase.kind is not PhaseKind.COMFY:
            return self._media
        return self._comfy.of(claim) if claim.needs_gpu else self._without_gpu

    async def after_commit(self, claim: Claim, step: Step) -> None:
        """Log the step and remove what it left behind."""
        self._log(claim).line(str(step))
        if isinstance(step, Published):
            # A review may have chosen a file of the artist's: only the prompt's own working files go.
            own = self._settings.work_root / str(claim.job_id) / str(claim.index)
            await remove_files(path for path in step.leftovers if parts_below(path, own))

    async def disk_is_full(self) -> bool:
        """Whether the work folder has less room than the settings keep free, or cannot be used at all."""
        try:
            await require_room(self._settings)
        except VqError:
            return True
        return False

    def phase_name(self, claim: Claim) -> str:
        """The name of the phase a claim stands at; `publish` after the last."""
        phase = self._phase(claim)
        return phase.name if phase else "publish"

    def attempts_allowed(self, claim: Claim) -> int:
        """How often the phase a claim stands at may be tried: its own `retries` and once, else the setting."""
        phase = self._phase(claim)
        if phase is None or phase.retries is None:
            return self._settings.retry.max_attempts
        return phase.retries + 1

    def _phase(self, claim: Claim) -> Phase | None:
        loaded = self._workflows.get(claim.workflow_hash)
        phases = loaded.definition.phases if loaded else []
        return phases[claim.phase_seq] if claim.phase_seq < len(phases) else None

    def log_error(self, claim: Claim, error: ErrorInfo) -> None:
        """Write a failure to the prompt's log."""
        self._log(claim).line(f"error {error.code}: {error.message}. {error.hint}")

    def log_trace(self, claim: Claim, trace: str) -> None:
        """Write the trace of a bug to the prompt's log and ours."""
        _LOG.error("prompt %d: %s", claim.prompt_id, trace)
        self._log(claim).line(trace)

    def _log(self, claim: Claim) -> PromptLog:
        return PromptLog(Path(claim.log_path), self._clock, self._logs)


def _finished(done: PhaseDone, claim: Claim, workflow: LoadedWorkflow) -> PhaseFinished:
    name = workflow.definition.phases[claim.phase_seq].name
    return PhaseFinished(name, workflow.lanes[claim.phase_seq + 1 :], done)
