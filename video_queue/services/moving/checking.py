"""What may be wrong with a queue file that is sound as a file: values, and files that are not here."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
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


def path_problems(
    named: NamedFiles, places: Places, packed: Collection[str], guard: PathGuard | None
) -> list[Problem]:
    """Files that may not be named, and those that are not here, by the folders that they are looked for in."""
    paths = (*named.files, *named.runs)
    problems = list(_refused([path for path in (*paths, *named.folders) if os.path.isabs(path)], guard))  # noqa: PTH117
    if problems:
        return problems
    missing: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        if path not in packed and not (os.path.isabs(path) and os.path.isfile(path)):  # noqa: PTH113, PTH117
            missing[str(places.system(path).parent)].append(places.system(path).name)
    for path in named.folders:
        if not os.path.isabs(path) or not os.path.isdir(path):  # noqa: PTH112, PTH117
            missing[path].append("the folder itself")
    return [
        problem("input_missing.moved", ("inputs",), folder=folder, names=_some(names))
        for folder, names in missing.items()
    ]


def output_problems(folders: Sequence[str], guard: PathGuard | None) -> list[Problem]:
    """Output folders that may not be named, or that are on a drive or below a folder that is not here."""
    names = list(dict.fromkeys(folders))
    problems = list(_refused(names, guard))
    away = [name for name in names if not Path(name).is_absolute() or not _can_be_made(Path(name))]
    return problems or [problem("input_missing.moved_output", ("output_dir",), path=name) for name in away]


def _can_be_made(folder: Path) -> bool:
    return folder.is_dir() or folder.parent.is_dir()


def _refused(paths: Sequence[str], guard: PathGuard | None) -> Iterator[Problem]:
    for path in paths if guard else ():
        try:
            if guard:
                guard(Path(path))
        except VqError as error:
            yield error.problem(("inputs",))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return shown if len(names) <= _NAMES_SHOWN else f"{shown} and {len(names) - _NAMES_SHOWN} more"
