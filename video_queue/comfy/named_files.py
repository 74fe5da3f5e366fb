"""Files in ComfyUI's input folder that a graph names by itself, such as the style picture of a LoadImage.

A graph's files rest on them, so they are part of what makes two renders the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from video_queue.domain.errors import VqError
from video_queue.domain.workflow import split_binding
from video_queue.system.files.path_utils import Mark, mark_of
from video_queue.system.files.safe_join import safe_join

# LoadImage, LoadImageMask, VHS_LoadVideo; not CheckpointLoaderSimple.
_LOADS_FILES = re.compile(r"Load(?!er)")
_ANNOTATION = re.compile(r" \[(\w+)\]$")


class UnknownFileError(Exception):
    """A file that a graph names and whose contents cannot be known here."""


def named_files(
    graph: Mapping[str, Any], bindings: Iterable[Mapping[str, Any]], bound: Iterable[str], folder: Path | None
) -> dict[str, Mark]:
    """The marks of the files that `graph` and the values of `bindings` name in ComfyUI's input folder.

    `bound` are the keys that are given files of ours. Without `folder` (ComfyUI runs elsewhere) nothing is known.

    Raises:
        UnknownFileError: a node loads what cannot be compared.
    """
    texts = {text: False for values in bindings for text in values.values() if isinstance(text, str)}
    ours = {split_binding(key)[0] for key in bound}
    for text, loaded in _texts_of(graph, ours):
        texts[text] = texts.get(text, False) or loaded
    if folder is None:
        if any(texts.values()):
            raise UnknownFileError
        return {}
    marks = {text: _mark(text, folder, loaded=loaded) for text, loaded in texts.items()}
    return {text: mark for text, mark in marks.items() if mark is not None}


def _texts_of(graph: Mapping[str, Any], ours: set[str]) -> Iterator[tuple[str, bool]]:
    """Every text in a node, and whether that node loads files and is given none of ours."""
    for node_id, node in graph.items():
        loads = node_id not in ours and _LOADS_FILES.search(str(node.get("class_type", ""))) is not None
        for value in node.get("inputs", {}).values():
            if isinstance(value, str):
                yield value, loads


def _mark(text: str, folder: Path, *, loaded: bool) -> Mark | None:
    kind = _ANNOTATION.search(text)
    if kind and kind[1] in ("output", "temp") and loaded:
        raise UnknownFileError(text)
    try:
        path = safe_join(folder, _ANNOTATION.sub("", text), may_link=True)
        if path.is_file():
            return mark_of(str(path))
        if loaded and text and path.is_dir():
            raise UnknownFileError(text)
    except (VqError, OSError):  # a text that no file there can be called
        return None
    return None
