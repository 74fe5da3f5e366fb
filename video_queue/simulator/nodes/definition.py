"""What a node class is: its declared inputs and outputs, the function behind it, and what it reports.

The declarations feed two readers: validation at submit and `/object_info`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from PIL import Image

    from video_queue.simulator.folders import Folders
    from video_queue.simulator.settings import Dialect


class NodeContext(Protocol):
    """What a running node may ask of the executor."""

    folders: Folders
    dialect: Dialect
    prompt: dict[str, Any]
    extra_pnginfo: dict[str, Any]
    seconds_per_step: float
    output_fault: str | None

    def step(self, value: int, maximum: int, preview: Callable[[], Image.Image] | None) -> None:
        """Report progress; raises when the prompt was interrupted. `preview` is drawn only if wanted."""


@dataclass(frozen=True)
class NodeResult:
    """A node's output slots, and for output nodes what `executed` frames and history carry."""

    slots: tuple[Any, ...] = ()
    ui: dict[str, Any] | None = None


@dataclass(frozen=True)
class Input:
    """One declared input. `choices` names a live list; a tuple is a fixed one.

    `combo` picks between the two forms in which ComfyUI declares choices:
    `[[...], {...}]` and `["COMBO", {"options": [...]}]`.
    """

    kind: str
    options: Mapping[str, Any] | None = None
    choices: str | tuple[str, ...] | None = None
    combo: bool = False

    def choice_list(self, folders: Folders) -> list[str]:
        if self.choices is None or isinstance(self.choices, tuple):
            return list(self.choices or ())
        return LIVE_LISTS[self.choices](folders)

    def declared(self, folders: Folders) -> list[Any]:
        """The input as `/object_info` shows it."""
        options = dict(self.options or {})
        if self.choices is None:
            return [self.kind] if self.options is None else [self.kind, options]
        values = self.choice_list(folders)
        if self.combo:
            return ["COMBO", {"multiselect": False, "options": values, **options}]
        return [values] if self.options is None else [values, options]


def _images(folders: Folders) -> list[str]:
    from video_queue.simulator.folders import IMAGE_SUFFIXES

    return folders.input_names(IMAGE_SUFFIXES)


def _videos(folders: Folders) -> list[str]:
    from video_queue.simulator.folders import VIDEO_SUFFIXES

    return folders.input_names(VIDEO_SUFFIXES)


LIVE_LISTS: Mapping[str, Callable[[Folders], list[str]]] = {
    "images": _images,
    "videos": _videos,
    "checkpoints": lambda folders: folders.model_names("checkpoints"),
    "loras": lambda folders: folders.model_names("loras"),
}


@dataclass(frozen=True)
class NodeClass:
    """One entry of the node table.

    `check` is the class's own validation: input name and values in, a text of refusal or None out.
    `fingerprint` adds to the cache key what the inputs alone do not show (a file's content).
    `recent` marks classes that ComfyUI declares in its newer schema, with more keys in `/object_info`.
    """

    name: str
    title: str
    category: str
    run: Callable[..., NodeResult]
    required: Mapping[str, Input]
    outputs: tuple[tuple[str, str], ...]
    optional: Mapping[str, Input] = field(default_factory=dict)
    output_node: bool = False
    module: str = "nodes"
    recent: bool = False
    description: str = ""
    check: Callable[[Folders, Mapping[str, Any]], tuple[str, str] | None] | None = None
    fingerprint: Callable[[Folders, Mapping[str, Any]], str] | None = None

    @property
    def inputs(self) -> dict[str, Input]:
        return {**self.required, **self.optional}


def integer(default: int, low: int | None, high: int | None, step: int | None = None, **more: Any) -> Input:
    """An INT input in the recorded order of option keys."""
    bounds = {"default": default, "min": low, "max": high, "step": step}
    return Input("INT", {**{k: v for k, v in bounds.items() if v is not None}, **more})


def number(default: float, low: float, high: float, step: float | None = None, **more: Any) -> Input:
    """A FLOAT input in the recorded order of option keys."""
    bounds = {"default": default, "min": low, "max": high, "step": step}
    return Input("FLOAT", {**{k: v for k, v in bounds.items() if v is not None}, **more})
