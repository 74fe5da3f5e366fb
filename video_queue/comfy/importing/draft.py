"""A graph as the draft of a workflow file: its inputs, parameters, phases and output, for a person to correct."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from video_queue.comfy.graph import PREFIX_INPUT, Graph
from video_queue.comfy.importing.inputs import LoadedFile, find_files
from video_queue.comfy.importing.nodes import Nodes
from video_queue.comfy.importing.parameter_keys import Setting
from video_queue.comfy.importing.parameters import find_settings
from video_queue.comfy.importing.roles import FILE
from video_queue.comfy.importing.sizes import Size, find_size
from video_queue.comfy.node_catalogue import ObjectInfo
from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem
from video_queue.domain.workflow import InputKind

RENDER = "render"
_CLIP_SAVERS = frozenset({"SaveVideo", "SaveWEBM", "SaveAnimatedWEBP", "SaveAnimatedPNG"})
_PICKS_ONE = frozenset({"ImageFromBatch", "ImageStitch", "ImageGridComposite"})


@dataclass(slots=True)
class Draft:
    """`definition` is what the YAML file says, `graph` belongs beside it; `values` are the graph's own, by parameter.

    `problems` are the graph's.
    """

    definition: dict[str, Any]
    graph: Graph
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def graphs(self) -> dict[str, Graph]:
        """The graph by the name of its phase."""
        return {RENDER: self.graph}


def make_draft(
    name: str,
    graph: Graph,
    info: ObjectInfo | None,
    titles: Mapping[str, str] | None = None,
    groups: Mapping[str, str] | None = None,
) -> Draft:
    """The draft called `name` of a graph in API format; `info` is ComfyUI's own description, if it was ever seen."""
    nodes = Nodes(graph, info or {}, titles or {}, groups or {})
    files, size = find_files(nodes), find_size(nodes)
    settings = find_settings(nodes, [*(file.place for file in files), *size.widths, *size.heights])
    definition = {
        "name": name,
        "title": name.replace("-", " ").replace("_", " ").capitalize(),
        "description": _description(files, nodes),
        "inputs": _inputs(files),
        **({"resolutions": size.resolutions} if size.resolutions else {}),
        "parameters": {setting.name: setting.keys for setting in settings},
        "phases": _phases(name, nodes, files, settings, size),
    }
    definition["output"] = _output(name, definition, files, settings)
    return Draft(
        definition,
        graph,
        {setting.name: setting.value for setting in settings},
        list(_problems(nodes)),
    )


_WORDS = {InputKind.IMAGE: "a picture", InputKind.VIDEO: "a clip", InputKind.AUDIO: "a sound"}


def _description(files: list[LoadedFile], nodes: Nodes) -> str:
    product = "a clip" if _saves_clip(nodes) else "pictures" if _saves_pictures(nodes) else "files"
    sources = dict.fromkeys(_WORDS[file.kind] for file in files)
    return f"Makes {product} from {' and '.join(sources) or 'a text'} in ComfyUI."


def _inputs(files: list[LoadedFile]) -> dict[str, Any]:
    slots = {file.slot: {"kind": file.kind.value} for file in files if file.slot}
    return slots or {"kind": (files[0].kind if files else InputKind.NONE).value}


def _phases(
    name: str, nodes: Nodes, files: list[LoadedFile], settings: list[Setting], size: Size
) -> list[dict[str, Any]]:
    """The render, and where it saves the frames of a clip the phase that joins them."""
    bindings = _bindings(item for item in settings if item.role is not FILE)
    bindings |= {place.binding: "{{ resolution.width }}" for place in size.widths}
    bindings |= {place.binding: "{{ resolution.height }}" for place in size.heights}
    bindings |= {file.place.binding: file.reference for file in files if file.by_path}
    brought = {file.place.binding: file.reference for file in files if not file.by_path}
    brought |= _bindings(item for item in settings if item.role is FILE)
    render: dict[str, Any] = {"name": RENDER, "uses": "comfy", "graph": f"{name}.{RENDER}.api.json"}
    render |= {"set": bindings} if bindings else {}
    render |= {"files": brought} if brought else {}
    encode = _encode(nodes, files, settings)
    return [render, encode] if encode else [render]


def _bindings(settings: Iterable[Setting]) -> dict[str, str]:
    return {place.binding: f"{{{{ params.{item.name} }}}}" for item in settings for place in item.places}


def _encode(nodes: Nodes, files: list[LoadedFile], settings: list[Setting]) -> dict[str, Any] | None:
    """Frames that the graph saves one by one become a clip: with the source's rate and sound, or its own rate."""
    if _saves_clip(nodes) or not any(
        _saves_frames(nodes, node_id, files) for node_id in _picture_savers(nodes)
    ):
        return None
    clip = next((file for file in files if file.kind is InputKind.VIDEO), None)
    rate = next((setting.name for setting in settings if setting.role.name == "fps"), None)
    if clip is None and rate is None:
        return None
    source = f"inputs.{clip.slot}" if clip and clip.slot else "input"
    fps = f"{{{{ params.{rate} }}}}" if rate else f"{{{{ {source}.fps }}}}"
    arguments = {"frames": f"{{{{ phases.{RENDER}.images }}}}", "fps": fps}
    arguments |= {"audio": clip.reference} if clip else {}
    return {"name": "encode", "uses": "media.encode", "with": arguments}


def _output(
    name: str, definition: dict[str, Any], files: list[LoadedFile], settings: list[Setting]
) -> dict[str, str]:
    seed = any(setting.role.once for setting in settings)
    stem = "{{ input.stem }}_" + name if files else name
    last = "_{{ params.seed }}" if seed else "" if files else "_{{ prompt.index }}"
    return {"phase": definition["phases"][-1]["name"], "name": stem + last}


# --- what is saved


def _saves_clip(nodes: Nodes) -> bool:
    classes = {nodes.class_of(node_id) for node_id in nodes.outputs}
    return bool(classes & _CLIP_SAVERS) or any("VideoCombine" in class_type for class_type in classes)


def _saves_pictures(nodes: Nodes) -> bool:
    return bool(_picture_savers(nodes))


def _picture_savers(nodes: Nodes) -> list[str]:
    return [node_id for node_id in nodes.outputs if nodes.class_of(node_id).startswith("SaveImage")]


def _saves_frames(nodes: Nodes, saver: str, files: list[LoadedFile]) -> bool:
    """Whether the pictures that a node saves are the frames of a clip."""
    clips = {file.place.node for file in files if file.kind is InputKind.VIDEO}
    above = list(nodes.upstream(saver))
    if any(nodes.class_of(node_id) in _PICKS_ONE for node_id in above):
        return False
    return any(
        node_id in clips or "LatentVideo" in nodes.class_of(node_id) or "ToVideo" in nodes.class_of(node_id)
        for node_id in above
    )


def _problems(nodes: Nodes) -> list[Problem]:
    """Why nothing would be kept of what the graph makes."""
    if any(_saves(nodes, node_id) for node_id in nodes.outputs):
        return []
    if not nodes.outputs:
        return [problem("validation.import_no_output", (RENDER,))]
    titles = ", ".join(dict.fromkeys(nodes.class_of(node_id) for node_id in nodes.outputs))
    return [problem("validation.import_previews", (RENDER,), nodes=titles)]


def _saves(nodes: Nodes, node_id: str) -> bool:
    """Whether an output node writes files; partners' nodes that end a graph do."""
    class_type = nodes.class_of(node_id)
    if PREFIX_INPUT in nodes.inputs(node_id) or class_type.startswith("Save"):
        return True
    return bool(nodes.info.get(class_type, {}).get("api_node"))
