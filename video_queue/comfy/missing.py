"""What a ComfyUI does not have, as problems that say where to get it: node classes with their pack, models with their
folder and the nearest names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from video_queue.comfy.graph import described_node, node_class
from video_queue.comfy.model_folders import Folders, folder_to_fill, model_folder
from video_queue.comfy.node_catalogue import ObjectInfo
from video_queue.comfy.node_packs import pack_of
from video_queue.domain.catalogue import problem, similar
from video_queue.domain.errors import Loc, Problem

_NEAREST = 3
_EXTENSION = re.compile(r"\.(safetensors|sft|ckpt|pth?|bin|gguf|onnx)$", re.IGNORECASE)
_MANY = 12


def unknown_class(where: Loc, graph: Mapping[str, Any], node_id: str, info: ObjectInfo) -> Problem:
    """The problem with a node whose class ComfyUI does not have."""
    name = node_class(graph, node_id)
    values = {"name": name, "node": described_node(graph, node_id)}
    if pack := pack_of(name):
        return problem("comfy_rejected.unknown_class_of", where, **values, pack=pack)
    near = ", ".join(similar(name, info, most=_NEAREST, cutoff=0.5)) or "none"
    return problem("comfy_rejected.unknown_class", where, **values, near=near)


def not_listed(
    where: Loc,
    graph: Mapping[str, Any],
    node_id: str,
    name: str,
    value: Any,
    choices: Iterable[Any],
    folders: Folders,
) -> Problem:
    """The problem with a value that is not among an input's choices: a model that is not there, or another word."""
    values = {"name": name, "value": value, "node": described_node(graph, node_id)}
    values["near"] = nearest_names(str(value), map(str, choices))
    if folder := model_folder(node_class(graph, node_id), name):
        return problem(
            "comfy_rejected.missing_model", where, **values, folder=folder_to_fill(folder, folders)
        )
    return problem("comfy_rejected.not_listed", where, **values)


def nearest_names(name: str, known: Iterable[str]) -> str:
    """The three names that are most like `name`; all of them where there are few and none is like it.

    Files are compared without folder and extension: most that are missing lie in another folder.
    """
    by_stem: dict[str, list[str]] = {}
    for other in known:
        by_stem.setdefault(_stem(other), []).append(other)
    stems = similar(_stem(name), by_stem, most=_NEAREST, cutoff=0.5)
    if near := [other for stem in stems for other in by_stem[stem]][:_NEAREST]:
        return ", ".join(near)
    names = [other for others in by_stem.values() for other in others]
    if len(names) > _MANY:
        return "another one (no name is like it)"
    return ", ".join(names) or "(ComfyUI has none yet)"


def _stem(name: str) -> str:
    return _EXTENSION.sub("", name.replace("\\", "/").rpartition("/")[2])
