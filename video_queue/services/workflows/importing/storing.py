"""A workflow's files written into the artist's folder: graphs first, the YAML file last, whole or not at all."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ProblemsError
from video_queue.services.workflows.workflow_files import read_workflow_file
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.system.files.durable import link_file, sync_file, sync_folder, writing_to

Graphs = Mapping[str, Mapping[str, Any]]
_ONE_AT_A_TIME = threading.Lock()


def graph_text(graph: Mapping[str, Any]) -> str:
    """A graph as the text of its file."""
    return json.dumps(graph, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def store_workflow(
    folder: Path, workflows: WorkflowService, text: str, graphs: Graphs, *, force: bool
) -> Path:
    """Write a workflow file with its graphs; its path.

    A workflow of that name, shipped ones included, stays unless `force`; forced, a shipped one is only hidden.

    Raises:
        VqError: invalid_state.workflow_exists, disk_full.write.
        ProblemsError: the text is no workflow; nothing was written.
    """
    with writing_to(folder), _ONE_AT_A_TIME:
        folder.mkdir(parents=True, exist_ok=True)
        stage = folder / f".partial-{secrets.token_hex(4)}.yaml"
        try:
            return _store(stage, workflows, text, graphs, force=force)
        finally:
            stage.unlink(missing_ok=True)


def _store(stage: Path, workflows: WorkflowService, text: str, graphs: Graphs, *, force: bool) -> Path:
    stage.write_text(text, "utf-8")
    read = read_workflow_file(stage)
    if read.definition is None:
        raise ProblemsError(read.problems)
    path = stage.with_name(f"{read.definition.name}.yaml")
    for info in workflows.list():
        if info.name == read.definition.name:
            if not force:
                raise fail("invalid_state.workflow_exists", name=info.name, path=info.source)
            path = path if info.shipped else Path(info.source)
    named = {
        phase.graph: graphs[phase.name]
        for phase in read.definition.phases
        if phase.graph and phase.name in graphs
    }
    for name, graph in named.items():
        _write(stage.with_name(Path(name).name), graph_text(graph), force=force)
    sync_file(stage)
    _publish(stage, path, force=force)
    return path


def _write(path: Path, text: str, *, force: bool) -> None:
    """Write a graph; the same one may be there already."""
    if path.is_file() and _says_the_same(path, text):
        return
    partial = path.with_name(f".partial-{secrets.token_hex(4)}.json")
    try:
        partial.write_text(text, "utf-8")
        sync_file(partial)
        _publish(partial, path, force=force)
    finally:
        partial.unlink(missing_ok=True)


def _says_the_same(path: Path, text: str) -> bool:
    try:
        return bool(json.loads(path.read_text("utf-8-sig")) == json.loads(text))
    except (OSError, ValueError, RecursionError):
        return False


def _publish(partial: Path, path: Path, *, force: bool) -> None:
    """Give a whole file its name; onto another one only with `force`."""
    try:
        if force or not link_file(partial, path):
            if not force and path.exists():
                raise FileExistsError
            partial.replace(path)
    except FileExistsError:
        name = path.name.split(".", 1)[0]
        raise fail("invalid_state.workflow_exists", name=name, path=str(path)) from None
    sync_folder(path.parent)
