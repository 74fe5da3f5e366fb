"""The model files that a graph loads, as they lie on this machine: part of what makes two renders the same."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.comfy.model_files import locate
from video_queue.comfy.model_folders import MODEL_SUFFIXES, Folders, model_folder, names_model
from video_queue.comfy.node_catalogue import Offer
from video_queue.comfy.node_packs import CUSTOM_NODES
from video_queue.domain.workflow import split_binding
from video_queue.system.files.path_utils import mark_of

_EMBEDDING = re.compile(r"embedding:([^\s,:()\[\]{}]+)")
_EMBEDDINGS = "embeddings"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that a node of `class_type` loads: its name in ComfyUI, the model folder ("" where unknown), and its file
    here (None where ComfyUI's folders cannot be read).
    """

    name: str
    folder: str
    class_type: str
    path: Path | None


def loaded_models(
    graph: Mapping[str, Any], bindings: Iterable[Mapping[str, Any]], folders: Folders
) -> list[LoadedModel]:
    """Every model that `graph` names, by itself or by the values of `bindings`; by folder and name."""
    named = {
        model
        for node_id, name, value in _values(graph, bindings)
        for model in _named_in(graph, node_id, name, value)
    }
    located = [LoadedModel(*model, path) for model in sorted(named) for path in _files(*model[:2], folders)]
    return list(dict.fromkeys(located))


def model_marks(models: Iterable[LoadedModel], offer: Offer) -> list[Any]:
    """What stands for the contents of models: size, times and inode of the file, else what ComfyUI says of its loader.

    Raises:
        OSError: a file went away meanwhile.
    """
    return [[model.folder, model.name, _identity(model, offer)] for model in models]


def _identity(model: LoadedModel, offer: Offer) -> Any:
    if model.path is not None:
        return [str(model.path), *mark_of(str(model.path))]
    declared = json.dumps(offer.info.get(model.class_type), sort_keys=True)
    return hashlib.sha256(declared.encode()).hexdigest()


def _values(
    graph: Mapping[str, Any], bindings: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[str, str, Any]]:
    """(node, input, value) of everything that is set in a graph, by itself or by a binding."""
    for node_id, node in graph.items():
        for name, value in (node.get("inputs") or {}).items():
            yield node_id, name, value
    for values in bindings:
        for key, value in values.items():
            yield *split_binding(key), value


def _named_in(
    graph: Mapping[str, Any], node_id: str, name: str, value: Any
) -> Iterator[tuple[str, str, str]]:
    """(name, folder, class) of each model that a value names; nodes may keep them in objects of their own."""
    class_type = str((graph.get(node_id) or {}).get("class_type", ""))
    for text in _texts(value):
        if names_model(class_type, name, text):
            yield text, model_folder(class_type, name) or "", class_type
        for match in _EMBEDDING.finditer(text):
            yield match[1], _EMBEDDINGS, class_type


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)


def _files(name: str, folder: str, folders: Folders) -> list[Path | None]:
    """The files that a name may mean here; [None] where there is none."""
    names = [name] if folder != _EMBEDDINGS else [name, *(f"{name}{suffix}" for suffix in MODEL_SUFFIXES)]
    searched = [folder] if folder else [key for key in folders if key != CUSTOM_NODES]
    places = [[Path(path) for path in folders.get(key, ())] for key in searched]
    files = [path for text in names for place in places if (path := locate(text, place))]
    return list(dict.fromkeys(files)) or [None]
