"""What a ComfyUI offers: its node classes and their choices, as it last sent them.

The worker stores `GET /object_info` after each connection; forms and the preflight read it here, also while ComfyUI
is away (then it may be stale). Both forms of choice inputs are read: `[["a", "b"], {...}]` and
`["COMBO", {"options": ["a", "b"]}]`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from video_queue.comfy.node_packs import NodePack
from video_queue.comfy.several_offers import joined_info, joined_lists

ObjectInfo = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a ComfyUI has: node classes, the paths of its model folders as it sees its own disk, packs of nodes."""

    info: ObjectInfo = field(default_factory=dict)
    folders: Mapping[str, list[str]] = field(default_factory=dict)
    packs: Sequence[NodePack] = ()


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


def choices(info: ObjectInfo, class_type: str, name: str) -> list[str] | None:
    """The values an input can be chosen from; None if it is no choice.

    A name with dots (`resize_type.crop`) belongs to a dynamic choice: the values of all its options count.
    """
    node = info.get(class_type)
    declared = node.get("input") if isinstance(node, Mapping) else None
    parent, dot, rest = name.partition(".")
    specs = _specs(declared, name) or (_nested_specs(_specs(declared, parent), rest) if dot else [])
    lists = [values for spec in specs if (values := _listed(spec)) is not None]
    return list(dict.fromkeys(value for values in lists for value in values)) if lists else None


def _specs(declared: Any, name: str) -> list[list[Any]]:
    """How an input of this name is declared, in a class or in an option of a dynamic choice."""
    groups = (
        [declared.get(group) for group in ("required", "optional")] if isinstance(declared, Mapping) else []
    )
    specs = [group.get(name) for group in groups if isinstance(group, Mapping)]
    return [spec for spec in specs if isinstance(spec, list) and spec]


def _nested_specs(dynamic: list[list[Any]], name: str) -> list[list[Any]]:
    """How an input of a dynamic choice is declared, by each of its options that has it."""
    parent, dot, rest = name.partition(".")
    nested: list[list[Any]] = []
    for option in (option for spec in dynamic for option in _options(spec) or ()):
        inputs = option.get("inputs") if isinstance(option, Mapping) else None
        nested += _specs(inputs, name) or (_nested_specs(_specs(inputs, parent), rest) if dot else [])
    return nested


def _options(spec: list[Any]) -> list[Any] | None:
    options = spec[1].get("options") if len(spec) > 1 and isinstance(spec[1], Mapping) else None
    return options if isinstance(options, list) else None


def _listed(spec: list[Any]) -> list[str] | None:
    """The choices of one declaration, in any of its three forms."""
    if isinstance(spec[0], list):
        return [str(value) for value in spec[0]]
    if (options := _options(spec)) is None:
        return None
    if spec[0] == "COMFY_DYNAMICCOMBO_V3":
        return [str(option["key"]) for option in options if isinstance(option, Mapping) and "key" in option]
    return [str(value) for value in options] if spec[0] == "COMBO" else None


def is_source(name: str) -> bool:
    """Whether `name` is an option source that ComfyUI answers: `loras`, ... or `comfy:Class.input`."""
    return name in SOURCES or bool(_named_inputs(name))


def _named_inputs(source: str) -> list[tuple[str, str]]:
    """The class and the input that `comfy:Class.input` may name: both can hold dots."""
    if not source.startswith(COMFY_INPUT):
        return []
    parts = source.removeprefix(COMFY_INPUT).split(".")
    pairs = [(".".join(parts[:at]), ".".join(parts[at:])) for at in range(1, len(parts))]
    return [(class_type, name) for class_type, name in pairs if class_type and name]


class ComfyCatalogue:
    """The stored object_info of one home; read again when the file changes.

    `others` hold what further ComfyUIs sent: then it is read what all of them offer together.
    """

    def __init__(self, folder: Path, others: Sequence[Path] = ()) -> None:
        self._others = [ComfyCatalogue(other) for other in others]
        self._joined: tuple[list[ObjectInfo], ObjectInfo] = ([], {})
        self._info = _StoredJson(folder / "object_info.json")
        self._folders = _StoredJson(folder / "model_folders.json")
        self._packs = _StoredJson(folder / "node_packs.json")

    def store(self, info: ObjectInfo, folders: Mapping[str, list[str]] | None = None) -> None:
        """Keep what ComfyUI sent: its classes, and its model folders where they are known. Blocking."""
        self._info.store(info)
        if folders is not None:
            self._folders.store(folders)

    def store_packs(self, packs: Sequence[NodePack]) -> None:
        """Keep the packs of nodes that ComfyUI has loaded. Blocking."""
        self._packs.store({pack.name: pack.model_dump() for pack in packs})

    def load(self) -> ObjectInfo | None:
        """What ComfyUI last sent; None if none was ever connected. Blocks for some milliseconds when it changed."""
        info = self._info.load()
        if not self._others:
            return info
        infos = [each for each in (info, *(other.load() for other in self._others)) if each]
        parts, joined = self._joined
        if len(parts) != len(infos) or any(a is not b for a, b in zip(parts, infos, strict=True)):
            joined = joined_info(infos)
            self._joined = infos, joined
        return joined if infos else None

    def offer(self) -> Offer:
        """What it has; empty where none was ever connected. Blocks as `load` does."""
        packs = [NodePack.model_validate(pack) for pack in (self._packs.load() or {}).values()]
        own = Offer(self.load() or {}, self._folders.load() or {}, packs)
        if not self._others:
            return own
        offers = [own, *(other.offer() for other in self._others)]
        all_packs = {pack.name: pack for offer in offers for pack in offer.packs}
        return Offer(own.info, joined_lists([offer.folders for offer in offers]), list(all_packs.values()))

    def options(self, source: str) -> list[str]:
        """The values of an option source; empty where nothing is known."""
        info = self.load() or {}
        inputs = SOURCES.get(source) or _named_inputs(source)
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
