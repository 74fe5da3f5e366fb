"""The inputs of a recorded render: where they lie now, compared with what they were by size and sha256."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import Problem, VqError
from video_queue.domain.workflow import InputKind, WorkflowDefinition
from video_queue.outputs.manifest import ManifestInput
from video_queue.outputs.verify import check_file
from video_queue.services.asker import PathGuard
from video_queue.system.files.path_utils import normalize_input_path
from video_queue.system.files.sequences import run_images, sequences_with


@dataclass(frozen=True, slots=True)
class InputFile:
    """One input and where it lies; `problem` says why that is not the file that it was."""

    path: Path
    slot: str | None
    problem: Problem | None


def find_inputs(
    recorded: Sequence[ManifestInput], places: Sequence[str], guard: PathGuard | None
) -> list[InputFile]:
    """Each recorded input at one of `places` (files, or folders that hold it under its name), else where it was.

    Files whose contents are not on record are taken in the order of `places`.

    Raises:
        VqError: `path_not_allowed`, `validation.path`; `validation.input_place` for a file that is none of the inputs.
    """
    named = [normalize_input_path(text).absolute() for text in places]
    for path in named:
        if guard is not None:
            guard(path)
    files = [_find(item, index, named, guard) for index, item in enumerate(recorded)]
    for path in named:
        if not path.is_dir() and all(item.path != path for item in files):
            names = ", ".join(Path(item.path).name for item in recorded) or "nothing"
            raise fail("validation.input_place", path=str(path), names=names)
    return files


def _find(item: ManifestInput, index: int, named: Sequence[Path], guard: PathGuard | None) -> InputFile:
    for path in _candidates(item, index, named):
        if _problem(item, index, path, None) is None:
            return InputFile(path, item.slot, None)
    path = Path(item.path)
    return InputFile(path, item.slot, _problem(item, index, path, guard))


def _candidates(item: ManifestInput, index: int, named: Sequence[Path]) -> Iterator[Path]:
    if item.sha256 is None:
        named = named[index : index + 1]
    for place in named:
        yield place / Path(item.path).name if place.is_dir() else place


def _problem(item: ManifestInput, index: int, path: Path, guard: PathGuard | None) -> Problem | None:
    """Why the file at `path` is not this input."""
    loc = ("inputs", index)
    if guard is not None:
        try:
            guard(path)
        except VqError as error:
            return error.problem(loc)
    check = check_file(path, item.bytes, item.sha256)
    if check.kind is None:
        return None
    if check.kind == "missing":
        return problem("input_missing.recorded", loc, path=str(path))
    return problem("input_missing.changed", loc, path=str(path), detail=check.problem)


def as_submitted(definition: WorkflowDefinition, files: Sequence[InputFile]) -> list[Any]:
    """`inputs` of a submission for one prompt with these files.

    Raises:
        VqError: `validation.recorded_slots` where it cannot be said which file is which.
    """
    paths = [str(item.path) for item in files]
    if definition.slots:
        return [_by_slot(definition, files)] if files else []
    return paths[:1] if _is_sequence(definition) else list(paths)


def run_problem(definition: WorkflowDefinition, files: Sequence[InputFile]) -> Problem | None:
    """What is wrong with a run of pictures as a whole: others lie beside those that were rendered."""
    if not (files and _is_sequence(definition)):
        return None
    runs = sequences_with(files[0].path)
    images = [image["path"] for image in run_images(runs[0])] if runs else []
    if images == [str(item.path) for item in files]:
        return None
    detail = f"its run has {len(images)} pictures instead of {len(files)}"
    return problem("input_missing.changed", ("inputs", 0), path=str(files[0].path), detail=detail)


def _is_sequence(definition: WorkflowDefinition) -> bool:
    return not definition.slots and getattr(definition.inputs, "kind", None) is InputKind.SEQUENCE


def _by_slot(definition: WorkflowDefinition, files: Sequence[InputFile]) -> dict[str, list[str]]:
    """The files by slot: as recorded, else in the slots' order; one slot may take all that others leave."""
    if all(item.slot in definition.slots for item in files):
        return {slot: [str(item.path) for item in files if item.slot == slot] for slot in definition.slots}
    sizes = {name: spec.per_prompt for name, spec in definition.slots.items()}
    fixed = sum(size for size in sizes.values() if isinstance(size, int))
    if sum(size == "all" for size in sizes.values()) > 1:
        raise fail("validation.recorded_slots", slots=", ".join(sizes))
    paths = iter(str(item.path) for item in files)
    counts = {name: len(files) - fixed if size == "all" else int(size) for name, size in sizes.items()}
    return {name: list(islice(paths, max(count, 0))) for name, count in counts.items()}
