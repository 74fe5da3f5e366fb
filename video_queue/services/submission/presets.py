"""Presets: named values of a Submission, kept as files `home/presets/WORKFLOW/NAME.json`.

Those in `home/presets/NAME.json` are shared by all workflows: each takes of them what fits it. The client puts a preset
into a Submission (`--preset`); a job never refers to one.
"""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import Problem, ProblemsError
from video_queue.domain.states import RunOrder
from video_queue.domain.submission import Submission
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.submission.fanout import plan_fan_out
from video_queue.services.submission.resolution import resolve_resolution
from video_queue.services.workflows.values import is_blank
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.system.files.names import safe_file_name
from video_queue.system.files.safe_join import safe_join

_NAME_LIMIT = 100
_SUFFIX = ".json"


class PresetValues(BaseModel):
    """What a preset keeps of a Submission: values, how they fan out, the folder and how to queue it, never inputs.

    `not_before` is a time of the day (`22:00`): who starts from the preset takes the next one.
    """

    model_config = ConfigDict(extra="forbid")

    params: dict[str, Any] = {}
    sweep: dict[str, list[Any]] = {}
    seeds: int | str | list[int | str] | None = None
    resolution: str | None = None
    flip: bool = False
    review: bool = False
    output_dir: Annotated[str, Field(max_length=4096)] | None = None
    if_exists: Literal["version", "skip"] | None = None
    tags: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=100)] = []
    priority: Annotated[int, Field(ge=-(2**31), lt=2**31)] | None = None
    held: bool = False
    reuse: bool | None = None
    run_order: RunOrder | None = None
    note: Annotated[str, Field(max_length=10_000)] | None = None
    limit: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    not_before: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None


class SharedPreset(PresetValues):
    """A preset of all workflows, whole, with its name."""

    name: str


class Preset(PresetValues):
    """A preset with its name and its workflow's; of a `shared` one what the workflow takes, without `left_out`."""

    name: str
    workflow: str
    shared: bool = False
    left_out: list[str] = []


class Presets:
    """The presets of one home. Safe in any thread; of two writes to one preset the later stays, whole."""

    def __init__(self, folder: Path, workflows: WorkflowService) -> None:
        self._folder, self._workflows = folder, workflows

    def list_presets(self, workflow: str) -> list[Preset]:
        """A workflow's presets by name, then the shared ones without its names; other files are skipped.

        Raises:
            VqError: unknown_workflow.
        """
        own = [_preset(workflow, name, values) for name, values in _stored(self._folder_of(workflow))]
        names = {preset.name for preset in own}
        definition = self._definition(workflow)
        shared = ((name, values) for name, values in _stored(self._folder) if name not in names)
        return own + [_fitted(definition, workflow, name, values) for name, values in shared]

    def list_shared(self) -> list[SharedPreset]:
        """The presets that all workflows share, by name."""
        return [SharedPreset(name=name, **values.model_dump()) for name, values in _stored(self._folder)]

    def names(self) -> list[str]:
        """Every preset of every workflow there is, as `WORKFLOW/NAME`, and the shared ones as `NAME`."""
        known = [info.name for info in self._workflows.list()]
        own = [f"{workflow}/{name}" for workflow in known for name, _ in _stored(self._folder_of(workflow))]
        return own + [name for name, _ in _stored(self._folder)]

    def get(self, workflow: str, name: str) -> Preset:
        """One preset: the workflow's own, else what it takes of a shared one.

        Raises:
            VqError: unknown_workflow, not_found.preset, validation.preset_name.
        """
        if (values := _read(self._path(workflow, name))) is not None:
            return _preset(workflow, name, values)
        if (values := _read(_path(self._folder, name))) is not None:
            return _fitted(self._definition(workflow), workflow, name, values)
        raise fail("not_found.preset", workflow=workflow, name=name)

    def put_shared(self, name: str, values: PresetValues) -> SharedPreset:
        """Keep a preset for all workflows, in place of one of the same name.

        Raises:
            VqError: validation.preset_name.
            ProblemsError: parameters that no workflow has; nothing was written.
        """
        path = _path(self._folder, name)
        definitions = [info.definition for info in self._workflows.list() if info.definition]
        known = {parameter for definition in definitions for parameter in definition.parameters}
        problems = [
            problem("validation.preset_parameter", (part, key), name=key)
            for part, values_by_name in (("params", values.params), ("sweep", values.sweep))
            for key in values_by_name
            if key not in known
        ]
        if problems:
            raise ProblemsError(problems)
        _keep(path, values)
        return SharedPreset(name=name, **values.model_dump())

    def delete_shared(self, name: str) -> None:
        """Remove a shared preset.

        Raises:
            VqError: not_found.shared_preset, validation.preset_name.
        """
        try:
            _path(self._folder, name).unlink()
        except FileNotFoundError:
            raise fail("not_found.shared_preset", name=name) from None

    def put(self, workflow: str, name: str, values: PresetValues) -> Preset:
        """Keep a preset, in place of one of the same name; its values must fit the workflow as it is now.

        Raises:
            VqError: unknown_workflow, validation.preset_name.
            ProblemsError: values that the workflow does not take; nothing was written.
        """
        path = self._path(workflow, name)
        if problems := _problems(self._workflows.get(workflow).definition, values):
            raise ProblemsError(problems)
        _keep(path, values)
        return _preset(workflow, name, values)

    def delete(self, workflow: str, name: str) -> None:
        """Remove a preset.

        Raises:
            VqError: unknown_workflow, not_found.preset, validation.preset_name.
        """
        try:
            self._path(workflow, name).unlink()
        except FileNotFoundError:
            raise fail("not_found.preset", workflow=workflow, name=name) from None

    def _path(self, workflow: str, name: str) -> Path:
        return _path(self._folder_of(workflow), name)

    def _folder_of(self, workflow: str) -> Path:
        return self._folder / safe_file_name(self._workflows.info(workflow).name)

    def _definition(self, workflow: str) -> WorkflowDefinition | None:
        """None for a broken workflow, which nothing can be submitted to."""
        return self._workflows.info(workflow).definition


