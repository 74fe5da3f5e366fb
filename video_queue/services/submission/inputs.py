"""The inputs of a submission as groups, one for each prompt input: files, folders, slots, rows, numbered runs.

Files named one by one are checked here; files found in a folder are not, so that one of them never refuses the batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Loc, Problem
from video_queue.domain.plan import ImageSequence, InputGroup
from video_queue.domain.submission import JOB_OUTPUTS, Submission, job_references
from video_queue.domain.workflow import InputKind, InputSpec, WorkflowDefinition
from video_queue.services.submission.input_checks import InputChecks, Probe
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
    made = InputCollection(references=job_references(submission))
    made.groups = _groups(definition, submission, folder, checks)
    if probe is not None:
        checks.probe_named(probe)
    made.problems = checks.problems
    if not (made.groups or made.problems or made.references):
        kind = " and ".join(sorted({spec.kind.value for spec in _specs(definition)}))
        made.problems = [problem("validation.no_inputs", ("inputs",), workflow=definition.name, kind=kind)]
    return made


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
        return slot_groups(definition.name, inputs, submission.inputs, files, checks)
    if inputs.kind is InputKind.NONE:
        if submission.inputs or folder is not None:
            where = ("inputs",) if submission.inputs else ("input_dir",)
            checks.note(problem("validation.inputs_not_taken", where, workflow=definition.name))
        return [InputGroup()]
    if not isinstance(submission.inputs, list):
        _refuse_slots(submission.inputs, ("inputs",), checks)
        return []
    named = _named_groups(inputs, submission.inputs, ("inputs",), checks)
    found = [] if folder is None else _folder_groups(inputs, submission, folder, checks)
    return _grouped(named + found, inputs, checks)


def _refuse_slots(value: Any, loc: Loc, checks: InputChecks) -> None:
    checks.note(
        problem("validation.value", loc, name="inputs", value=type(value).__name__, expected="Give paths.")
    )


def _named_groups(spec: InputSpec, given: list[Any], loc: Loc, checks: InputChecks) -> list[InputGroup]:
    groups: list[InputGroup] = []
    for index, text in enumerate(given):
        at = (*loc, index)
        if not isinstance(text, str):
            _refuse_slots(text, at, checks)
        elif JOB_OUTPUTS.match(text):
            continue
        elif spec.kind is InputKind.SEQUENCE:
            runs = [InputGroup(sequence=run) for run in _named_runs(text, at, checks)]
            # Pictures named one by one stand for their run once.
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
        checks.note(problem("input_unreadable.permission", loc, path=path, detail=error.strerror))
        return []
    if not runs:
        checks.note(problem("input_missing.no_runs", loc, path=path if is_dir else path.parent))
    return runs


def _open_slot(slots: Mapping[str, InputSpec], submission: Submission) -> InputSpec:
    """The slot that input_dir fills: the only one not given."""
    missing = [spec for name, spec in slots.items() if name not in submission.inputs]
    return (
        missing[0]
        if isinstance(submission.inputs, dict) and len(missing) == 1
        else next(iter(slots.values()))
    )


def _folder_files(submission: Submission, folder: Path, spec: InputSpec, checks: InputChecks) -> list[Path]:
    """The folder's files of the kind; a problem where there are none."""
    files = collect_files(folder, spec.kind, recursive=submission.recursive, glob=submission.glob)
    if not files:
        kind = "image" if spec.kind is InputKind.SEQUENCE else spec.kind.value
        detail = f" that match {submission.glob!a}" if submission.glob else ""
        checks.note(
            problem("input_missing.empty_folder", ("input_dir",), path=folder, kind=kind, detail=detail)
        )
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
        checks.note(problem("input_missing.no_runs", ("input_dir",), path=folder))
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
        checks.note(problem("validation.input_groups", ("inputs",), count=len(groups), size=size))
    parts = (groups[start : start + size] for start in range(0, len(groups), size))
    return [
        InputGroup(inputs=tuple(path for one in part for path in one.inputs), reldir=part[0].reldir)
        for part in parts
    ]


def _row_groups(
    definition: WorkflowDefinition, submission: Submission, checks: InputChecks
) -> list[InputGroup]:
    """One group for each row, from its `input` column or its slots' columns."""
    if submission.inputs:
        checks.note(problem("validation.rows_and_inputs", ("rows",)))
        return []
    return [_row_group(definition, index, row, checks) for index, row in enumerate(submission.rows)]


def _row_group(
    definition: WorkflowDefinition, index: int, row: Mapping[str, Any], checks: InputChecks
) -> InputGroup:
    inputs = definition.inputs
    if isinstance(inputs, dict):
        return _slot_row(definition.name, inputs, index, row, checks)
    if inputs.kind is InputKind.NONE:
        return _bare_row(definition.name, index, row, checks)
    return _file_row(inputs, index, row, checks)


def _bare_row(workflow: str, index: int, row: Mapping[str, Any], checks: InputChecks) -> InputGroup:
    if row.get("input"):
        checks.note(problem("validation.inputs_not_taken", ("rows", index, "input"), workflow=workflow))
    return InputGroup()


