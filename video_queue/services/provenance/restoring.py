"""Restore: the settings of a recorded render as a submission of today, to change and to submit."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import BaseModel

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem, VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import Submission
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.outputs.manifest import Manifest
from video_queue.services.asker import Asker
from video_queue.services.provenance.recorded_inputs import InputFile, as_submitted, find_inputs
from video_queue.services.submission.resolution import as_offered
from video_queue.services.workflows.workflow_service import WorkflowService

# What else of the first submission a form shows.
_KEPT = ("name", "tags", "note", "review", "if_exists")


class Restored(BaseModel):
    """The settings of a render as a Submission (keys with their default are left out); what of them is another now."""

    submission: dict[str, Any]
    warnings: list[Problem]


async def restore(record: Manifest, workflows: WorkflowService, asker: Asker) -> Restored:
    """The submission that a record comes to with the workflow of today.

    Raises:
        VqError: `unknown_workflow`.
        ProblemsError: the workflow's file has problems.
    """
    return await asyncio.to_thread(_restored, record, workflows, asker)


def _restored(record: Manifest, workflows: WorkflowService, asker: Asker) -> Restored:
    workflow = workflows.get(record.workflow.name)
    definition, warnings = workflow.definition, _changes(record, workflow)
    resolution, flip = as_offered(definition, record.resolution)
    # Their size says enough for a form; reading long clips would take minutes.
    inputs = [item.model_copy(update={"sha256": None}) for item in record.inputs]
    files = find_inputs(inputs, (), asker.guard)
    warnings += [item.problem for item in files if item.problem]
    submission = Submission(
        workflow=definition.name,
        inputs=_inputs(definition, [item for item in files if _may_be_named(item)]),
        params={name: value for name, value in record.params.items() if name in definition.parameters},
        resolution=resolution,
        flip=flip,
        **{name: record.submission[name] for name in _KEPT if record.submission.get(name)},
    )
    return Restored(submission=submission.model_dump(mode="json", exclude_defaults=True), warnings=warnings)


def _changes(record: Manifest, workflow: LoadedWorkflow) -> list[Problem]:
    """What of the settings the workflow of today has no place for, and whether it is another."""
    definition, warnings = workflow.definition, list[Problem]()
    name = definition.name
    if workflow.hash != record.workflow.hash:
        warnings.append(problem("validation.restored_workflow", ("workflow",), name=name))
    for key, value in record.params.items():
        if key not in definition.parameters and value is not None:
            values = {"workflow": name, "name": key, "value": str(value)[:80]}
            warnings.append(problem("validation.restored_parameter", ("params", key), **values))
    if record.resolution and as_offered(definition, record.resolution)[0] is None:
        values = {"workflow": name, "value": record.resolution}
        warnings.append(problem("validation.restored_resolution", ("resolution",), **values))
    return warnings


def _may_be_named(item: InputFile) -> bool:
    """A file that is gone or changed is shown with that; a path that the caller may not name is not."""
    return item.problem is None or item.problem.code != "path_not_allowed"


def _inputs(definition: WorkflowDefinition, files: list[InputFile]) -> list[Any]:
    try:
        return as_submitted(definition, files)
    except VqError:
        return []
