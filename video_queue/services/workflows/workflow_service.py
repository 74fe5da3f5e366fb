"""The workflows: those that ship and the artist's own, reloaded when a file changes.

A broken file shows as broken, with line and key, and never hides the others.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

import video_queue
from video_queue.domain.catalogue import fail, nearest, problem
from video_queue.domain.errors import Problem, ProblemsError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.workflows.form_schema import parameter_schema
from video_queue.services.workflows.workflow_files import (
    WorkflowFile,
    is_current,
    read_graph_alone,
    read_workflow_file,
)

# The coarsest step in which file systems keep times: two seconds (FAT).
_CLOCK_STEP = 2_000_000_000
SHIPPED = Path(video_queue.__file__).parent / "workflows"


class WorkflowInfo(BaseModel):
    """A workflow as lists show it. With problems it cannot be run; without a definition its shape is wrong.

    `warnings` (`ComfyChecks`) are what the ComfyUI of this home would refuse with its default values.
    """

    name: str
    title: str
    description: str
    source: str
    shipped: bool
    problems: list[Problem]
    warnings: list[Problem] = []
    definition: WorkflowDefinition | None


class _Listing(NamedTuple):
    """The files of all folders; it holds while the folders' times are those of `changed` and the files are current."""

    changed: list[int]
    by_name: dict[str, WorkflowFile]
    files: list[WorkflowFile]


class WorkflowService:
    """The workflow files of some folders; where two have one name, the earlier folder wins. Safe in any thread."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = list(folders)
        self._files: dict[Path, WorkflowFile] = {}
        self._listing: _Listing | None = None
        self._loaded: dict[Path, tuple[WorkflowFile, LoadedWorkflow]] = {}
        self._lock = threading.Lock()

    def list(self) -> list[WorkflowInfo]:
        """Every workflow by name, broken ones included."""
        return [_info(file) for _, file in sorted(self._current().items())]

    def info(self, name: str) -> WorkflowInfo:
        """One workflow, broken or not.

        Raises:
            VqError: unknown_workflow, with the nearest name.
        """
        return _info(self._file(name))

    def get(self, name: str) -> LoadedWorkflow:
        """The workflow called `name`, ready to run.

        Raises:
            VqError: unknown_workflow, with the nearest name.
            ProblemsError: the file has problems.
        """
        file = self._file(name)
        if file.problems or file.definition is None:
            raise ProblemsError(file.problems)
        with self._lock:
            known = self._loaded.get(file.path)
            if known is None or known[0] is not file:
                known = (file, LoadedWorkflow(file.definition, file.graphs))
                self._loaded[file.path] = known
        return known[1]

    def schema(self, name: str) -> dict[str, Any]:
        """The JSON Schema of the workflow's parameters (see `parameter_schema`).

        Raises:
            VqError: unknown_workflow.
            ProblemsError: the file has problems.
        """
        return parameter_schema(self.get(name).definition)

    def _file(self, name: str) -> WorkflowFile:
        files = self._current()
        if name in files:
            return files[name]
        shown = name.encode(errors="replace").decode()
        known = ", ".join(sorted(files)) or "none"
        if near := nearest(shown, files):
            raise fail("unknown_workflow.near", name=shown, near=near, known=known)
        raise fail("unknown_workflow.name", name=shown, known=known)

    def _current(self) -> dict[str, WorkflowFile]:
        """The files by workflow name, read again where they changed."""
        changed, listing = [_changed_at(folder) for folder in self._folders], self._listing
        # Asked outside the lock, for every submission does so.
        if listing and listing.changed == changed and all(map(is_current, listing.files)):
            return listing.by_name
        with self._lock:
            by_name = self._read()
            # Within one step of the disk's clock a folder may change again and show the same time.
            is_final = time.time_ns() - max(changed, default=0) > _CLOCK_STEP
            self._listing = _Listing(changed, by_name, list(self._files.values())) if is_final else None
            return by_name

    def _read(self) -> dict[str, WorkflowFile]:
        by_name: dict[str, WorkflowFile] = {}
        seen: dict[Path, WorkflowFile] = {}
        for folder in self._folders:
            here: dict[str, WorkflowFile] = {}
            for path in _files(folder, (".yaml", ".yml")):
                seen[path] = self._known(path) or read_workflow_file(path)
                _add(here, seen[path])
            for path in _graphs_alone(folder, here.values()):
                seen[path] = self._known(path) or read_graph_alone(path)
                if seen[path].problems:
                    here[path.name] = seen[path]
            by_name = here | by_name
        self._files = seen
        return by_name

    def _known(self, path: Path) -> WorkflowFile | None:
        """What was read of a file, if it is still the same."""
        known = self._files.get(path)
        return known if known is not None and is_current(known) else None


def _changed_at(folder: Path) -> int:
    """When an entry was added to a folder, renamed or removed (nanoseconds); 0 where there is no folder."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _add(here: dict[str, WorkflowFile], file: WorkflowFile) -> None:
    """Two files of one folder under one name: the later one is broken, and listed under its file's name."""
    if file.name not in here:
        here[file.name] = file
        return
    name, detail = file.path.name, f"{here[file.name].path.name} has the name {file.name} already"
    values = {"file": name, "line": 1, "key": "name", "detail": detail}
    twice = problem("validation.workflow_file", (name, 1, "name"), **values)
    here[name] = replace(file, name=name, problems=[*file.problems, twice])


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The files with these suffixes in a folder; without hidden files and sidecars of watch folders."""
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
    wanted = (name for name in names if name.endswith(suffixes) and not name.startswith((".", "_")))
    return [folder / name for name in wanted if not name.endswith(".vq.yaml")]


def _graphs_alone(folder: Path, workflows: Iterable[WorkflowFile]) -> list[Path]:
    """The JSON files that no workflow of the folder names; a broken one may mean those that begin with its name."""
    named, broken = set[str](), list[str]()
    for file in workflows:
        if file.definition is None:
            broken.append(f"{file.path.stem}.")
        else:
            named.update(phase.graph for phase in file.definition.phases if phase.graph)
    return [
        path
        for path in _files(folder, (".json",))
        if path.name not in named and not path.name.startswith(tuple(broken))
    ]


def _info(file: WorkflowFile) -> WorkflowInfo:
    return WorkflowInfo(
        name=file.name,
        title=file.title or file.name,
        description=file.description,
        source=str(file.path),
        shipped=file.path.parent == SHIPPED,
        problems=file.problems,
        definition=file.definition,
    )
