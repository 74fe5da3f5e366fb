"""Editing jobs and prompts: what an artist notes with them, and values of prompts that have not begun.

Rows are the truth; the manifests beside published files follow.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from video_queue.comfy.model_family import ModelFamilies
from video_queue.db import documents, jobs, prompt_edits
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import Problem, ProblemsError, VqError
from video_queue.domain.plan import PromptPlan
from video_queue.domain.references import references_in
from video_queue.domain.submission import Submission
from video_queue.domain.views import Job, ParamsEdited, Prompt, Refused
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.outputs.manifest import manifest_path, update_manifest
from video_queue.services.asker import COMMAND_LINE, Asker
from video_queue.services.clock import Clock
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.submission.path_guard import refused_paths
from video_queue.services.submission.prompt_builder import planned_names
from video_queue.services.workflows.parameters import default_value, file_problems, unknown_parameter
from video_queue.services.workflows.values import coerce, is_blank

Changes = Mapping[str, Any]
_NOTES = ("tags", "note", "rating")
_LOG = logging.getLogger(__name__)


class JobEdits:
    """Changes that do not act: the queue's order may follow (`priority`), nothing is started or stopped."""

    def __init__(self, db: QueueDB, lookup: Lookup, clock: Clock) -> None:
        self._db, self._lookup, self._clock = db, lookup, clock

    async def edit_job(
        self, job_id: int, changes: Changes, asker: Asker = COMMAND_LINE
    ) -> Job | ParamsEdited:
        """Change `name, tags, note, rating, priority`, and `params` of all prompts that have not begun.

        The job afterwards; with `params` what came of those.

        Raises:
            VqError: `unknown_job`.
            ProblemsError: values that the prompts cannot take; nothing was changed.
        """
        job = await self._lookup.job(job_id)
        notes = {name: value for name, value in changes.items() if name != "params"}
        values = await checked_params(self._db, job, changes.get("params") or {}, asker)
        edited = await self._db.transact(
            _edit_job, job, notes, values, changes.get("params") or {}, self._clock.iso()
        )
        await self._follow_manifests(job_id, None, notes)
        return edited if "params" in changes else await self._lookup.job(job_id)

    async def edit_prompt(
        self, prompt_id: int, changes: Changes, asker: Asker = COMMAND_LINE
    ) -> Prompt | ParamsEdited:
        """Change `rating, tags, note`, and `params` if the prompt has not begun; answers like `edit_job`."""
        prompt = await self._lookup.prompt(prompt_id)
        job = await self._lookup.job(prompt.job_id)
        notes = {name: value for name, value in changes.items() if name != "params"}
        values = await checked_params(self._db, job, changes.get("params") or {}, asker)
        edited = await self._db.transact(_edit_prompt, job, prompt, notes, values, self._clock.iso())
        await self._follow_manifests(prompt.job_id, prompt_id, notes)
        return edited if "params" in changes else await self._lookup.prompt(prompt_id)

    async def _follow_manifests(self, job_id: int, prompt_id: int | None, changes: Changes) -> None:
        if not any(name in changes for name in _NOTES):
            return
        stored = await self._db.read(prompt_edits.read_notes, job_id, prompt_id)
        await asyncio.to_thread(_rewrite_manifests, stored)


async def checked_params(db: QueueDB, job: Job, params: Changes, asker: Asker) -> dict[str, Any]:
    """`params` as the parameters' types.

    Raises:
        ProblemsError: values that the prompts cannot take: unknown, of the wrong type, or swept.
    """
    if not params:
        return {}
    definition = await db.read(documents.read_definition, job.workflow_hash)
    submission = Submission.model_validate(job.submission)
    named = Submission(workflow=job.workflow, params=dict(params), input_dir=submission.input_dir)
    problems = refused_paths(named, definition, asker.guard) if asker.guard else []
    values: dict[str, Any] = {}
    if not problems:
        values, problems = _resolved(definition, submission, params)
    if not problems:
        problems = await asyncio.to_thread(file_problems, definition, values)
    if problems:
        raise ProblemsError(problems)
    return values


def _resolved(
    definition: WorkflowDefinition, submission: Submission, params: Changes
) -> tuple[dict[str, Any], list[Problem]]:
    """(the values as the parameters' types, the problems with them)."""
    origins = {name: "rows" for row in submission.rows for name in row}
    origins |= dict.fromkeys(submission.sweep, "sweep")
    origins |= {name: "seeds" for name in (definition.seed_parameter,) if name}
    values: dict[str, Any] = {}
    problems = []
    for name, value in params.items():
        loc, parameter = ("params", name), definition.parameters.get(name)
        if parameter is None:
            problems.append(unknown_parameter(definition, name, ("params",)))
        elif name in origins:
            problems.append(problem("validation.not_editable", loc, name=name, origin=origins[name]))
        elif is_blank(parameter, value):
            values[name] = default_value(name, parameter)
            if parameter.is_required and values[name] is None:
                problems.append(problem("validation.required", loc, name=name))
        else:
            values[name], refusal = coerce(name, parameter, value, loc=loc)
            problems += [refusal] if refusal else []
    return values, problems


