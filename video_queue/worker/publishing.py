"""From a finished prompt to its published files, exactly once, whatever interrupts it.

The careful part (staging, validating, names, rolling forward) is `outputs/`; this module feeds it from rows.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from video_queue.db import away_folders, phases, publications
from video_queue.db.artifacts import NewArtifact
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.prompts import PromptResult, persist_prompt_result
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.states import PromptState
from video_queue.media.facts_cache import FactsCache
from video_queue.media.reading import StoppedError
from video_queue.outputs.existing import find_existing
from video_queue.outputs.intent import Intent, Publication, dump_intent, load_intent
from video_queue.outputs.plan import OutputPlan
from video_queue.outputs.publisher import publish
from video_queue.outputs.roll_forward import IntentLostError, abandon_intent, roll_forward
from video_queue.outputs.staging import output_area, require_output_folder
from video_queue.services.clock import Clock
from video_queue.settings import Settings
from video_queue.system.files.answers import answers
from video_queue.system.processes.cancellation import in_thread, shield_until_done
from video_queue.worker.execution.reuse_key import Program
from video_queue.worker.output_plan import OutputPlans, planned_files
from video_queue.worker.prompt_log import PromptLog


@dataclass(frozen=True, slots=True)
class Published:
    """The end of a prompt: its files are published. `seconds` is None where they were there before it rendered."""

    phase: str
    publication: Publication
    seconds: float | None = None

    def __str__(self) -> str:
        verb = "found already published" if self.publication.skipped else "published"
        return f"{verb}: {len(self.publication.files)} file(s)"

    @property
    def leftovers(self) -> list[Path]:
        """The files that were published: of those, working files are not needed any more once this is committed."""
        return [Path(file.source) for file in self.publication.files if file.source]


class Publishing:
    """Publishes the output phase's files of prompts whose phases are all finished."""

    def __init__(
        self,
        db: QueueDB,
        settings: Settings,
        clock: Clock,
        facts: FactsCache,
        comfy: Callable[[], Program],
    ) -> None:
        self._db, self._clock = db, clock
        self._plans = OutputPlans(db, settings, clock, facts, comfy)
        self._area = output_area(settings)

    async def publish(self, claim: Claim, workflow: LoadedWorkflow, log: PromptLog) -> Published:
        """Publish the files of the output phase.

        Raises:
            VqError: `bad_output`, `no_output`, `disk_full`, `output_unavailable`.
            StaleAttemptError: the attempt is not current any more.
        """
        began = self._clock.monotonic()
        await self._require_folder(claim)
        results = await self._db.read(phases.phase_results, claim.prompt_id)
        phase = workflow.definition.output.published(results)
        files = planned_files(results.get(phase, {}))
        if not files:
            raise fail("no_output.phase", phase=phase)
        plan = await self._plans.plan(claim, workflow, files)
        try:
            publication = (
                await self._resume(claim)
                or await self._existing(claim, plan)
                or await self._publish(claim, plan)
            )
        except VqError as error:
            # The next try makes sense once there is room for all of them.
            if error.code is ErrorCode.DISK_FULL:
                error.details["room"] = await asyncio.to_thread(_bytes_of, plan)
            raise
        for file in publication.files:
            log.line(f"published {file.path} ({file.bytes} bytes, sha256 {file.sha256})")
        return Published(phase, publication, self._clock.monotonic() - began)

    async def find_existing(self, claim: Claim, workflow: LoadedWorkflow) -> Published | None:
        """The output of the same render, if the submission says `if_exists: skip` and it is there; asked first."""
        if not claim.skips_existing:
            return None
        await self._require_folder(claim)
        publication = await self._existing(claim, await self._plans.plan(claim, workflow, []))
        return Published(workflow.definition.output.published({}), publication) if publication else None

    async def _require_folder(self, claim: Claim) -> None:
        """Before any input is read: a prompt whose folder is away costs next to nothing."""
        folder = Path(claim.output_dir)
        if not await answers(folder):
            raise fail("output_unavailable.folder", path=str(folder), detail="it does not answer")
        await in_thread(
            lambda _: require_output_folder(self._area, folder, claim.output_mount), give_up_seconds=1.0
        )

    async def _existing(self, claim: Claim, plan: OutputPlan) -> Publication | None:
        return await asyncio.to_thread(find_existing, plan) if claim.skips_existing else None

    async def _resume(self, claim: Claim) -> Publication | None:
        """What an interrupted attempt had already decided to publish, if its files are still there."""
        row = await self._db.read(publications.get_intent, claim.prompt_id)
        if row is None:
            return None
        intent, stale = load_intent(row[0]), row[1]
        if stale:
            await asyncio.to_thread(abandon_intent, intent)
            return None
        commit_intent = partial(self._commit_intent, claim)
        try:
            return await shield_until_done(roll_forward(intent, commit_intent=commit_intent))
        except IntentLostError:
            return None

    async def _publish(self, claim: Claim, plan: OutputPlan) -> Publication:
        """Cancellable until the intent is committed; from then on it is finished whatever happens."""
        stop, committed = threading.Event(), False

        async def commit_intent(intent: Intent) -> None:
            nonlocal committed
            await self._commit_intent(claim, intent)
            committed = True

        work = asyncio.ensure_future(publish(plan, self._area, commit_intent=commit_intent, stop=stop))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if not committed:
                stop.set()
            try:
                return await work
            except StoppedError:
                raise asyncio.CancelledError from None

    async def _commit_intent(self, claim: Claim, intent: Intent) -> None:
        await self._db.transact(
            publications.store_intent, claim.prompt_id, claim.attempt, dump_intent(intent)
        )


def commit_publication(
    conn: Connection, prompt_id: int, attempt: int, phase: str, publication: Publication, now: str
) -> None:
    """End a prompt as succeeded with its published files.

    Raises:
        StaleAttemptError: the attempt is not current any more.
    """
    artifacts = tuple(
        NewArtifact(
            phase=phase, role="output", name=Path(file.path).name, **file.model_dump(exclude={"source"})
        )
        for file in publication.files
    )
    result = PromptResult(PromptState.SUCCEEDED, artifacts=artifacts, skipped=publication.skipped)
    persist_prompt_result(conn, prompt_id, attempt, result, now)
    away_folders.forget_folder_of(conn, prompt_id)
    moved = {file.source: file.path for file in publication.files if file.source}
    phases.relocate_results(conn, prompt_id, moved)


def _bytes_of(plan: OutputPlan) -> int:
    sizes = 0
    for file in plan.files:
        with suppress(OSError):
            sizes += file.source.stat().st_size
    return sizes
