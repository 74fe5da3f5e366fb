"""What an artist does to jobs and prompts after submitting: every action of the browser, the CLI and REST.

Each is a row change; the worker follows when it is committed. Impossible ones are refused with `invalid_state`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from video_queue.db import documents, job_lists, jobs, prompt_lists
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter
from video_queue.db.queue_db import QueueDB
from video_queue.domain.actions import BULK_ACTIONS, NO_OPTIONS, ActionOptions, require_known
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ProblemsError, VqError
from video_queue.domain.submission import Submission, parse_reference, texts_in
from video_queue.domain.views import Job, KeptOutput, ManyDone, Prompt, Refused
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.asker import COMMAND_LINE, Asker, PathGuard
from video_queue.services.clock import Clock
from video_queue.services.jobs.deletion import Deletion
from video_queue.services.jobs.edits import checked_params
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.jobs.row_actions import JOB_ACTIONS, PROMPT_ACTIONS
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.path_guard import refused_paths
from video_queue.settings import Settings
from video_queue.system.files.path_utils import normalize_input_path


class JobActions:
    """Actions on jobs and prompts; each answers the job or prompt as it is afterwards."""

    def __init__(
        self, db: QueueDB, service: JobService, lookup: Lookup, settings: Settings, clock: Clock
    ) -> None:
        self._db, self._service, self._lookup = db, service, lookup
        self._deletion, self._clock = Deletion(db, settings, clock), clock

    async def job_action(
        self, job_id: int, action: str, options: ActionOptions = NO_OPTIONS, asker: Asker = COMMAND_LINE
    ) -> Job:
        """Do `action` to a job; the job (for `rerun` the new one, for `delete` as it was).

        Raises:
            VqError: `unknown_job`, `validation` for an unknown action, `invalid_state` when it is not possible now,
                `path_not_allowed` for a path that the asker may not name.
        """
        _require_allowed_result(options, asker.guard)
        if action == "retry" and options.params:
            options = await self._with_checked_params(await self._lookup.job(job_id), options, asker)
        if action not in ("rerun", "delete"):
            await self._db.transact(_act_on_job, job_id, action, options, self._clock.iso())
            return await self._lookup.job(job_id)
        job = await self._lookup.job(job_id)
        _require_possible(job, f"job {job_id}", action, options)
        if action == "rerun":
            await self._require_allowed_params(job, options, asker.guard)
            return await self._rerun(job, options)
        kept = await self._deletion.delete(job.id, outputs=options.outputs)
        return job.model_copy(update={"kept_outputs": kept})

    async def prompt_action(
        self, prompt_id: int, action: str, options: ActionOptions = NO_OPTIONS, asker: Asker = COMMAND_LINE
    ) -> Prompt:
        """Do `action` to a prompt; the prompt as it is afterwards.

        Raises:
            VqError: `not_found`, `validation` for an unknown action, `invalid_state` when not possible now,
                `path_not_allowed` for a path that the asker may not name.
        """
        _require_allowed_result(options, asker.guard)
        if action == "retry" and options.params:
            prompt = await self._lookup.prompt(prompt_id)
            job = await self._lookup.job(prompt.job_id)
            options = await self._with_checked_params(job, options, asker)
        await self._db.transact(_act_on_prompt, prompt_id, action, options, self._clock.iso())
        return await self._lookup.prompt(prompt_id)

    async def act_on(
        self,
        action: str,
        *,
        ids: list[str] | None = None,
        filter_: JobFilter | None = None,
        options: ActionOptions = NO_OPTIONS,
        asker: Asker = COMMAND_LINE,
    ) -> ManyDone:
        """`action` on many jobs (`12`) and prompts (`12.3`), or on all jobs that match a filter.

        Raises:
            VqError: `validation` for an unknown action, `path_not_allowed`; other refusals are listed.
        """
        require_known(action, BULK_ACTIONS)
        _require_allowed_result(options, asker.guard)
        if ids is None:
            ids = [str(n) for n in await self._db.read(job_lists.matching_jobs, filter_ or JobFilter())]
        refused: list[Refused] = []
        kept: list[KeptOutput] = []
        for reference in ids:
            try:
                kept += await self._act_on_reference(reference, action, options, asker)
            except VqError as error:
                refused.append(Refused(id=reference, code=str(error.code), message=error.message))
        return ManyDone(done=len(ids) - len(refused), refused=refused, kept_outputs=kept)

    async def _act_on_reference(
        self, reference: str, action: str, options: ActionOptions, asker: Asker
    ) -> list[KeptOutput]:
        number, index = parse_reference(reference)
        if index is None:
            return (await self.job_action(number, action, options, asker)).kept_outputs
        await self.prompt_action(await self._lookup.prompt_id(reference), action, options, asker)
        return []

    async def _rerun(self, job: Job, options: ActionOptions) -> Job:
        """A linked job of the same submission; drawn seeds stay as they were unless `new_seed`."""
        row = await self._db.read(jobs.get_job_row, job.id)
        drawn = json.loads(row["params"]) if row else {}
        definition = await self._db.read(documents.read_definition, job.workflow_hash)
        again = _submission_again(job, drawn, definition, options)
        after = [number for number in again.after if await self._db.read(jobs.job_exists, number)]
        again = again.model_copy(update={"after": after})
        prepared = await self._service.prepare_job(again)
        new = await self._service.enqueue_job(prepared, Asker(job.submitted_by), parent_id=job.id)
        return await self._lookup.job(new.id)

    async def _with_checked_params(self, job: Job, options: ActionOptions, asker: Asker) -> ActionOptions:
        values = await checked_params(self._db, job, options.params, asker)
        return options.model_copy(update={"params": values})

    async def _require_allowed_params(
        self, job: Job, options: ActionOptions, guard: PathGuard | None
    ) -> None:
        if guard is None or not options.params:
            return
        named = Submission(workflow=job.workflow, params=options.params)
        definition = await self._db.read(documents.read_definition, job.workflow_hash)
        if problems := refused_paths(named, definition, guard):
            raise ProblemsError(problems)


def _act_on_job(conn: Connection, job_id: int, action: str, options: ActionOptions, now: str) -> None:
    """Check and act in one transaction: nothing changes the job in between."""
    job = jobs.get_job(conn, job_id)
    if job is None:
        raise fail("unknown_job.id", id=job_id)
    _require_possible(job, f"job {job_id}", action, options)
    JOB_ACTIONS[action](conn, job, options, now)


def _act_on_prompt(conn: Connection, prompt_id: int, action: str, options: ActionOptions, now: str) -> None:
    """As `_act_on_job`."""
    prompt = prompt_lists.get_prompt(conn, prompt_id)
    if prompt is None:
        raise fail("not_found.prompt", id=prompt_id)
    _require_possible(prompt, f"prompt {prompt.job_id}.{prompt.index}", action, options)
    PROMPT_ACTIONS[action](conn, prompt, options, now)


def _require_possible(subject: Job | Prompt, name: str, action: str, options: ActionOptions) -> None:
    """Refuse what the subject's own list of actions says is not possible; from a phase on even success is retried."""
    possible = {entry.name: entry for entry in subject.actions}
    require_known(action, possible)
    again = action == "retry" and options.from_phase is not None and subject.finished_at is not None
    if not (possible[action].enabled or again):
        reason = possible[action].reason
        hint = f"{reason[:1].upper()}{reason[1:]}."
        raise fail("invalid_state.action", action=action, subject=name, state=subject.state.value, hint=hint)


def _require_allowed_result(options: ActionOptions, guard: PathGuard | None) -> None:
    """Refuse a `result` or an edited item that names a file which the guard refuses: later phases read it."""
    edited = [decision.with_ for decision in options.decisions or ()]
    for text in texts_in([options.result, edited]) if guard else ():
        path = normalize_input_path(text) if text.strip() else Path()
        if guard and path.is_absolute():
            guard(path)


def _submission_again(
    job: Job, drawn: dict[str, Any], definition: WorkflowDefinition, options: ActionOptions
) -> Submission:
    submission = Submission.model_validate(job.submission)
    params = {name: drawn.get(name, value) for name, value in submission.params.items()}
    seed = definition.seed_parameter
    if seed and options.new_seed:
        params[seed] = "random"
    elif seed and seed in drawn:
        params[seed] = drawn[seed]
    return submission.model_copy(
        update={
            "params": params | options.params,
            "seeds": submission.seeds if options.seeds is None else options.seeds,
            "idempotency_key": None,
            "dedupe": False,
            "held": False,
        }
    )
