"""The inputs of a submission as groups, one for each prompt input: files, folders, rows, numbered runs; see `slots`.

Files named one by one are checked; files of a folder are not, so that one of them never refuses the batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from video_queue.domain.errors import Loc, Problem
from video_queue.domain.plan import ImageSequence, InputGroup
from video_queue.domain.submission import JOB_OUTPUTS, Submission, job_references
from video_queue.domain.workflow import InputKind, InputSpec, WorkflowDefinition
from video_queue.services.submission.input_checks import InputChecks, Probe
from video_queue.services.submission.slots import SlotGroups
from video_queue.system.files.collect import collect_files
from video_queue.system.files.sequences import find_sequences, sequences_with


@dataclass(slots=True)
class InputCollection:
    """The groups in the order of their prompts; `references` are inputs such as `job:12`, which stay out of them."""

    groups: list[InputGroup] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    references: list[str] = field(default_factory=list)

    def paths(self) -> Iterator[str]:
        """Every file and folder of the groups."""
        for group in self.groups:
            yield from group.inputs
            for files in group.slots.values():
                yield from files
            if group.sequence:
                yield group.sequence.folder


def collect_inputs(
    definition: WorkflowDefinition, submission: Submission, *, probe: Probe | None = None
) -> InputCollection:
    """The submission's inputs as groups, with all problems (`validation`, `input_missing`, `input_unreadable`).

    Inputs named one by one keep their order; those of `input_dir` follow in natural order. `probe(path, kind)`
    opens a file and raises VqError where it is not readable; it is called for up to 64 named files.
    """
    checks = InputChecks()
    folder = checks.folder(submission.input_dir) if submission.input_dir is not None else None
    groups = _groups(definition, submission, folder, checks)
    if probe is not None:
        checks.probe_named(probe)
    references = job_references(submission)
    if not (groups or checks.problems or references):
        kind = " and ".join(sorted({spec.kind.value for spec in _specs(definition)}))
        checks.refuse("validation.no_inputs", ("inputs",), workflow=definition.name, kind=kind)
    return InputCollection(groups, checks.problems, references)


def _specs(definition: WorkflowDefinition) -> list[InputSpec]:
    inputs = definition.inputs
    return list(inputs.values()) if isinstance(inputs, dict) else [inputs]


def _groups(
    definition: WorkflowDefinition, submission: Submission, folder: Path | None, checks: InputChecks
) -> list[InputGroup]:
    if submission.rows:
        return _row_groups(definition, submission, checks)
    inputs = definition.inputs
    if isinstance(inputs, dict):
        slot = _open_slot(inputs, submission)
        files = [] if folder is None else _folder_files(submission, folder, slot, checks)
        return SlotGroups(definition.name, inputs, checks).of_inputs(submission.inputs, files)
    if inputs.kind is InputKind.NONE:
        if submission.inputs or folder is not None:
            where = ("inputs",) if submission.inputs else ("input_dir",)
            checks.refuse("validation.inputs_not_taken", where, workflow=definition.name)
        return [InputGroup()]
    if not isinstance(submission.inputs, list):
        _refuse_value(submission.inputs, ("inputs",), checks)
        return []
    named = _named_groups(inputs, submission.inputs, ("inputs",), checks)
    in_folder = [] if folder is None else _folder_groups(inputs, submission, folder, checks)
    return _grouped(named + in_folder, inputs, checks)


def _refuse_value(value: Any, loc: Loc, checks: InputChecks) -> None:
    checks.refuse("validation.value", loc, name="inputs", value=type(value).__name__, expected="Give paths.")


def _named_groups(spec: InputSpec, texts: list[Any], loc: Loc, checks: InputChecks) -> list[InputGroup]:
    groups: list[InputGroup] = []
    for index, text in enumerate(texts):
        at = (*loc, index)
        if not isinstance(text, str):
            _refuse_value(text, at, checks)
        elif JOB_OUTPUTS.match(text):
            continue
        elif spec.kind is InputKind.SEQUENCE:
            runs = [InputGroup(sequence=run) for run in _named_runs(text, at, checks)]
            # Pictures of one run that are named one by one give the run once.
            groups += [run for run in runs if run not in groups]
        elif path := checks.file(text, spec.kind, at):
            groups.append(InputGroup(inputs=(str(path),)))
    return groups


def _named_runs(text: str, loc: Loc, checks: InputChecks) -> list[ImageSequence]:
    """The runs of a folder, or the one that a picture belongs to."""
    path = checks.path(text, loc)
    if path is None:
        return []
    is_dir = path.is_dir()
    if not (checks.is_folder(path, loc) if is_dir else checks.is_regular(path, loc)):
        return []
    try:
        runs = find_sequences(path) if is_dir else sequences_with(path)
    except OSError as error:
        checks.refuse("input_unreadable.permission", loc, path=path, detail=error.strerror)
        return []
    if not runs:
        checks.refuse("input_missing.no_runs", loc, path=path if is_dir else path.parent)
    return runs


def _open_slot(slots: Mapping[str, InputSpec], submission: Submission) -> InputSpec:
    """The slot that input_dir fills: the only one left out."""
    missing = [spec for name, spec in slots.items() if name not in submission.inputs]
    only = isinstance(submission.inputs, dict) and len(missing) == 1
    return missing[0] if only else next(iter(slots.values()))


def _folder_files(submission: Submission, folder: Path, spec: InputSpec, checks: InputChecks) -> list[Path]:
    """The folder's files of the kind; a problem where there are none."""
    files = collect_files(folder, spec.kind, recursive=submission.recursive, glob=submission.glob)
    if not files:
        kind = "image" if spec.kind is InputKind.SEQUENCE else spec.kind.value
        detail = f" that match {submission.glob!a}" if submission.glob else ""
        checks.refuse("input_missing.empty_folder", ("input_dir",), path=folder, kind=kind, detail=detail)
    return files


