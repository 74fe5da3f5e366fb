"""The files that a graph loads, as the inputs of a workflow file: one, or a named slot for each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from video_queue.comfy.importing.nodes import Nodes, Place
from video_queue.comfy.importing.parameters import slug
from video_queue.domain.workflow import InputKind

# Node classes that load a file from ComfyUI's input folder.
_LOADERS: dict[tuple[str, str], InputKind] = {
    ("LoadImage", "image"): InputKind.IMAGE,
    ("LoadImageMask", "image"): InputKind.IMAGE,
    ("LoadVideo", "file"): InputKind.VIDEO,
    ("LoadAudio", "audio"): InputKind.AUDIO,
    ("VHS_LoadVideo", "video"): InputKind.VIDEO,
    ("VHS_LoadVideoFFmpeg", "video"): InputKind.VIDEO,
    ("VHS_LoadAudioUpload", "audio"): InputKind.AUDIO,
}
# Those that load it from where it lies: they take a path.
_PATH_LOADERS: dict[tuple[str, str], InputKind] = {
    ("VHS_LoadVideoPath", "video"): InputKind.VIDEO,
    ("VHS_LoadVideoFFmpegPath", "video"): InputKind.VIDEO,
    ("VHS_LoadImagePath", "image"): InputKind.IMAGE,
    ("VHS_LoadAudio", "audio_file"): InputKind.AUDIO,
}
_UPLOADS = {
    "image_upload": InputKind.IMAGE,
    "video_upload": InputKind.VIDEO,
    "audio_upload": InputKind.AUDIO,
}
# Input names that say nothing of what a file is for.
_PLAIN = re.compile(
    r"(input|image|video|audio|file|frame|pixel|mask|sample|clip|img|value|any|source|original)s?"
    r"(_?(image|pixels|mask))?_?[a-z0-9]?"
)


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file that a graph loads. `slot` is empty where it is the only one."""

    place: Place
    kind: InputKind
    slot: str = ""
    by_path: bool = False

    @property
    def reference(self) -> str:
        """The path of what is submitted for it."""
        return f"{{{{ inputs.{self.slot}.path }}}}" if self.slot else "{{ input.path }}"


def find_files(nodes: Nodes) -> list[LoadedFile]:
    """The files a graph loads: pictures, clips and sound, in the graph's order. One file loaded twice is one slot."""
    files = [file for place, _ in nodes.values() if (file := _loaded(nodes, place))]
    slots: dict[tuple[InputKind, str], str] = {}
    for file in files:
        key = (file.kind, str(nodes.inputs(file.place.node)[file.place.name]))
        if key not in slots:
            slots[key] = _free(_slot_name(nodes, file), set(slots.values()))
    if len(slots) <= 1:
        return files
    named = []
    for file in files:
        slot = slots[file.kind, str(nodes.inputs(file.place.node)[file.place.name])]
        named.append(LoadedFile(file.place, file.kind, slot, file.by_path))
    return named


def _loaded(nodes: Nodes, place: Place) -> LoadedFile | None:
    key = (nodes.class_of(place.node), place.name)
    if key in _PATH_LOADERS:
        return LoadedFile(place, _PATH_LOADERS[key], by_path=True)
    kind = _LOADERS.get(key)
    declared = nodes.declared(place)
    if kind is None and declared.kind == "COMBO" and "image_folder" not in declared.options:
        kind = next((kind for option, kind in _UPLOADS.items() if declared.options.get(option)), None)
    return LoadedFile(place, kind) if kind else None


def _slot_name(nodes: Nodes, file: LoadedFile) -> str:
    """What the file is for: the node's title, else the name of the input that takes it, else its kind."""
    if title := slug(nodes.title(file.place.node).removeprefix("Load ")):
        return title
    consumers = (place.name.rsplit(".", 1)[-1] for place in nodes.consumers(file.place.node))
    return next(
        (slug(name) for name in consumers if not _PLAIN.fullmatch(name) and slug(name)), file.kind.value
    )


def _free(wanted: str, used: set[str]) -> str:
    numbers = (f"{wanted}_{number}" for number in range(2, len(used) + 3))
    return next(name for name in (wanted, *numbers) if name not in used)
