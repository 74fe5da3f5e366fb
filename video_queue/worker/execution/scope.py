"""What references of a prompt's phases lead to: the names that docs/workflow-files.md lists.

The worker makes one scope for each phase and passes it to `references.resolve`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.phases import phase_results
from video_queue.db.prompt_inputs import StoredInputs, get_inputs
from video_queue.db.queue_db import QueueDB
from video_queue.domain.plan import PromptPlan
from video_queue.domain.resolution import Resolution, parse_stored
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.media.facts_cache import FactsCache
from video_queue.services.submission.input_facts import input_facts
from video_queue.system.files.sequences import run_images
from video_queue.worker.execution.inputs import KnownInput, peek_inputs, read_inputs

_MEASURES = ("width", "height", "fps", "frames", "duration")


class Measures(Protocol):
    """What is known about a media file; None where it makes no sense or is not known (see `MediaFacts`)."""

    @property
    def width(self) -> int | None: ...
    @property
    def height(self) -> int | None: ...
    @property
    def fps(self) -> float | None: ...
    @property
    def frames(self) -> int | None: ...
    @property
    def duration(self) -> float | None: ...


async def read_scope(
    db: QueueDB, facts: FactsCache, claim: Claim, workflow: LoadedWorkflow, *, peek: bool = False
) -> dict[str, Any]:
    """What references of the prompt's phases lead to now; with `peek`, of a prompt that is not claimed.

    Raises:
        VqError: input_missing, input_unreadable.
    """
    stored, results = await db.read(_read_stored, claim.prompt_id)
    counts = workflow.counts_input_frames
    if peek:
        inputs = await peek_inputs(facts, claim, stored, count_frames=counts)
    else:
        inputs = await read_inputs(db, facts, claim, stored, count_frames=counts)
    return claim_scope(claim, workflow, results, inputs)


def _read_stored(conn: Connection, prompt_id: int) -> tuple[StoredInputs | None, dict[str, dict[str, Any]]]:
    return get_inputs(conn, prompt_id), phase_results(conn, prompt_id)


def prompt_scope(
    definition: WorkflowDefinition,
    *,
    plan: PromptPlan,
    params: Mapping[str, Any],
    resolution: Resolution | None,
    job_id: int,
    job_name: str,
    input_media: Measures | None,
    phases: Mapping[str, Mapping[str, Any]],
    item: Mapping[str, Any] | None = None,
    measure: Callable[[str], Measures | None] | None = None,
    images: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The scope of one prompt: `params, input, inputs, job, prompt, resolution, phases`, and `item` where given.

    `params` are the job's common values; the prompt's own win. `input_media` are the first input's measures,
    `measure(path)` those of the others where a reference may need them. `phases` holds the results of the finished
    phases by name. `resolution` has width and height, the input's where the job says so (null if not known).

    Raises:
        OSError: if a run of pictures has gaps and its folder cannot be read.
    """
    facts = input_facts(definition, plan, plan.input_index)
    first = facts["input"]
    for file in _files(facts["inputs"]):
        known = input_media if file is first else measure(file["path"]) if measure else None
        file.update({name: getattr(known, name, None) for name in _MEASURES})
    if plan.sequence:
        first["images"] = run_images(plan.sequence) if images is None else images
        first["frames"] = len(first["images"])
    scope: dict[str, Any] = {
        "params": {**params, **plan.values},
        **facts,
        "job": {"id": job_id, "name": job_name},
        "prompt": {"index": plan.index},
        "phases": dict(phases),
    }
    if resolution is not None:
        width, height = resolution.size(first.get("width"), first.get("height"))
        scope["resolution"] = {"width": width, "height": height}
    if item is not None:
        scope["item"] = dict(item)
    return scope


def _files(inputs: Any) -> Iterator[dict[str, Any]]:
    """Every file object of `inputs`: a list, or files and lists by slot."""
    for entry in inputs.values() if isinstance(inputs, dict) else inputs:
        if isinstance(entry, list):
            yield from entry
        else:
            yield entry


def claim_scope(
    claim: Claim,
    workflow: LoadedWorkflow,
    results: Mapping[str, Mapping[str, Any]],
    inputs: list[KnownInput],
) -> dict[str, Any]:
    """The scope of a claimed prompt with these results of its phases and these inputs."""
    scope = prompt_scope(
        workflow.definition,
        plan=PromptPlan.from_json(claim.plan),
        params=claim.params,
        resolution=parse_stored(claim.resolution),
        job_id=claim.job_id,
        job_name=claim.job_name,
        input_media=inputs[0] if inputs else None,
        phases=results,
        measure={file.path: file for file in inputs}.get,
        images=[{"path": file.path, "index": number} for number, file in enumerate(inputs, start=1)],
    )
    scope["input_bytes"] = inputs[0].mark[0] if len(inputs) == 1 else None
    return scope
