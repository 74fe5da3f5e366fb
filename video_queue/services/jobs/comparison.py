"""Comparing two jobs or prompts: workflow, parameters, inputs, resolution, and the models that their graphs load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

from video_queue.comfy.graph import node_label
from video_queue.comfy.model_folders import MODEL_SUFFIXES
from video_queue.comfy.sent_graphs import sent_graph
from video_queue.db import documents, jobs
from video_queue.db.queue_db import QueueDB
from video_queue.domain.comparison import Comparison, Difference, Subject
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import parse_reference
from video_queue.domain.views import Job, Prompt
from video_queue.services.jobs.lookup import Lookup

Values = dict[str, Any]
_INPUTS = ("inputs", "input_dir", "glob", "recursive")
_SIZES = ("resolution", "flip")


async def compare(db: QueueDB, lookup: Lookup, a: str, b: str) -> Comparison:
    """What differs between `a` and `b`, each a job (`12`) or a prompt (`12.3`).

    Of a job a swept or listed parameter counts with all its values.

    Raises:
        VqError: `unknown_job`, `not_found`, or `validation` for what is no reference.
    """
    left, right = await _side(db, lookup, a), await _side(db, lookup, b)
    differences = [
        Difference(subject=subject, name=name, a=left[subject].get(name), b=right[subject].get(name))
        for subject in get_args(Subject)
        for name in {**left[subject], **right[subject]}
        if left[subject].get(name) != right[subject].get(name)
    ]
    return Comparison(a=a, b=b, same=not differences, differences=differences)


async def _side(db: QueueDB, lookup: Lookup, reference: str) -> dict[Subject, Values]:
    number, index = parse_reference(reference)
    job = await lookup.job(number)
    prompt = await lookup.prompt(reference) if index is not None else None
    workflow = await db.read(documents.read_workflow, job.workflow_hash)
    row = await db.read(jobs.get_job_row, job.id)
    common: Values = json.loads(row["params"]) if row else {}
    return {
        "workflow": _workflow(job, workflow),
        "parameter": prompt.params if prompt else {**common, **_varied(job)},
        "input": _inputs(job, prompt),
        "resolution": {name: job.submission[name] for name in _SIZES if job.submission.get(name)},
        "model": dict(_models(workflow, prompt.params if prompt else common)),
    }


def _workflow(job: Job, workflow: LoadedWorkflow) -> Values:
    """Its name and hash, and what each phase is: the module, or its graph's hash."""
    graphs = workflow.graph_hashes
    phases = {
        f"phase {phase.name}": f"{phase.uses} {graphs.get(phase.name, '')[:12]}".strip()
        for phase in workflow.definition.phases
    }
    return {"name": job.workflow, "hash": job.workflow_hash[:12], **phases}


def _varied(job: Job) -> Values:
    """What differs between the prompts of a job, with all values."""
    submission = job.submission
    varied = dict(submission.get("sweep") or {})
    return varied | {name: submission[name] for name in ("seeds", "rows") if submission.get(name)}


def _inputs(job: Job, prompt: Prompt | None) -> Values:
    if prompt is not None:
        return {"inputs": prompt.inputs}
    return {name: job.submission[name] for name in _INPUTS if job.submission.get(name)}


def _models(workflow: LoadedWorkflow, params: Values) -> Iterator[tuple[str, str]]:
    """The model files that the graphs name, with these parameters set; by phase, node and input."""
    for phase in workflow.definition.phases:
        if phase.name not in workflow.graphs:
            continue
        graph = sent_graph(phase, workflow.graphs[phase.name], {"params": params}).graph
        for node_id, node in graph.items():
            for name, value in (node.get("inputs") or {}).items():
                if isinstance(value, str) and value.lower().endswith(MODEL_SUFFIXES):
                    yield f"{phase.name}: {node_label(graph, node_id)} {name}", value
