"""Jobs of a queue file as they are here: their submissions and plans, with other paths and other numbers of jobs."""

from __future__ import annotations

from collections.abc import Mapping

from video_queue.domain.moving import ImportOptions, MovedJob
from video_queue.domain.plan import InputGroup
from video_queue.domain.resolution import parse_stored
from video_queue.domain.submission import (
    Submission,
    job_references,
    parse_reference,
    renumbered,
    with_outputs,
)
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.moving.places import Places, mapped_params, mapped_plan, mapped_submission
from video_queue.services.submission.inputs import InputCollection
from video_queue.services.submission.prompt_builder import PlannedJob


def as_submitted_here(
    job: MovedJob, definition: WorkflowDefinition, places: Places, options: ImportOptions
) -> Submission:
    """The submission of a job with its paths as they are here."""
    changes: dict[str, object] = {"workflow": definition.name, "front": False, "run_order": job.run_order}
    if options.output_dir:
        changes["output_dir"] = options.output_dir
    if options.held:
        changes["held"] = True
    return mapped_submission(job.submission, definition, places.here).model_copy(update=changes)


def with_indexes(
    submission: Submission, indexes: Mapping[int, Mapping[int, int]], numbers: Mapping[int, int]
) -> Submission:
    """`submission` with the numbers that other jobs of the file have here, and the places of their prompts."""
    texts = {}
    for text in job_references(submission):
        kind, _, name = text.partition(":")
        number, index = parse_reference(name)
        if kind == "prompt" and index is not None and index in indexes.get(number, {}):
            texts[text] = [f"prompt:{number}.{indexes[number][index]}"]
    return renumbered(with_outputs(submission, texts), numbers)


def planned_here(
    job: MovedJob, submission: Submission, definition: WorkflowDefinition, places: Places
) -> PlannedJob:
    """The prompts of a job as they were planned there, with their paths as they are here."""
    plans = [mapped_plan(prompt.plan, definition, places.here) for prompt in job.prompts]
    groups = {
        plan.input_index: InputGroup(plan.inputs, plan.slots, plan.reldir, plan.sequence) for plan in plans
    }
    return PlannedJob(
        params=mapped_params(job.params, definition, places.here),
        resolution=parse_stored(job.resolution),
        count=len(plans),
        problems=[],
        references=job_references(submission) if job.unexpanded else [],
        inputs=InputCollection(list(groups.values())),
        seed_name=None,
        prompts=plans,
    )
