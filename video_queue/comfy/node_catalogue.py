"""What a ComfyUI offers: its node classes and their choices, as it last sent them.

The worker stores `GET /object_info` after each connection; forms and the preflight read it here, also while ComfyUI
is away (then it may be stale). Both forms of choice inputs are read: `[["a", "b"], {...}]` and
`["COMBO", {"options": ["a", "b"]}]`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ObjectInfo = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a ComfyUI has: its node classes, and the paths of its model folders as it sees its own disk."""

    info: ObjectInfo = field(default_factory=dict)
    folders: Mapping[str, list[str]] = field(default_factory=dict)


# The node inputs behind the named option sources; the first class that ComfyUI has counts.
SOURCES: dict[str, tuple[tuple[str, str], ...]] = {
    "loras": (("LoraLoader", "lora_name"), ("LoraLoaderModelOnly", "lora_name")),
    "checkpoints": (("CheckpointLoaderSimple", "ckpt_name"),),
    "vaes": (("VAELoader", "vae_name"),),
    "upscalers": (("UpscaleModelLoader", "model_name"),),
    "samplers": (("KSampler", "sampler_name"),),
    "schedulers": (("KSampler", "scheduler"),),
}
COMFY_INPUT = "comfy:"


def input_spec(info: ObjectInfo, class_type: str, name: str) -> list[Any] | None:
    """How a class declares an input: `[type or choices, options]`; None if it has none of that name."""
    declared = info.get(class_type, {}).get("input", {})
    for group in ("required", "optional"):
        spec = declared.get(group, {}).get(name)
        if isinstance(spec, list) and spec:
            return spec
    return None


def choices(info: ObjectInfo, class_type: str, name: str) -> list[str] | None:
    """The values an input can be chosen from; None if it is no choice."""
    spec = input_spec(info, class_type, name)
    if spec is None:
        return None
    if isinstance(spec[0], list):
        return [str(value) for value in spec[0]]
    options = spec[1].get("options") if len(spec) > 1 and isinstance(spec[1], Mapping) else None
    if not isinstance(options, list):
        return None
    if spec[0] == "COMFY_DYNAMICCOMBO_V3":
        return [str(option["key"]) for option in options if isinstance(option, Mapping) and "key" in option]
    return [str(value) for value in options] if spec[0] == "COMBO" else None


def is_source(name: str) -> bool:
    """Whether `name` is an option source that ComfyUI answers: `loras`, ... or `comfy:Class.input`."""
    return name in SOURCES or _named_input(name) is not None


def _named_input(source: str) -> tuple[str, str] | None:
    class_type, dot, name = source.removeprefix(COMFY_INPUT).rpartition(".")
    return (class_type, name) if source.startswith(COMFY_INPUT) and dot and class_type and name else None


class ComfyCatalogue:
    """The stored object_info of one home; read again when the file changes."""

    def __init__(self, folder: Path) -> None:
        self._info = _StoredJson(folder / "object_info.json")
        self._folders = _StoredJson(folder / "model_folders.json")

    def store(self, info: ObjectInfo, folders: Mapping[str, list[str]] | None = None) -> None:
        """Keep what ComfyUI sent: its classes, and its model folders where they are known. Blocking."""
        self._info.store(info)
        if folders is not None:
            self._folders.store(folders)

    def load(self) -> ObjectInfo | None:
        """What ComfyUI last sent; None if none was ever connected. Blocks for some milliseconds when it changed."""
        return self._info.load()

    def offer(self) -> Offer:
        """Its classes and model folders; empty where none was ever connected. Blocks as `load` does."""
        return Offer(self._info.load() or {}, self._folders.load() or {})

    def options(self, source: str) -> list[str]:
        """The values of an option source; empty where nothing is known."""
        info = self.load() or {}
        inputs = SOURCES.get(source) or ((named,) if (named := _named_input(source)) else ())
        for class_type, name in inputs:
            if (values := choices(info, class_type, name)) is not None:
                return values
        return []


class _StoredJson:
    """A JSON object in a file; read again when the file changes. Safe in any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._read: tuple[int, Mapping[str, Any]] | None = None

    def store(self, content: Mapping[str, Any]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(content), encoding="utf-8")
        partial.replace(self._path)

    def load(self) -> Mapping[str, Any] | None:
        with self._lock:
            try:
                changed = self._path.stat().st_mtime_ns
                if self._read is None or self._read[0] != changed:
                    self._read = changed, json.loads(self._path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                return None
            return self._read[1]
