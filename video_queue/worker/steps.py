"""One step of a prompt: its next phase, or publishing after the last; and what to commit when it is done.

The Runner calls `perform`, then commits the Step together with the next claim.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from video_queue.db import documents, phases, reviews, timings
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorInfo
from video_queue.domain.media.phases import PhaseKind
from video_queue.domain.snapshot import LoadedWorkflow, from_snapshot
from video_queue.domain.states import PhaseState
from video_queue.domain.workflow import Phase
from video_queue.services.clock import Clock
from video_queue.services.event_feed import EventFeed
from video_queue.settings import Settings
from video_queue.worker.execution.media_phase import PhaseExecution
from video_queue.worker.execution.outcome import PhaseDone
from video_queue.worker.prompt_log import PromptLog
from video_queue.worker.publishing import Published, Publishing
from video_queue.worker.rendering.comfy_phases import ComfyPhases
from video_queue.worker.rendering.phase_render import Rendered

_GB = 1024**3
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """What was done: `commit(conn, claim=, now=)` writes it; `leftovers` may go once that is committed.

    A `follow_up` is what is left to do for the prompt in no lane, once that is committed; it ends with a Step too.
    """

    commit: Callable[..., object]
    log: str
    leftovers: list[Path] = field(default_factory=list)
    follow_up: Callable[[], Coroutine[Any, Any, Step]] | None = None


class StepRunner:
    """Performs steps. Knows where a prompt stands only from its claim and rows."""

    def __init__(self, db: QueueDB, feed: EventFeed, settings: Settings, clock: Clock) -> None:
        self._db, self._settings, self._clock = db, settings, clock
        self._execution = PhaseExecution(db, feed, settings, clock)
        self.comfy = ComfyPhases(db, feed, settings, clock, self._execution)
        self._publishing = Publishing(db, settings, clock, self._execution.scope)
        self._workflows: dict[str, LoadedWorkflow] = {}

    async def perform(self, claim: Claim) -> Step:
        """Run the phase that is due, or publish.

        Raises:
            VqError: what went wrong, to be judged by the Runner.
            StaleAttemptError: somebody else has the prompt by now.
        """
        if self.disk_is_full():
            free = shutil.disk_usage(self._settings.work_root).free / _GB
            need = self._settings.min_free_gb
            raise fail("disk_full.space", free_gb=round(free, 1), need_gb=need, path=self._settings.work_root)
        workflow = await self.workflow(claim)
        if claim.phase_seq >= len(workflow.definition.phases):
            return await self._publish(claim, workflow)
        if claim.phase_seq == 0 and (found := await self._publishing.find_earlier(claim, workflow)):
            return Step(found.commit, found.summary)
        return await self._run_phase(claim, workflow)

    async def workflow(self, claim: Claim) -> LoadedWorkflow:
        """The snapshot the prompt's job keeps."""
        if claim.workflow_hash not in self._workflows:
            text = await self._db.read(documents.read_document, claim.workflow_hash)
            graphs = await self._db.read(_graphs, text or "{}")
            self._workflows[claim.workflow_hash] = from_snapshot(text or "{}", graphs)
        return self._workflows[claim.workflow_hash]

    async def _run_phase(self, claim: Claim, workflow: LoadedWorkflow) -> Step:
        phase = workflow.definition.phases[claim.phase_seq]
        log = PromptLog(Path(claim.log_path), self._clock)
        log.heading(f"phase {phase.name} ({phase.uses}), attempt {claim.attempt}")
        began = self._clock.monotonic()
        if phase.kind is PhaseKind.COMFY:
            rendered = await self.comfy.run(claim, workflow, log)
            if isinstance(rendered, Rendered):
                return self._harvesting(rendered, claim, workflow)
            return self._phase_step(rendered, 0.0, claim, workflow)
        done = await self._execution.run(claim, workflow, log)
        return self._phase_step(done, self._clock.monotonic() - began, claim, workflow)

    def _phase_step(self, done: PhaseDone, seconds: float, claim: Claim, workflow: LoadedWorkflow) -> Step:
        name, lane = workflow.definition.phases[claim.phase_seq].name, workflow.lanes[claim.phase_seq + 1]
        commit = partial(_commit_phase, name=name, done=done, seconds=seconds, next_lane=lane)
        return Step(commit, f"phase {name} {done.state.value} after {seconds:.2f} s")

    def _harvesting(self, rendered: Rendered, claim: Claim, workflow: LoadedWorkflow) -> Step:
        """ComfyUI is done: its outputs' names are committed now, their files are fetched while it works on."""

        async def follow_up() -> Step:
            return self._phase_step(await rendered.finish(), rendered.seconds, claim, workflow)

        def commit(conn: Connection, **_: object) -> None:
            rendered.note(conn)

        return Step(commit, f"rendered in {rendered.seconds:.2f} s; fetching the files", follow_up=follow_up)

    async def _publish(self, claim: Claim, workflow: LoadedWorkflow) -> Step:
        log = PromptLog(Path(claim.log_path), self._clock)
        log.heading(f"publishing, attempt {claim.attempt}")
        began = self._clock.monotonic()
        published = await self._publishing.publish(claim, workflow, log)
        commit = partial(_commit_published, published=published, seconds=self._clock.monotonic() - began)
        return Step(commit, published.summary, published.leftovers)

    async def after_commit(self, claim: Claim, step: Step) -> None:
        """Note the step in the log and remove what it left behind."""
        PromptLog(Path(claim.log_path), self._clock).line(step.log)
        for path in step.leftovers:
            path.unlink(missing_ok=True)

    def disk_is_full(self) -> bool:
        """Whether less is free than the settings keep free."""
        root = self._settings.work_root
        root.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(root).free < self._settings.min_free_gb * _GB

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
        every = loaded.definition.phases if loaded else []
        return every[claim.phase_seq] if claim.phase_seq < len(every) else None

    def log_error(self, claim: Claim, error: ErrorInfo) -> None:
        """Write a failure to the prompt's log."""
        PromptLog(Path(claim.log_path), self._clock).line(
            f"error {error.code}: {error.message}. {error.hint}"
        )

    def log_trace(self, claim: Claim, trace: str) -> None:
        """Write the trace of a bug to the prompt's log and ours."""
        _LOG.error("prompt %d: %s", claim.prompt_id, trace)
        PromptLog(Path(claim.log_path), self._clock).line(trace)


