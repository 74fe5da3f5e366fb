"""Workflows that the rendering tests share: a graph that inverts a picture, alone or for each frame of a clip."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.worker.conftest import Queue

PER_FRAME = """
inputs: {kind: video}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - name: render
    uses: comfy
    for_each: "{{ phases.frames.images }}"
    graph: per-frame.render.api.json
    files: {"1.inputs.image": "{{ item.path }}"}
  - name: encode
    uses: media.encode
    with: {frames: "{{ phases.render.images }}", fps: "{{ input.fps }}", audio: "{{ input.path }}"}
output: {phase: encode, name: "{{ input.stem }}_out"}
"""
INVERT: dict[str, Any] = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "x.png"}, "_meta": {"title": "Picture"}},
    "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}, "_meta": {"title": "Invert"}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
}


def write_graph(queue: Queue, name: str, graph: dict[str, Any] = INVERT) -> None:
    """Write `NAME.api.json` into the home's workflows."""
    (queue.settings.workflows_dir / f"{name}.api.json").write_text(json.dumps(graph))


def write_per_frame(queue: Queue, name: str = "per-frame", text: str = PER_FRAME) -> None:
    """A workflow that inverts every frame of a clip."""
    queue.workflow(name, text.replace("per-frame", name))
    write_graph(queue, f"{name}.render")


def inverted(path: str | Path) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The pixels of a picture, inverted."""
    return 255 - np.asarray(Image.open(path).convert("RGB"))
