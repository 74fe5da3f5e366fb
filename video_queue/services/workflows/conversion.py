"""Workflow files of ComfyUI's editor become files in API format. Needs no server, no database and no ComfyUI.

What the node classes look like is read from a file, else from what ComfyUI last told this home, else asked of it.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from video_queue.comfy.conversion.convert import convert
from video_queue.comfy.conversion.result import NodeProblem
from video_queue.comfy.node_catalogue import ObjectInfo
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.outputs.whole_file import write_whole

MAX_BYTES = 64 << 20
_GZIP = b"\x1f\x8b"


@dataclass(slots=True)
class ConvertedFile:
    """What became of one file: the path of the graph, or the error for which there is none."""

    source: Path
    target: Path | None = None
    nodes: int = 0
    problems: list[NodeProblem] = field(default_factory=list)
    error: VqError | None = None


def convert_file(source: Path, folder: Path, info: ObjectInfo, *, replace: bool = False) -> ConvertedFile:
    """Convert `source` (`NAME.ui.json` or `NAME.json`) into `NAME.api.json` in `folder`, which is made if need be.

    A file of that name stays as it is and is an error, unless `replace`.
    """
    try:
        workflow = read_json(source)
        converted = convert(workflow, info)
        if not converted.graph:
            raise _nothing_to_run(source, workflow, converted.problems)
        target = folder / api_name(source)
        _write(target, json.dumps(converted.graph, indent=2, ensure_ascii=False), replace=replace)
    except VqError as error:
        return ConvertedFile(source, error=error)
    return ConvertedFile(source, target, len(converted.graph), converted.problems)


def api_name(source: Path) -> str:
    """The name of a converted file: `NAME.api.json` for `NAME.ui.json` and `NAME.json`."""
    return source.name.removesuffix(".json").removesuffix(".ui") + ".api.json"


def read_json(path: Path) -> Any:
    """What a JSON file holds, compressed by gzip or not.

    Raises:
        VqError: `input_missing`, `input_unreadable` or `too_large`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if data.startswith(_GZIP):
            with gzip.open(path) as compressed:
                data = compressed.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise fail("input_missing.file", path=str(path)) from None
    except (OSError, EOFError, zlib.error) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise fail("input_unreadable.permission", path=str(path), detail=detail) from error
    if len(data) > MAX_BYTES:
        raise fail("too_large.file", path=str(path), limit=MAX_BYTES)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise fail("input_unreadable.json", path=str(path), detail=str(error)) from error


def read_object_info(path: Path) -> ObjectInfo:
    """What a file of `GET /object_info` says. Raises what `read_json` raises, `input_unreadable` too if it is none."""
    info = read_json(path)
    if not isinstance(info, Mapping) or not any(
        isinstance(item, Mapping) and "input" in item for item in info.values()
    ):
        raise fail("input_unreadable.object_info", path=str(path))
    return info


def _nothing_to_run(source: Path, workflow: Any, problems: list[NodeProblem]) -> VqError:
    if isinstance(workflow, dict) and any(
        isinstance(item, dict) and "class_type" in item for item in workflow.values()
    ):
        return fail("input_unreadable.api_format", path=str(source))
    detail = problems[0].message if problems else "It has no nodes that run."
    return fail("input_unreadable.workflow", path=str(source), detail=detail)


def _write(target: Path, text: str, *, replace: bool) -> None:
    """Write a whole file under its name, or nothing; what is there is replaced only if asked to."""
    if target.parent.exists() and not target.parent.is_dir():
        raise fail("output_unavailable.folder", path=str(target.parent), detail="it is a file")
    try:
        write_whole(target, text + "\n", replace=replace)
    except FileExistsError:
        raise fail("invalid_state.file_exists", path=str(target)) from None
