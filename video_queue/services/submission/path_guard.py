"""The paths that a submission names: which of them a request may not name, and which are not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from video_queue.domain.errors import Loc, Problem, VqError
from video_queue.domain.submission import Submission, job_references, texts_in
from video_queue.domain.workflow import ParameterType, WorkflowDefinition
from video_queue.services.asker import PathGuard
from video_queue.services.submission.prompt_builder import PlannedJob
from video_queue.services.workflows.parameters import file_problems
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.system.files.path_utils import normalize_input_path

_MAX_PROBLEMS = 20


def refused_paths(submission: Submission, definition: WorkflowDefinition, guard: PathGuard) -> list[Problem]:
    """The problems with paths that a request may not name."""
    problems = []
    for loc, text in _named_paths(submission, definition):
        try:
            guard(_meant(text, submission))
        except VqError as error:
            problems.append(error.problem(loc))
    return problems


def asked_once(guard: PathGuard) -> PathGuard:
    """`guard` for one submission: a path that passed is not judged again."""
    passed = set[Path]()

    def ask(path: Path) -> None:
        if path not in passed:
            guard(path)
            passed.add(path)

    return ask


def refused_by(workflows: WorkflowService, guard: PathGuard) -> Callable[[Submission], list[Problem]]:
    """`refused_paths` by the definition of each submission's own workflow; nothing where there is no such workflow."""

    def refused(submission: Submission) -> list[Problem]:
        try:
            definition = workflows.get(submission.workflow).definition
        except VqError:
            return []
        return refused_paths(submission, definition, guard)

    return refused


def _meant(text: str, submission: Submission) -> Path:
    """The path of a text; a relative one lies in the submission's `input_dir`, where it has one."""
    path = normalize_input_path(text)
    if path.is_absolute() or not submission.input_dir:
        return path
    return normalize_input_path(submission.input_dir) / path


def _named_paths(submission: Submission, definition: WorkflowDefinition) -> Iterator[tuple[Loc, str]]:
    for name in ("input_dir", "output_dir"):
        if text := getattr(submission, name):
            yield (name,), text
    references = set(job_references(submission))
    for text in texts_in(submission.inputs):
        if text not in references:
            yield ("inputs",), text
    files = _file_parameters(definition)
    columns = files | set(definition.slots) | {"input"}
    for name in files & submission.params.keys():
        yield from ((("params", name), text) for text in texts_in(submission.params[name]))
    for name in files & submission.sweep.keys():
        yield from ((("sweep", name), text) for text in texts_in(submission.sweep[name]))
    for index, row in enumerate(submission.rows):
        for name in columns & row.keys():
            yield from (
                (("rows", index, name), text) for text in texts_in(row[name]) if text not in references
            )


def outside_problems(planned: PlannedJob, guard: PathGuard) -> list[Problem]:
    """The problems with files of a folder that are links to places a request may not name."""
    problems = []
    for text in planned.inputs.paths():
        try:
            guard(Path(text))
        except VqError as error:
            problems.append(error.problem(("inputs",)))
        if len(problems) >= _MAX_PROBLEMS:
            break
    return problems


def all_file_problems(definition: WorkflowDefinition, planned: PlannedJob) -> list[Problem]:
    """The problems with files that parameters name, those of sweeps and rows too; each path is checked once."""
    names = _file_parameters(definition)
    own = {(n, v) for plan in planned.prompts for n, v in plan.values.items() if n in names and v is not None}
    problems = file_problems(definition, planned.params)
    for name, value in sorted(own):
        problems += file_problems(definition, {name: value})
    return problems


def _file_parameters(definition: WorkflowDefinition) -> set[str]:
    """The parameters that name files or folders."""
    kinds = (ParameterType.FILE, ParameterType.FOLDER)
    return {name for name, parameter in definition.parameters.items() if parameter.type in kinds}