def _file_row(spec: InputSpec, index: int, row: Mapping[str, Any], checks: InputChecks) -> InputGroup:
    given = row.get("input") or []
    listed = given if isinstance(given, list) else [given]
    if not listed:
        checks.note(problem("validation.row", ("rows", index), row=index + 1, detail="it names no input"))
    loc: Loc = ("rows", index, "input")
    groups = _named_groups(spec, listed, loc, checks)
    size = spec.per_prompt if isinstance(spec.per_prompt, int) else len(groups)
    if groups and len(groups) != size and len(groups) == len(listed):
        checks.note(problem("validation.input_groups", loc, count=len(groups), size=size))
    if spec.kind is InputKind.SEQUENCE and len(groups) > 1:
        detail = f"its folder holds {len(groups)} runs; name a picture of one of them"
        checks.note(problem("validation.row", loc, row=index + 1, detail=detail))
    files = tuple(path for group in groups for path in group.inputs)
    return InputGroup(inputs=files, sequence=groups[0].sequence if groups else None)


def _slot_row(
    workflow: str, slots: Mapping[str, InputSpec], index: int, row: Mapping[str, Any], checks: InputChecks
) -> InputGroup:
    given = {name: row[name] for name in slots if row.get(name)}
    made = slot_groups(workflow, slots, [given], [], checks, loc=("rows",), first=index)
    return made[0] if made else InputGroup()


def slot_groups(
    workflow: str,
    slots: Mapping[str, InputSpec],
    given: Sequence[Any] | Mapping[str, Any],
    found: Sequence[Path],
    checks: InputChecks,
    *,
    loc: Loc = ("inputs",),
    first: int = 0,
) -> list[InputGroup]:
    """One group for each prompt. `found` (a folder's files) fills the one slot that a mapping leaves out.

    `first` is the number of the first item of a list, for the problems' `loc`.
    """
    if found and given and not isinstance(given, Mapping):
        _refuse(
            workflow, slots, "a folder fills only the one that an object of lists leaves out", loc, checks
        )
        return []
    if isinstance(given, Mapping) or found:
        given = given if isinstance(given, Mapping) else {}
        return _zipped(workflow, slots, given, found, checks, loc)
    groups = []
    for index, item in enumerate(given, start=first):
        at = (*loc, index)
        if not isinstance(item, Mapping) or item.keys() != slots.keys():
            _refuse(workflow, slots, _difference(slots, item), at, checks)
            continue
        files = {name: _files(spec, item[name], (*at, name), checks) for name, spec in slots.items()}
        for name, spec in slots.items():
            if isinstance(spec.per_prompt, int) and len(files[name]) != spec.per_prompt:
                detail = {"count": len(files[name]), "size": spec.per_prompt}
                checks.note(problem("validation.input_groups", (*at, name), **detail))
        groups.append(InputGroup(slots=files))
    return groups


def _refuse(workflow: str, slots: Mapping[str, Any], detail: str, loc: Loc, checks: InputChecks) -> None:
    names = ", ".join(slots)
    checks.note(problem("validation.input_slots", loc, workflow=workflow, slots=names, detail=detail))


def _difference(slots: Mapping[str, Any], item: Any) -> str:
    """What is wrong with the keys of one item."""
    if not isinstance(item, Mapping):
        return "this is not an object with those keys"
    missing = [name for name in slots if name not in item]
    unknown = [ascii(name)[1:-1] for name in item if name not in slots]
    parts = [f"{', '.join(missing)} missing"] if missing else []
    return "; ".join(parts + ([f"{', '.join(unknown)} unknown"] if unknown else []))


def _files(spec: InputSpec, value: Any, loc: Loc, checks: InputChecks) -> tuple[str, ...]:
    """The checked paths of one slot; a file with a problem is kept, so that counts stay right."""
    texts = value if isinstance(value, list) else [value]
    made = []
    for text in texts:
        if not isinstance(text, str):
            checks.note(
                problem("validation.value", loc, name=str(loc[-1]), value="", expected="Give a path.")
            )
            text = ""
        elif not JOB_OUTPUTS.match(text):
            path = checks.file(text, spec.kind, loc)
            text = str(path) if path else ""
        made.append(text)
    return tuple(made)


def _zipped(
    workflow: str,
    slots: Mapping[str, InputSpec],
    given: Mapping[str, Any],
    found: Sequence[Path],
    checks: InputChecks,
    loc: Loc,
) -> list[InputGroup]:
    missing = [name for name in slots if name not in given]
    if given.keys() - slots.keys() or missing[1 if found else 0 :]:
        _refuse(workflow, slots, _difference(slots, given), loc, checks)
        return []
    chunks: dict[str, list[tuple[str, ...]]] = {}
    for name, spec in slots.items():
        at = (*loc, name)
        files = _files(spec, given[name], at, checks) if name in given else tuple(map(str, found))
        chunks[name] = _chunks(files, spec, at, checks)
    lengths = {len(parts) for parts in chunks.values() if len(parts) != 1}
    if len(lengths) > 1 or 0 in lengths:
        shown = ", ".join(f"{name} {len(parts)}" for name, parts in chunks.items())
        checks.note(problem("validation.slot_lengths", loc, lengths=shown))
        return []
    count = max(lengths, default=1)
    return [
        InputGroup(slots={name: parts[index if len(parts) > 1 else 0] for name, parts in chunks.items()})
        for index in range(count)
    ]


def _chunks(files: tuple[str, ...], spec: InputSpec, loc: Loc, checks: InputChecks) -> list[tuple[str, ...]]:
    """A slot's files in groups of its `per_prompt`."""
    size = len(files) if spec.per_prompt == "all" else spec.per_prompt
    if size and len(files) % size:
        checks.note(problem("validation.input_groups", loc, count=len(files), size=size))
    return [files[start : start + size] for start in range(0, len(files), size or 1)]
