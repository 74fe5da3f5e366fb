"""Presets: named values of a workflow's form, kept as files `home/presets/WORKFLOW/NAME.json`.

The client puts them into a Submission (`--preset`, the page); a job never refers to a preset.
"""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import Problem, ProblemsError
from video_queue.domain.submission import Submission
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.submission.fanout import plan_fan_out
from video_queue.services.submission.resolution import resolve_resolution
from video_queue.services.workflows.values import is_blank
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.system.files.names import safe_file_name

_NAME_LIMIT = 100
_SUFFIX = ".json"


class PresetValues(BaseModel):
    """What a preset keeps of a Submission: values and how they fan out, never inputs or folders."""

    model_config = ConfigDict(extra="forbid")

    params: dict[str, Any] = {}
    sweep: dict[str, list[Any]] = {}
    seeds: int | str | list[int | str] | None = None
    resolution: str | None = None
    flip: bool = False
    review: bool = False


class Preset(PresetValues):
    """A preset with its name and its workflow's."""

    name: str
    workflow: str


class Presets:
    """The presets of one home. Safe in any thread; of two writes to one preset the later stays, whole."""

    def __init__(self, folder: Path, workflows: WorkflowService) -> None:
        self._folder, self._workflows = folder, workflows

    def list_presets(self, workflow: str) -> list[Preset]:
        """A workflow's presets by name; other files are skipped.

        Raises:
            VqError: unknown_workflow.
        """
        paths = self._folder_of(workflow).glob(f"*{_SUFFIX}")
        stored = ((path.stem, _read(path)) for path in sorted(paths, key=lambda path: path.stem.casefold()))
        return [_preset(workflow, name, values) for name, values in stored if values is not None]

    def names(self) -> list[str]:
        """Every preset of every workflow there is, as `WORKFLOW/NAME`."""
        known = [info.name for info in self._workflows.list()]
        return [f"{workflow}/{preset.name}" for workflow in known for preset in self.list_presets(workflow)]

    def get(self, workflow: str, name: str) -> Preset:
        """One preset.

        Raises:
            VqError: unknown_workflow, not_found.preset, validation.preset_name.
        """
        values = _read(self._path(workflow, name))
        if values is None:
            raise fail("not_found.preset", workflow=workflow, name=name)
        return _preset(workflow, name, values)

    def put(self, workflow: str, name: str, values: PresetValues) -> Preset:
        """Keep a preset, in place of one of the same name; its values must fit the workflow as it is now.

        Raises:
            VqError: unknown_workflow, validation.preset_name.
            ProblemsError: values that the workflow does not take; nothing was written.
        """
        path = self._path(workflow, name)
        if problems := _problems(self._workflows.get(workflow).definition, values):
            raise ProblemsError(problems)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, values.model_dump_json(indent=1, exclude_defaults=True) + "\n")
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
        if not name or safe_file_name(name, limit=_NAME_LIMIT) != name:
            shown = name.encode(errors="replace").decode()[:_NAME_LIMIT]
            raise fail("validation.preset_name", name=shown)
        return self._folder_of(workflow) / f"{name}{_SUFFIX}"

    def _folder_of(self, workflow: str) -> Path:
        return self._folder / safe_file_name(self._workflows.info(workflow).name)


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
