"""What `input` and `inputs` lead to in references, as far as a plan knows; the worker adds media facts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from video_queue.domain.plan import ImageSequence, InputGroup, PromptPlan
from video_queue.domain.workflow import InputSpec, WorkflowDefinition


def file_facts(path: str, reldir: str, index: int) -> dict[str, Any]:
    """`{path, stem, name, ext, reldir, index}` of one file; `ext` without the dot."""
    name = os.path.basename(path)  # noqa: PTH119 - called for every prompt of a job
    stem, ext = os.path.splitext(name)  # noqa: PTH122
    return {"path": path, "stem": stem, "name": name, "ext": ext[1:], "reldir": reldir, "index": index}


def run_facts(run: ImageSequence, reldir: str, index: int) -> dict[str, Any]:
    """The same for a run of pictures: `path` is its folder, `stem` and `name` its label."""
    ext = os.path.splitext(run.ext)[1]  # noqa: PTH122
    return {
        "path": run.folder,
        "stem": run.label,
        "name": run.label,
        "ext": ext[1:],
        "reldir": reldir,
        "index": index,
    }


def input_facts(definition: WorkflowDefinition, plan: InputGroup | PromptPlan, index: int) -> dict[str, Any]:
    """`{"input": ..., "inputs": ...}` of a group or prompt; `index` counts its input from 1.

    `inputs` is a list, or by slot a file (a list where the slot takes several). `input` is the first of all; for a
    workflow without inputs it has only a stem and a name, the workflow's.
    """
    if plan.sequence:
        run = run_facts(plan.sequence, plan.reldir, index)
        return {"input": run, "inputs": [run]}
    if plan.slots and isinstance(definition.inputs, dict):
        slots = {
            name: _slot_facts(spec, plan.slots.get(name, ()), plan.reldir, index)
            for name, spec in definition.inputs.items()
        }
        return {"input": _first(slots), "inputs": slots}
    files = [file_facts(path, plan.reldir, index) for path in plan.inputs]
    nothing = {"stem": definition.name, "name": definition.name, "index": index, "reldir": ""}
    return {"input": files[0] if files else nothing, "inputs": files}


def _slot_facts(spec: InputSpec, paths: tuple[str, ...], reldir: str, index: int) -> Any:
    files = [file_facts(path, reldir, index) for path in paths]
    return files[0] if spec.per_prompt == 1 and files else files


def _first(slots: Mapping[str, Any]) -> Any:
    first = next(iter(slots.values()))
    return first[0] if isinstance(first, list) and first else first
