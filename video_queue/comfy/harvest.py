"""Fetching what a prompt made: copied out of ComfyUI's folders (or downloaded), read, and described.

Nothing is ever moved or removed there. The result has the fields of a comfy phase (docs/workflow-files.md).
"""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from video_queue.comfy.client import ComfyAnswerError, ComfyClient, ComfyGoneError
from video_queue.comfy.graph import PREFIX_INPUT
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.workflow import InputKind
from video_queue.media.facts import MediaFacts, probe, read_to_end
from video_queue.system.files.collect import EXTENSIONS, extension
from video_queue.system.files.durable import copy_file
from video_queue.system.files.folders import make_empty
from video_queue.system.files.names import safe_file_name
from video_queue.system.files.passing_errors import is_full
from video_queue.system.files.safe_join import safe_join
from video_queue.system.processes.cancellation import in_thread

LISTS = ("images", "videos", "audio", "texts", "files")
_KINDS = {InputKind.IMAGE: "images", InputKind.VIDEO: "videos", InputKind.AUDIO: "audio"}
_TEXTS = frozenset({"txt", "json", "srt", "vtt", "ass", "csv"})


class OutputsGoneError(Exception):
    """ComfyUI named a file that it does not have any more."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file as ComfyUI names it; `node` made it, as its `position`-th."""

    node: str
    position: int
    filename: str
    subfolder: str
    type: str

    @property
    def list_name(self) -> str:
        """The list of the result it belongs to, by its extension; `files` for what is no medium."""
        ext = extension(self.filename)
        if ext in _TEXTS:
            return "texts"
        return next((name for kind, name in _KINDS.items() if ext in EXTENSIONS[kind]), "files")


@dataclass(frozen=True, slots=True)
class Source:
    """Where files are fetched: the output folder if it is on this machine, and a client."""

    output: Path | None
    client: ComfyClient | None


# A file, and where it is fetched to.
_Fetched = tuple[RemoteFile, Path]


def remote_files(outputs: Mapping[str, Any]) -> list[RemoteFile]:
    """The files that `outputs` (node id to what the node reported) names: by node id, then position.

    Previews in ComfyUI's temp folder count only where nothing was saved.
    """
    files = [file for node in sorted(outputs, key=_natural) for file in _files_of(node, outputs[node])]
    return [file for file in files if file.type != "temp"] or files