def _folder_groups(
    spec: InputSpec, submission: Submission, folder: Path, checks: InputChecks
) -> list[InputGroup]:
    files = _folder_files(submission, folder, spec, checks)
    if spec.kind is not InputKind.SEQUENCE:
        return [InputGroup(inputs=(str(path),), reldir=_reldir(path.parent, folder)) for path in files]
    by_folder: dict[Path, list[str]] = defaultdict(list)
    for path in files:
        by_folder[path.parent].append(path.name)
    groups = [
        InputGroup(sequence=run, reldir=_reldir(parent, folder))
        for parent, names in by_folder.items()
        for run in find_sequences(parent, names=names)
    ]
    if files and not groups:
        checks.refuse("input_missing.no_runs", ("input_dir",), path=folder)
    return groups


def _reldir(parent: Path, folder: Path) -> str:
    relative = parent.relative_to(folder).as_posix()
    return "" if relative == "." else relative


def _grouped(groups: list[InputGroup], spec: InputSpec, checks: InputChecks) -> list[InputGroup]:
    """Single files put together as the workflow's `per_prompt` says; a run is always one input."""
    if spec.per_prompt == 1 or spec.kind is InputKind.SEQUENCE or not groups:
        return groups
    size = len(groups) if spec.per_prompt == "all" else spec.per_prompt
    if len(groups) % size and not checks.problems:
        checks.refuse("validation.input_groups", ("inputs",), count=len(groups), size=size)
    parts = (groups[start : start + size] for start in range(0, len(groups), size))
    return [
        InputGroup(inputs=tuple(path for group in part for path in group.inputs), reldir=part[0].reldir)
        for part in parts
    ]


def _row_groups(
    definition: WorkflowDefinition, submission: Submission, checks: InputChecks
) -> list[InputGroup]:
    """One group for each row, from its `input` column or its slots' columns."""
    if submission.inputs:
        checks.refuse("validation.rows_and_inputs", ("rows",))
        return []
    return [_row_group(definition, index, row, checks) for index, row in enumerate(submission.rows)]


def _row_group(
    definition: WorkflowDefinition, index: int, row: Mapping[str, Any], checks: InputChecks
) -> InputGroup:
    inputs = definition.inputs
    if isinstance(inputs, dict):
        files = {name: row[name] for name in inputs if row.get(name)}
        slots = SlotGroups(definition.name, inputs, checks)
        return slots.of_item(files, ("rows", index)) or InputGroup()
    if inputs.kind is InputKind.NONE:
        return _bare_row(definition.name, index, row, checks)
    return _file_row(inputs, index, row, checks)


def _bare_row(workflow: str, index: int, row: Mapping[str, Any], checks: InputChecks) -> InputGroup:
    if row.get("input"):
        checks.refuse("validation.inputs_not_taken", ("rows", index, "input"), workflow=workflow)
    return InputGroup()


def _file_row(spec: InputSpec, index: int, row: Mapping[str, Any], checks: InputChecks) -> InputGroup:
    value = row.get("input") or []
    texts = value if isinstance(value, list) else [value]
    if not texts:
        checks.refuse("validation.row", ("rows", index), row=index + 1, detail="it names no input")
    loc: Loc = ("rows", index, "input")
    groups = _named_groups(spec, texts, loc, checks)
    size = spec.per_prompt if isinstance(spec.per_prompt, int) else len(groups)
    if groups and len(groups) != size and len(groups) == len(texts):
        checks.refuse("validation.input_groups", loc, count=len(groups), size=size)
    if spec.kind is InputKind.SEQUENCE and len(groups) > 1:
        detail = f"its folder holds {len(groups)} runs; name a picture of one of them"
        checks.refuse("validation.row", loc, row=index + 1, detail=detail)
    files = tuple(path for group in groups for path in group.inputs)
    return InputGroup(inputs=files, sequence=groups[0].sequence if groups else None)
