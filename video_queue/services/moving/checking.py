"""What may be wrong with a queue file that is sound as a file: values, and files that are not here."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem, VqError
from video_queue.domain.moving import MovedJob
from video_queue.domain.plan import ImageSequence
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.submission import job_references, parse_reference
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.asker import PathGuard
from video_queue.services.moving.places import (
    NamedFiles,
    Places,
    mapped_params,
    mapped_plan,
    mapped_submission,
)
from video_queue.services.workflows.parameters import unknown_parameter
from video_queue.services.workflows.values import coerce
from video_queue.settings import Settings

_NAMES_SHOWN = 3
_LONGEST_RUN = 10_000_000
_MOST_DIGITS = 20


def order_problems(jobs: Sequence[MovedJob]) -> list[Problem]:
    """Problems with what comes after what: jobs that are not in the file, and circles."""
    before = {job.number: _before(job) for job in jobs}
    if len(before) < len(jobs):
        return [problem("validation.moved_twice", ("jobs",))]
    unknown = [(number, after) for number, afters in before.items() for after in afters - before.keys()]
    if unknown:
        values = {"number": unknown[0][0], "after": unknown[0][1]}
        return [problem("validation.moved_after", ("jobs", unknown[0][0]), **values)]
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        return [problem("validation.batch_cycle", ("jobs",), chain=" -> ".join(map(str, error.args[1])))]
    return []


def _before(job: MovedJob) -> set[int]:
    """The jobs that one comes after; a prompt by its own number is none of the file's."""
    names = [text.partition(":") for text in job_references(job.submission)]
    numbers = {parse_reference(name)[0] if kind == "job" or "." in name else 0 for kind, _, name in names}
    return numbers | set(job.submission.after)


def value_problems(job: MovedJob, definition: WorkflowDefinition, settings: Settings) -> list[Problem]:
    """Problems with a job's values: of parameters, of runs of pictures, too many prompts."""
    loc = ("jobs", job.number)
    limit = settings.limits.max_prompts
    if len(job.prompts) > limit:
        return [problem("too_large.prompts", loc, count=len(job.prompts), limit=limit)]
    if not job.prompts and not job.unexpanded:
        return [problem("validation.moved_empty", loc, number=job.number)]
    problems: dict[str, Problem] = {}
    seen: set[tuple[str, str]] = set()
    for values in (job.params, *(prompt.plan.values for prompt in job.prompts)):
        for name, value in values.items():
            if value is not None and (key := (name, repr(value))) not in seen:
                seen.add(key)
                if refusal := _value_problem(definition, name, value):
                    problems.setdefault(name, refusal)
    runs = (prompt.plan.sequence for prompt in job.prompts)
    if any(run is not None and not _is_run(run) for run in runs):
        problems["inputs"] = problem("validation.moved_run", loc, number=job.number)
    return [item.model_copy(update={"loc": (*loc, *item.loc)}) for item in problems.values()]


def _value_problem(definition: WorkflowDefinition, name: str, value: Any) -> Problem | None:
    parameter = definition.parameters.get(name)
    if parameter is None:
        return unknown_parameter(definition, name, ("params",))
    return coerce(name, parameter, value, loc=("params", name))[1]


def _is_run(run: ImageSequence) -> bool:
    plain = not {"/", "\\", "\0"} & set(run.prefix + run.ext)
    counted = 0 <= run.first <= run.last and 1 <= run.count <= run.last - run.first + 1 <= _LONGEST_RUN
    return plain and counted and 0 <= run.digits <= _MOST_DIGITS


def files_of(jobs: Sequence[MovedJob], workflows: Mapping[str, LoadedWorkflow], places: Places) -> NamedFiles:
    """What these jobs name, as it is here."""
    named = NamedFiles()
    for job in jobs:
        definition = workflows[job.workflow_hash].definition
        plans = [mapped_plan(prompt.plan, definition, places.here) for prompt in job.prompts]
        named.add(definition, [mapped_params(job.params, definition, places.here)], plans)
        if job.unexpanded:
            named.add_submission(mapped_submission(job.submission, definition, places.here), definition)
    return named


def absent(
    named: NamedFiles,
    outputs: Sequence[str],
    places: Places,
    packed: Collection[str],
    guard: PathGuard | None,
) -> tuple[list[Problem], list[str]]:
    """(problems, folders of there that are to be mapped): files that are not here or may not be named, by folder."""
    missing: dict[str, list[str]] = defaultdict(list)
    refused: dict[str, Problem] = {}
    for path in dict.fromkeys((*named.files, *named.runs, *named.folders, *outputs)):
        is_folder = path in named.folders or path in outputs
        folder, name = (path, "the folder itself") if is_folder else _split(path, places)
        if (refusal := _refusal(path, guard)) is not None:
            refused.setdefault(folder, refusal)
        elif path in outputs:
            if not _can_be_made(Path(path)):
                refused[path] = problem("input_missing.moved_output", ("output_dir",), path=path)
        elif not (path in packed or _is_there(path, is_folder=is_folder)):
            missing[folder].append(name)
    problems = [
        problem("input_missing.moved", ("inputs",), folder=folder, names=_some(names))
        for folder, names in missing.items()
    ]
    there = [places.there(folder) for folder in (*missing, *refused)]
    return [*problems, *refused.values()], list(dict.fromkeys(there))


def _split(path: str, places: Places) -> tuple[str, str]:
    """Folder and name of a file, as it is written here or, where it was not mapped, there."""
    pure = Path(path) if os.path.isabs(path) else places.system(path)  # noqa: PTH117 - called for every input
    return str(pure.parent), pure.name


def _is_there(path: str, *, is_folder: bool) -> bool:
    return os.path.isabs(path) and (os.path.isdir(path) if is_folder else os.path.isfile(path))  # noqa: PTH112, PTH113, PTH117


def _can_be_made(folder: Path) -> bool:
    return folder.is_absolute() and (folder.is_dir() or folder.parent.is_dir())


def _refusal(path: str, guard: PathGuard | None) -> Problem | None:
    """Why a path may not be named; one of another system is only not here."""
    if guard is None or not os.path.isabs(path):  # noqa: PTH117
        return None
    try:
        guard(Path(path))
    except VqError as error:
        return error.problem(("inputs",))
    return None


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return shown if len(names) <= _NAMES_SHOWN else f"{shown} and {len(names) - _NAMES_SHOWN} more"
