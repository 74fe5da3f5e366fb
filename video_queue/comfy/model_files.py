"""Model files on this machine: what the header of each says of it, and the picture that lies beside it.

ComfyUI names models by their path below one of its model folders. Only those that are there are described.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel

from video_queue.comfy.model_folders import SOURCE_FOLDERS, Folders
from video_queue.domain.errors import VqError
from video_queue.system.files.safe_join import safe_join

_LONGEST_HEADER = 32 * 2**20
_MOST_WORDS = 12
_SAFETENSORS = (".safetensors", ".sft")
_PICTURES = tuple(f"{mark}.{ext}" for mark in (".preview", "") for ext in ("png", "jpg", "jpeg", "webp"))
# Of the header's keys the first that is there: what trainers write, and the model specification of stability.ai.
_TITLE = ("modelspec.title", "ss_output_name")
_FAMILY = ("ss_base_model_version", "modelspec.architecture", "ss_sd_model_name")
_TRIGGERS = ("modelspec.trigger_phrase", "trigger_words", "ss_trigger_words")


class ModelFile(BaseModel):
    """A model as lists offer it: `value` is its name in ComfyUI, the rest is empty where its file does not say it."""

    value: str
    folder: str
    title: str
    base_model: str
    trigger_words: list[str]
    bytes: int | None
    has_preview: bool


def is_model_source(source: str) -> bool:
    """Whether an option source lists the files of a model folder."""
    return source in SOURCE_FOLDERS


def describe_models(source: str, names: Iterable[str], folders: Folders) -> list[ModelFile]:
    """What is known of each model. Blocking: opens every file once, until it changes."""
    paths = [Path(path) for path in folders.get(SOURCE_FOLDERS[source], ())]
    return [_described(name, locate(name, paths)) for name in names]


def find_preview(source: str, name: str, folders: Folders) -> Path | None:
    """The picture beside a model of a source: `NAME.preview.png`, `NAME.png`, ... Blocking."""
    path = locate(name, [Path(folder) for folder in folders.get(SOURCE_FOLDERS[source], ())])
    return _preview_of(path) if path else None


def parse_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """`title`, `base_model` and `trigger_words` from the metadata of a header."""
    triggers = _first(metadata, _TRIGGERS)
    words = [word.strip() for word in triggers.split(",") if word.strip()] or _frequent_tags(metadata)
    return {
        "title": _first(metadata, _TITLE),
        "base_model": _first(metadata, _FAMILY),
        "trigger_words": words[:_MOST_WORDS],
    }


def read_metadata(path: Path) -> dict[str, Any]:
    """The metadata in the header of a safetensors file; empty for other files and for damaged ones. Blocking."""
    if path.suffix.lower() not in _SAFETENSORS:
        return {}
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if 0 < length <= _LONGEST_HEADER else {}
    except (OSError, ValueError, RecursionError):
        return {}
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    return metadata if isinstance(metadata, dict) else {}


def _described(name: str, path: Path | None) -> ModelFile:
    folder = str(PurePosixPath(name.replace("\\", "/")).parent)
    folder = "" if folder == "." else folder
    try:
        status = path.stat() if path else None
    except OSError:
        status = None
    if path is None or status is None:
        return ModelFile(value=name, folder=folder, **parse_metadata({}), bytes=None, has_preview=False)
    known = _read(path, status.st_size, status.st_mtime_ns)
    preview = _preview_of(path) is not None
    return ModelFile(value=name, folder=folder, **known, bytes=status.st_size, has_preview=preview)


@lru_cache(maxsize=8192)
def _read(path: Path, _size: int, _changed: int) -> dict[str, Any]:
    """A file is read again when its size or time changed."""
    return parse_metadata(read_metadata(path))


def locate(name: str, folders: Iterable[Path]) -> Path | None:
    """The file called `name` in one of the folders, and never one outside of them."""
    plain = name.replace("\\", "/")
    try:
        candidates = [safe_join(folder, plain, may_link=True) for folder in folders if folder.is_absolute()]
    except VqError:
        return None
    return next((path for path in candidates if path.is_file()), None)


def _preview_of(path: Path) -> Path | None:
    candidates = (path.with_name(path.stem + ending) for ending in _PICTURES)
    return next((picture for picture in candidates if picture.is_file()), None)


def _first(metadata: Mapping[str, Any], keys: Iterable[str]) -> str:
    texts = (str(metadata.get(key) or "").strip() for key in keys)
    return next((text for text in texts if text and text != "None"), "")


def _frequent_tags(metadata: Mapping[str, Any]) -> list[str]:
    """The tags that a LoRA was trained with most, from `ss_tag_frequency`: counts by tag, by data set."""
    try:
        sets = json.loads(metadata.get("ss_tag_frequency") or "{}")
    except (TypeError, ValueError, RecursionError):
        return []
    counts: Counter[str] = Counter()
    for tags in sets.values() if isinstance(sets, dict) else ():
        for tag, count in tags.items() if isinstance(tags, dict) else ():
            counts[str(tag).strip()] += count if isinstance(count, int) else 0
    return [tag for tag, _ in counts.most_common(_MOST_WORDS) if tag]
