"""What references of a prompt's phases lead to: the names that docs/workflow-files.md lists.

The worker makes one scope for each phase and passes it to `references.resolve`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from video_queue.db.claims import Claim
from video_queue.db.phases import phase_results
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.plan import PromptPlan
from video_queue.domain.resolution import Resolution, parse_stored
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.media.facts import MediaFacts
from video_queue.media.facts_cache import FactsCache
from video_queue.services.submission.input_facts import input_facts
from video_queue.system.files.sequences import run_images

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
    db: QueueDB, facts: FactsCache, claim: Claim, workflow: LoadedWorkflow
) -> dict[str, Any]:
    """What references of the prompt's phases lead to now.

    Raises:
        VqError: input_missing, input_unreadable.
    """
    results = await db.read(phase_results, claim.prompt_id)
    return await asyncio.to_thread(_claim_scope, claim, workflow, results, facts)


def input_paths(plan: PromptPlan) -> list[Path]:
    """Every input file of a prompt, in order.

    Raises:
        OSError: if a run of pictures has gaps and its folder cannot be read.
    """
    if plan.sequence:
        return [Path(image["path"]) for image in run_images(plan.sequence)]
    return [Path(path) for path in (*plan.inputs, *(path for paths in plan.slots.values() for path in paths))]


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
        first["images"] = run_images(plan.sequence)
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


def _claim_scope(
    claim: Claim, workflow: LoadedWorkflow, results: Mapping[str, Mapping[str, Any]], facts: FactsCache
) -> dict[str, Any]:
    plan, counts = PromptPlan.from_json(claim.plan), workflow.counts_input_frames
    return prompt_scope(
        workflow.definition,
        plan=plan,
        params=claim.params,
        resolution=parse_stored(claim.resolution),
        job_id=claim.job_id,
        job_name=claim.job_name,
        input_media=_first_input(plan, facts, counts),
        phases=results,
        measure=lambda path: facts.probe(Path(path), count_frames=counts),
    )


def _first_input(plan: PromptPlan, facts: FactsCache, counts: bool) -> MediaFacts | None:
    """Facts about the first input, once all are still there."""
    paths = input_paths(plan)
    for path in paths:
        if not path.exists():
            raise fail("input_missing.gone", path=str(path))
    return facts.probe(paths[0], count_frames=counts and not plan.sequence) if paths else None