def _path(folder: Path, name: str) -> Path:
    if not name or safe_file_name(name, limit=_NAME_LIMIT) != name:
        shown = name.encode(errors="replace").decode()[:_NAME_LIMIT]
        raise fail("validation.preset_name", name=shown)
    return safe_join(folder, f"{name}{_SUFFIX}")


def _stored(folder: Path) -> list[tuple[str, PresetValues]]:
    """The presets that lie in a folder, by name."""
    paths = sorted(folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stem.casefold())
    return [(path.stem, values) for path in paths if (values := _read(path)) is not None]


def _fitted(definition: WorkflowDefinition | None, workflow: str, name: str, values: PresetValues) -> Preset:
    """Of a shared preset what a workflow takes."""
    fields, left_out = values.model_dump(), list[str]()
    while definition and (problems := _problems(definition, PresetValues.model_validate(fields))):
        part, *keys = problems[0].loc
        if keys and keys[0] in fields.get(str(part), ()):
            left_out.append(str(keys[0]))
            del fields[str(part)][keys[0]]
        else:  # of the whole: how it fans out, or its size
            whole = ("resolution", "flip") if part in ("resolution", "flip") else ("sweep", "seeds")
            gone = [key for key in whole if fields[key]]
            if not gone:
                break
            left_out += gone
            fields |= {key: PresetValues.model_fields[key].get_default() for key in gone}
    return Preset(**fields, name=name, workflow=workflow, shared=True, left_out=left_out)


def _keep(path: Path, values: PresetValues) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, values.model_dump_json(indent=1, exclude_defaults=True) + "\n")


def _preset(workflow: str, name: str, values: PresetValues) -> Preset:
    return Preset(name=name, workflow=workflow, **values.model_dump())


def _read(path: Path) -> PresetValues | None:
    """What a file keeps; None where it is missing or no preset."""
    try:
        return PresetValues.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _write(path: Path, text: str) -> None:
    """The whole file or none: written beside it, synced, then put in its place."""
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _problems(definition: WorkflowDefinition, values: PresetValues) -> list[Problem]:
    """The problems with what a preset keeps; what it leaves out may follow when it is used."""
    params = {name: value for name, value in values.params.items() if not _is_blank(definition, name, value)}
    submission = Submission(workflow=definition.name, params=params, sweep=values.sweep, seeds=values.seeds)
    _, problems = plan_fan_out(definition, submission, rng=random.Random(0))
    problems = [item for item in problems if item.loc[0] != "params" or item.loc[1] in params]
    if values.resolution is not None or values.flip:
        problems += resolve_resolution(definition, values.resolution, values.flip)[1]
    return problems


def _is_blank(definition: WorkflowDefinition, name: str, value: Any) -> bool:
    return name in definition.parameters and is_blank(definition.parameters[name], value)
