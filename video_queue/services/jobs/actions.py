"""What an artist does to jobs and prompts after submitting: every action of the browser, the CLI and REST.

Each is a row change; the worker follows when it is committed. Impossible ones are refused with `invalid_state`.
"""

from __future__ import annotations

import json
from typing import Any

from video_queue.db import documents, jobs
from video_queue.db.queue_db import QueueDB
from video_queue.domain.actions import NO_OPTIONS, ActionOptions
from video_queue.domain.errors import ProblemsError
from video_queue.domain.submission import Submission
from video_queue.domain.views import Job, Prompt
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.asker import COMMAND_LINE, Asker, PathGuard
from video_queue.services.clock import Clock
from video_queue.services.jobs.deletion import Deletion
from video_queue.services.jobs.edits import checked_params
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.jobs.noted_actions import (
    act_on_job,
    act_on_prompt,
    require_allowed_result,
    require_possible,
)
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.path_guard import refused_paths
from video_queue.settings import Settings


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
        require_allowed_result(options, asker.guard)
        if action == "retry" and options.params:
            options = await self._with_checked_params(await self._lookup.job(job_id), options, asker)
        if action not in ("rerun", "delete"):
            await self._db.transact(act_on_job, job_id, action, options, self._clock.iso())
            return await self._lookup.job(job_id)
        job = await self._lookup.job(job_id)
        require_possible(job, f"job {job_id}", action, options)
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
        require_allowed_result(options, asker.guard)
        if action == "retry" and options.params:
            prompt = await self._lookup.prompt(prompt_id)
            job = await self._lookup.job(prompt.job_id)
            options = await self._with_checked_params(job, options, asker)
        await self._db.transact(act_on_prompt, prompt_id, action, options, self._clock.iso())
        return await self._lookup.prompt(prompt_id)

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