def remote_texts(outputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(node id, text) of the nodes that report texts."""
    return [
        (node, text)
        for node in sorted(outputs, key=_natural)
        for text in _list(_mapping(outputs[node]).get("text"))
        if isinstance(text, str)
    ]


def is_empty(outputs: Mapping[str, Any]) -> bool:
    """Whether a prompt gave neither files nor texts."""
    return not remote_files(outputs) and not remote_texts(outputs)


def has_foreign_files(outputs: Mapping[str, Any], graph: Mapping[str, Any], mark: str) -> bool:
    """Whether a node that `with_own_names` named names an output without `mark`: not made by this prompt."""
    named = {
        node for node, about in graph.items() if isinstance(about.get("inputs", {}).get(PREFIX_INPUT), str)
    }
    return any(
        file.type == "output" and mark not in f"{file.subfolder}/{file.filename}"
        for node in outputs
        if node in named
        for file in _files_of(node, outputs[node])
    )


async def harvest(outputs: Mapping[str, Any], source: Source, folder: Path) -> dict[str, Any]:
    """Fetch every file into `folder` (emptied first); the phase's result as JSON.

    Where ComfyUI reports texts and no file, each text becomes a file.

    Raises:
        OutputsGoneError: ComfyUI does not have a file any more.
        ComfyGoneError: it would have to be downloaded, and ComfyUI is away.
        VqError: bad_output.unreadable, disk_full.write.
    """
    files = [(file, folder / _own_name(number, file)) for number, file in enumerate(remote_files(outputs), 1)]
    for file, target in await asyncio.to_thread(_copy_local, files, folder, source.output):
        await _download(file, source.client, target)
    nodes: dict[str, dict[str, list[Any]]] = {}
    for (file, _), described in zip(files, await in_thread(partial(_all_described, files)), strict=True):
        nodes.setdefault(file.node, {}).setdefault(file.list_name, []).append(described)
    texts_alone = not nodes
    for number, (node, text) in enumerate(remote_texts(outputs), start=1):
        lists = nodes.setdefault(node, {})
        lists.setdefault("texts", []).append(text)
        if texts_alone:
            path = folder / f"{number:04d}.txt"
            await asyncio.to_thread(_write_text, path, text)
            lists.setdefault("files", []).append({"path": str(path)})
    return _result(nodes)


def _result(nodes: dict[str, dict[str, list[Any]]]) -> dict[str, Any]:
    ordered = {node: nodes[node] for node in sorted(nodes, key=_natural)}
    result: dict[str, Any] = {
        name: [entry for lists in ordered.values() for entry in lists.get(name, ())] for name in LISTS
    }
    files = [
        entry
        for lists in ordered.values()
        for entries in lists.values()
        for entry in entries
        if isinstance(entry, dict)
    ]
    if len(files) == 1:
        result["file"] = files[0]
    return {**result, "nodes": ordered}


def _own_name(number: int, file: RemoteFile) -> str:
    return safe_file_name(f"{number:04d}_{PurePosixPath(file.filename).name}")


def _copy_local(files: list[_Fetched], folder: Path, output: Path | None) -> list[_Fetched]:
    """Copy what lies on this machine into `folder`, which is emptied first; what is left to be downloaded."""
    make_empty(folder)
    return [(file, target) for file, target in files if not _copied(_local(file, output), target)]


async def _download(file: RemoteFile, client: ComfyClient | None, target: Path) -> None:
    if client is None:
        raise ComfyGoneError("ComfyUI is away")
    try:
        await client.view(filename=file.filename, subfolder=file.subfolder, type_=file.type, target=target)
    except FileNotFoundError as error:
        raise OutputsGoneError(file.filename) from error
    except ComfyAnswerError as error:
        raise fail("bad_output.unreadable", name=file.filename, detail=str(error)) from error
    except OSError as error:
        raise _not_written(error, target) from error


def _local(file: RemoteFile, output: Path | None) -> Path | None:
    """Where a file lies on this machine, if it does; never outside the output folder."""
    if output is None or file.type != "output":
        return None
    subfolder = file.subfolder.replace("\\", "/") if sys.platform == "win32" else file.subfolder
    try:
        return safe_join(output, f"{subfolder}/{file.filename}" if subfolder else file.filename)
    except VqError:
        return None


def _copied(local: Path | None, target: Path) -> bool:
    """Copy a file, sharing blocks where the file system can; False where there is none."""
    if local is None or not local.is_file():
        return False
    try:
        copy_file(local, target)
    except OSError as error:
        raise _not_written(error, target) from error
    return True


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="replace", newline="")
    except OSError as error:
        raise _not_written(error, path) from error


def _not_written(error: OSError, target: Path) -> VqError:
    if is_full(error):
        return fail("disk_full.write", path=str(target.parent))
    return fail("bad_output.write", path=str(target.parent), detail=error.strerror or str(error))


def _all_described(files: list[_Fetched], stop: threading.Event) -> list[dict[str, Any]]:
    return [_described(file, target, stop) for file, target in files]


def _described(file: RemoteFile, path: Path, stop: threading.Event) -> dict[str, Any]:
    """The file object of a fetched file that was read to make sure it is whole."""
    if not path.stat().st_size:
        raise fail("bad_output.unreadable", name=file.filename, detail="it is empty")
    if file.list_name not in ("images", "videos", "audio"):
        return {"path": str(path)}
    try:
        return _facts(file, path, stop).as_file().model_dump(mode="json")
    except VqError as error:
        detail = str(error.details.get("detail", error.message))
        raise fail("bad_output.unreadable", name=file.filename, detail=detail) from error


def _facts(file: RemoteFile, path: Path, stop: threading.Event) -> MediaFacts:
    if file.list_name == "videos":
        return probe(path, count_frames=True, stop=stop)
    return read_to_end(path, stop=stop)


def _files_of(node: str, output: Any) -> Iterator[RemoteFile]:
    """Every file of a node's report, whatever the key: custom nodes have keys of their own."""
    position = 0
    for entries in _mapping(output).values():
        for entry in _list(entries):
            if isinstance(entry, dict) and isinstance(entry.get("filename"), str):
                subfolder, kind = str(entry.get("subfolder") or ""), str(entry.get("type") or "output")
                yield RemoteFile(node, position, entry["filename"], subfolder, kind)
                position += 1


def _natural(node: str) -> tuple[tuple[int, str], ...]:
    """Node ids in the order of their numbers: 9 before 10, 10:3 after 10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[:.]", node))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
