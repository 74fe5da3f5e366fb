"""What a workflow would touch if it ran: files, models, nodes, programs. Read from the draft, before it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from video_queue.comfy.model_folders import names_model
from video_queue.domain.submission import texts_in

# LoadImage, VHS_LoadVideo; not CheckpointLoaderSimple.
_LOADS = re.compile(r"Load(?!er)")
_WRITES = "filename_prefix"
_ADDRESS = re.compile(r"^\s*(?:https?|ftp|s3|rtsp)://", re.IGNORECASE)
_MOST, _LONGEST = 200, 300


class Touched(BaseModel):
    """By name, each once: what is read, where ComfyUI writes, models, node classes, addresses and programs."""

    reads: list[str] = []
    writes: list[str] = []
    models: list[str] = []
    nodes: list[str] = []
    addresses: list[str] = []
    programs: list[str] = []


def touched_by(definition: Mapping[str, Any], graphs: Mapping[str, Mapping[str, Any]]) -> Touched:
    """What the phases of a definition and its graphs name themselves; what a form will ask for is not known yet."""
    nodes = [node for graph in graphs.values() for node in graph.values()]
    inputs = [(str(node.get("class_type", "")), *item) for node in nodes for item in _texts(node)]
    phases = [phase for phase in definition.get("phases", ()) if isinstance(phase, dict)]
    uses = {str(phase.get("uses", "")) for phase in phases}
    literals = [text for text in texts_in(phases) if Path(text).is_absolute()]
    models = [text for kind, name, text in inputs if names_model(kind, name, text)]
    loads = [text for kind, _, text in inputs if _LOADS.search(kind) and text not in models]
    others = [text for _, _, text in inputs if Path(text).is_absolute()]
    return Touched(
        reads=_some([*loads, *others, *literals]),
        writes=_some(text for _, name, text in inputs if name == _WRITES),
        models=_some(models),
        nodes=_some(str(node.get("class_type", "")) for node in nodes),
        addresses=_some(text for *_, text in inputs if _ADDRESS.match(text)),
        programs=[
            *(["ComfyUI"] if "comfy" in uses else []),
            *(["ffmpeg"] if any(use.startswith("media.") for use in uses) else []),
        ],
    )


def _texts(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    inputs = node.get("inputs")
    for name, value in inputs.items() if isinstance(inputs, Mapping) else ():
        if isinstance(value, str) and value:
            yield str(name), value


def _some(texts: Any) -> list[str]:
    """Each once, in the order of the alphabet; of very many or very long ones the beginning."""
    return sorted({str(text)[:_LONGEST] for text in texts if text})[:_MOST]
