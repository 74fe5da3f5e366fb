"""Replay: a recorded render once more, from the workflow, the values and the inputs that it was made with."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import Problem, ProblemsError
from video_queue.domain.plan import PromptPlan
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import Submission
from video_queue.domain.views import SubmittedJob
from video_queue.outputs.manifest import Manifest, ManifestInput
from video_queue.services.asker import Asker
from video_queue.services.provenance.differences import Differences
from video_queue.services.provenance.recorded_inputs import (
    InputFile,
    as_submitted,
    find_inputs,
    run_problem,
)
from video_queue.services.provenance.recorded_workflow import workflow_of
from video_queue.services.provenance.records import Records
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.prepared_job import PreparedJob
from video_queue.services.submission.resolution import as_offered

_Path = Annotated[str, Field(max_length=4096)]


class ReplayOptions(BaseModel):
    """What a replay may do differently: inputs that lie elsewhere now, where the output goes, what is reused."""

    model_config = ConfigDict(extra="forbid")

    inputs: Annotated[list[_Path], Field(max_length=100_000)] = []
    output_dir: _Path | None = None
    reuse: bool = False
    held: bool = False


class Replays:
    """Makes jobs of recorded renders."""

    def __init__(self, db: QueueDB, jobs: JobService, records: Records, differences: Differences) -> None:
        self._db, self._jobs, self._records, self._differences = db, jobs, records, differences

    async def replay(self, record: Manifest, options: ReplayOptions, asker: Asker) -> SubmittedJob:
        """A new job of one prompt that renders the same; its `warnings` say what is another than it was then.

        Raises:
            VqError: `unknown_workflow.recorded`, `validation.manifest_workflow`, `path_not_allowed`.
            ProblemsError: inputs that are gone or changed, or anything else that the render would fail with.
        """
        workflow = await workflow_of(self._db, record, asker)
        files = await asyncio.to_thread(_required_inputs, record, workflow, options.inputs, asker)
        submission = _submission(record, workflow, files, options)
        prepared = await self._jobs.prepare_job(submission, asker, workflow=workflow)
        prepared.planned.prompts = [_in_its_place(record, plan) for plan in prepared.planned.prompts]
        warnings = [
            *prepared.warnings,
            *_unchecked(record, files),
            *await self._differences.of(record, workflow),
        ]
        job = await self._enqueue(prepared, record, asker)
        return SubmittedJob(**job, warnings=warnings)

    async def _enqueue(self, prepared: PreparedJob, record: Manifest, asker: Asker) -> dict[str, object]:
        parent = await self._records.parent_of(record)
        return dict(await self._jobs.enqueue_job(prepared, asker, parent_id=parent))


def _required_inputs(
    record: Manifest, workflow: LoadedWorkflow, places: Sequence[str], asker: Asker
) -> list[InputFile]:
    definition = workflow.definition
    recorded = record.inputs or [ManifestInput(path=place) for place in places]
    if not recorded and definition.takes_inputs:
        raise fail("validation.inputs_unrecorded")
    files = find_inputs(recorded, places, asker.guard)
    problems = [item.problem for item in files if item.problem]
    if not problems and (of_run := run_problem(definition, files)):
        problems = [of_run]
    if problems:
        raise ProblemsError(problems)
    return files


def _unchecked(record: Manifest, files: Sequence[InputFile]) -> list[Problem]:
    """Inputs whose contents are not on record: what is inside an output does not name them."""
    return [
        problem("validation.replay_unchecked", ("inputs", index), path=str(file.path))
        for index, file in enumerate(files)
        if index >= len(record.inputs) or not record.inputs[index].sha256
    ]


def _submission(
    record: Manifest, workflow: LoadedWorkflow, files: Sequence[InputFile], options: ReplayOptions
) -> Submission:
    definition = workflow.definition
    resolution, flip = as_offered(definition, record.resolution)
    return Submission(
        workflow=definition.name,
        inputs=as_submitted(definition, files),
        params=record.params,
        resolution=resolution,
        flip=flip,
        output_dir=options.output_dir,
        name=_name(record, workflow),
        tags=record.tags,
        held=options.held,
        reuse=options.reuse,
        dedupe=False,
    )


def _name(record: Manifest, workflow: LoadedWorkflow) -> str:
    """The name that the artist gave; of a job without one what references saw, if any does."""
    named = record.submission.get("name") or ""
    paths = (path for reference in workflow.references() for path in reference.paths)
    seen = any(tuple(path[:2]) == ("job", "name") for path in paths)
    return str(record.job.get("name") or "") if seen and not named else str(named)


def _in_its_place(record: Manifest, plan: PromptPlan) -> PromptPlan:
    """The plan with what references saw of its place in the first job."""
    place = {
        name: record.prompt[name] for name in ("index", "input_index") if _is_count(record.prompt.get(name))
    }
    reldir = record.prompt.get("reldir")
    return replace(plan, **place, reldir=reldir if isinstance(reldir, str) else plan.reldir)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and value >= 1
