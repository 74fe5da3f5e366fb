"""A workflow's files written into the artist's folder: graphs first, the YAML file last, each whole or not at all."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import fail
from video_queue.outputs.whole_file import write_whole
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.system.files.safe_join import PORTABLE, safe_join

Graph = Mapping[str, Any]
_ONE_AT_A_TIME = threading.Lock()


def store_workflow(
    folder: Path,
    workflows: WorkflowService,
    name: str,
    text: str,
    graphs: Mapping[str, Graph],
    *,
    force: bool,
) -> Path:
    """Write the workflow file `text` of the workflow `name`, and its graphs by file name; its path.

    A workflow of that name, shipped ones included, stays unless `force`; forced, a shipped one is only hidden.

    Raises:
        VqError: invalid_state.workflow_exists, path_not_allowed.name, disk_full.write.
    """
    with _ONE_AT_A_TIME:
        path = _place(folder, workflows, name, force=force)
        for file_name, graph in graphs.items():
            _write_graph(safe_join(folder, file_name, platform=PORTABLE), graph, force=force)
        _write(path, text, force=force)
        return path


def _place(folder: Path, workflows: WorkflowService, name: str, *, force: bool) -> Path:
    for info in workflows.list():
        if info.name == name:
            if not force:
                raise fail("invalid_state.workflow_exists", name=name, path=info.source)
            if not info.shipped:
                return Path(info.source)
    return safe_join(folder, f"{name}.yaml", platform=PORTABLE)


def _write_graph(path: Path, graph: Graph, *, force: bool) -> None:
    """The same graph may be there already."""
    if not (path.is_file() and _says_the_same(path, graph)):
        text = json.dumps(graph, indent=2, ensure_ascii=False, allow_nan=False)
        _write(path, text + "\n", force=force)


def _says_the_same(path: Path, graph: Graph) -> bool:
    try:
        return bool(json.loads(path.read_text("utf-8-sig")) == graph)
    except (OSError, ValueError, RecursionError):
        return False


def _write(path: Path, text: str, *, force: bool) -> None:
    try:
        write_whole(path, text, replace=force)
    except FileExistsError:
        name = path.name.split(".", 1)[0]
        raise fail("invalid_state.workflow_exists", name=name, path=str(path)) from None