def _edit_job(
    conn: Connection, job: Job, notes: Changes, values: Changes, params: Changes, now: str
) -> ParamsEdited:
    _require_job(conn, job.id)
    if notes or not values:
        jobs.edit_job(conn, job.id, notes, now)
    if not values:
        return ParamsEdited(changed=0, refused=[])
    changed = prompt_edits.edit_job_params(conn, job.id, values, params)
    begun = [f"{job.id}.{index}" for index in prompt_edits.begun_prompts(conn, job.id)]
    _note_edit(conn, job.id, values, now, prompts=changed)
    return ParamsEdited(changed=changed, refused=[_refused(reference) for reference in begun])


def _edit_prompt(
    conn: Connection, job: Job, prompt: Prompt, notes: Changes, values: Changes, now: str
) -> ParamsEdited:
    _require_job(conn, job.id)
    if notes or not values:
        prompt_edits.edit_prompt(conn, prompt.id, notes, now)
    if not values:
        return ParamsEdited(changed=0, refused=[])
    if not prompt_edits.edit_prompt_params(conn, prompt.id, values):
        return ParamsEdited(changed=0, refused=[_refused(f"{job.id}.{prompt.index}")])
    _note_edit(conn, job.id, values, now, prompt=prompt.id)
    return ParamsEdited(changed=1, refused=[])


def _require_job(conn: Connection, job_id: int) -> None:
    """It may have been deleted since it was read."""
    if not jobs.job_exists(conn, job_id):
        raise fail("unknown_job.id", id=job_id)


def _note_edit(conn: Connection, job_id: int, values: Changes, now: str, **what: int) -> None:
    prompt_edits.forget_duplicates(conn, job_id)
    prompt_edits.set_output_names(conn, _renamed_outputs(conn, job_id, values))
    _find_families(conn, job_id, values)
    jobs.append_updated(conn, job_id, now, changed=["params"], **what)


def set_retry_params(conn: Connection, job_id: int, prompt_ids: Sequence[int], values: Changes) -> int:
    """Give finished prompts that are retried values of their own; the place of the first phase that changes by them.

    Names of outputs and the models that are loaded follow.
    """
    prompt_edits.set_retry_values(conn, prompt_ids, values)
    prompt_edits.forget_duplicates(conn, job_id)
    names = dict(_renamed_outputs(conn, job_id, values))
    prompt_edits.set_retry_names(conn, [(id_, names[id_]) for id_ in prompt_ids if id_ in names])
    _find_families(conn, job_id, values)
    row = jobs.get_job_row(conn, job_id) or {}
    return documents.read_workflow(conn, row["workflow_hash"]).first_phase_with(values)


def _renamed_outputs(conn: Connection, job_id: int, values: Changes) -> list[tuple[int, str]]:
    """The names planned again, by prompt, where they hold a value that was changed."""
    row = jobs.get_job_row(conn, job_id) or {}
    definition = documents.read_definition(conn, row["workflow_hash"])
    paths = [path for reference in references_in(definition.output.name) for path in reference.paths]
    if not any(path[0] == "params" and path[1] in values for path in paths):
        return []
    submission = Submission.model_validate_json(row["submission"])
    stored = prompt_edits.read_plans(conn, job_id)
    plans = [PromptPlan.from_json(text) for _, text in stored]
    order = [*submission.sweep, *(name for rows in submission.rows for name in rows), *values]
    names = planned_names(definition, plans, json.loads(row["params"]), order=order, job_name=submission.name)
    return list(zip([number for number, _ in stored], names, strict=True))


def _find_families(conn: Connection, job_id: int, values: Changes) -> None:
    """Find out again which models the prompts load where that hangs on a value that was changed."""
    row = jobs.get_job_row(conn, job_id) or {}
    families = ModelFamilies(documents.read_workflow(conn, row["workflow_hash"]))
    if families.depends_on(values):
        common = json.loads(row["params"])
        plans = prompt_edits.read_plans(conn, job_id)
        params = ((number, {**common, **PromptPlan.from_json(text).values}) for number, text in plans)
        prompt_edits.set_families(conn, ((number, families.of_prompt(each)) for number, each in params))


def _refused(reference: str) -> Refused:
    error = fail("invalid_state.begun", id=reference)
    return Refused(id=reference, code=str(error.code), message=error.message)


def _rewrite_manifests(notes: list[dict[str, Any]]) -> None:
    """Bring our manifests up to date; a manifest whose folder is away stays as it is, the rows have it all."""
    for note in notes:
        changes = {name: note[name] for name in _NOTES}
        for path in _manifests(note["paths"]):
            try:
                update_manifest(path, note["prompt_id"], changes)
            except VqError as error:
                _LOG.warning("the manifest %s could not be changed: %s", path, error.message)


def _manifests(outputs: list[str]) -> list[Path]:
    """Where the manifest of published files may lie: beside each, or beside the folder of a set."""
    files = [Path(output) for output in outputs]
    return list(dict.fromkeys([*map(manifest_path, files), *(manifest_path(file.parent) for file in files)]))
