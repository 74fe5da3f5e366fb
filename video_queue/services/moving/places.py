"""Files that jobs of a queue file name: which they are, and where they lie in another home."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

from video_queue.domain.errors import VqError
from video_queue.domain.plan import ImageSequence, PromptPlan
from video_queue.domain.submission import JOB_OUTPUTS, Submission, texts_in
from video_queue.domain.workflow import ParameterType, WorkflowDefinition
from video_queue.system.files.path_utils import parts_below
from video_queue.system.files.safe_join import safe_join
from video_queue.system.files.sequences import expand_sequence, picture_name

System = type[PurePosixPath] | type[PureWindowsPath]
THIS_SYSTEM = "windows" if sys.platform == "win32" else "posix"


def system_of(name: str) -> System:
    """How the paths of a queue file are written."""
    return PureWindowsPath if name == "windows" else PurePosixPath


@dataclass(frozen=True, slots=True)
class Places:
    """Folders of there and where they are here. Of two that fit a path the longer one counts."""

    system: System
    folders: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, system: System, *maps: Mapping[str, str]) -> Places:
        """From maps of folders; of equal ones the first counts."""
        merged: dict[str, str] = {}
        for folders in maps:
            merged |= {old: new for old, new in folders.items() if old not in merged}
        return cls(system, sorted(merged.items(), key=lambda pair: -len(system(pair[0]).parts)))

    def here(self, text: str) -> str:
        """The path that `text` is here; as it is where no folder fits."""
        for old, new in self.folders:
            rest = self._below(text, old)
            if rest is not None:
                return _joined(new, rest) or text
        return text

    def there(self, path: str) -> str:
        """What a folder of here was there; as it is where none of the maps leads to it."""
        for old, new in self.folders:
            rest = parts_below(Path(path), Path(new))
            if rest is not None:
                return str(self.system(old, *rest))
        return path

    def _below(self, text: str, folder: str) -> tuple[str, ...] | None:
        whole, start = self.system(text), self.system(folder)
        # Windows' paths are equal in upper and lower case, and so are their parts compared.
        if len(whole.parts) < len(start.parts) or self.system(*whole.parts[: len(start.parts)]) != start:
            return None
        return whole.parts[len(start.parts) :]


def _joined(folder: str, parts: Sequence[str]) -> str | None:
    """The path of `parts` in a folder of here; None where they lead out of it or can be no names here."""
    try:
        return str(safe_join(Path(folder), "/".join(parts), may_link=True)) if parts else folder
    except VqError:
        return None


@dataclass(slots=True)
class NamedFiles:
    """Every file and folder that a job names, once; `runs` are the pictures of numbered runs."""

    files: dict[str, None] = field(default_factory=dict)
    folders: dict[str, None] = field(default_factory=dict)
    runs: dict[str, None] = field(default_factory=dict)

    def add(
        self, definition: WorkflowDefinition, values: Sequence[Mapping[str, Any]], plans: Sequence[PromptPlan]
    ) -> None:
        """Note what plans and values of parameters name."""
        kinds = _path_parameters(definition)
        for some in (*values, *(plan.values for plan in plans)):
            for name, text in some.items():
                if name in kinds and isinstance(text, str) and text:
                    (self.files if kinds[name] is ParameterType.FILE else self.folders)[text] = None
        runs = set()
        for plan in plans:
            self.files |= dict.fromkeys(plan.paths)
            if plan.sequence is not None and plan.sequence not in runs:
                runs.add(plan.sequence)
                self.runs |= dict.fromkeys(_pictures(plan.sequence))

    def add_submission(self, submission: Submission, definition: WorkflowDefinition) -> None:
        """Note the inputs that a submission names itself, for a job without prompts."""
        self.files |= dict.fromkeys(text for text in _input_texts(submission, definition))


def mapped_submission(
    submission: Submission, definition: WorkflowDefinition, here: Callable[[str], str]
) -> Submission:
    """A submission with its paths as they are here."""
    kinds = _path_parameters(definition)
    columns = kinds.keys() | definition.slots.keys() | {"input"}
    changed: dict[str, Any] = {
        "inputs": _mapped(submission.inputs, here),
        "rows": [_mapped_values(row, columns, here) for row in submission.rows],
        "params": _mapped_values(submission.params, kinds, here),
        "sweep": _mapped_values(submission.sweep, kinds, here),
    }
    for name in ("input_dir", "output_dir"):
        if text := getattr(submission, name):
            changed[name] = here(text)
    return submission.model_copy(update=changed)


def mapped_plan(plan: PromptPlan, definition: WorkflowDefinition, here: Callable[[str], str]) -> PromptPlan:
    """A plan with its paths as they are here."""
    run = plan.sequence
    return replace(
        plan,
        inputs=tuple(map(here, plan.inputs)),
        slots={slot: tuple(map(here, paths)) for slot, paths in plan.slots.items()},
        sequence=run and replace(run, folder=here(run.folder)),
        values=mapped_params(plan.values, definition, here),
    )


def mapped_params(
    values: Mapping[str, Any], definition: WorkflowDefinition, here: Callable[[str], str]
) -> dict[str, Any]:
    """Values of parameters with their paths as they are here."""
    return _mapped_values(values, _path_parameters(definition), here)


def roots_of(paths: Sequence[str], folders: Sequence[str]) -> list[str]:
    """The folders that hold these files, without those that lie in another one of them or of `folders`."""
    parents = {PurePath(path).parent for path in paths}
    above = [
        folder
        for folder in map(PurePath, folders)
        if any(parent.is_relative_to(folder) for parent in parents)
    ]
    return roots_among([str(folder) for folder in (*parents, *above)], type(PurePath()))


def roots_among(folders: Sequence[str], system: type[PurePath]) -> list[str]:
    """Those of these folders that lie in no other one of them."""
    roots: dict[PurePath, None] = {}
    for folder in sorted({system(text) for text in folders}, key=lambda folder: len(folder.parts)):
        if not any(above in roots for above in folder.parents):
            roots[folder] = None
    return [str(root) for root in roots]


def _pictures(run: ImageSequence) -> list[str]:
    """The pictures of a run; only the first where its folder cannot be read for those that are missing."""
    try:
        return expand_sequence(run)
    except OSError:
        return [str(PurePath(run.folder) / picture_name(run, run.first))]


def _path_parameters(definition: WorkflowDefinition) -> dict[str, ParameterType]:
    kinds = (ParameterType.FILE, ParameterType.FOLDER)
    return {
        name: parameter.type for name, parameter in definition.parameters.items() if parameter.type in kinds
    }


def _mapped_values(values: Mapping[str, Any], names: Any, here: Callable[[str], str]) -> dict[str, Any]:
    return {name: _mapped(value, here) if name in names else value for name, value in values.items()}


def _mapped(value: Any, here: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return value if JOB_OUTPUTS.match(value) else here(value)
    if isinstance(value, list):
        return [_mapped(item, here) for item in value]
    if isinstance(value, Mapping):
        return {key: _mapped(item, here) for key, item in value.items()}
    return value


def _input_texts(submission: Submission, definition: WorkflowDefinition) -> Iterator[str]:
    cells = [row.get(name) for row in submission.rows for name in (*definition.slots, "input")]
    yield from (text for text in texts_in([submission.inputs, cells]) if text and not JOB_OUTPUTS.match(text))