def _graphs(conn: Connection, snapshot: str) -> dict[str, str]:
    hashes = json.loads(snapshot).get("graphs", {})
    return {phase: documents.read_document(conn, hash_) or "{}" for phase, hash_ in hashes.items()}


def _commit_published(
    conn: Connection, *, claim: Claim, now: str, published: Published, seconds: float
) -> None:
    published.commit(conn, claim=claim, now=now)
    timings.record_publishing(conn, claim.prompt_id, seconds)


def _commit_phase(
    conn: Connection, *, claim: Claim, now: str, name: str, done: PhaseDone, seconds: float, next_lane: str
) -> None:
    """Write how a phase ended: passed over, waiting for a person, or finished."""
    prompt, attempt, seq = claim.prompt_id, claim.attempt, claim.phase_seq
    if done.state is PhaseState.SKIPPED:
        phases.skip_phase(conn, prompt, attempt, seq, name, next_lane, now)
    elif done.state is PhaseState.REVIEW:
        reviews.enter_review(conn, prompt, attempt, seq, name, done.result["items"], now)
    else:
        phases.finish_phase(
            conn,
            prompt,
            attempt,
            seq,
            done.state,
            done.result,
            done.arguments,
            seconds,
            next_lane,
            now,
            work=done.work,
            reuse_key=done.reuse_key,
            files=done.files,
        )
