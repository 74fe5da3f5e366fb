"""Workflows for a real ComfyUI, and pictures that it has never seen, so that its cache has no answers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.worker.conftest import Queue

SINGLE = """
inputs: {kind: image}
phases:
  - {name: render, uses: comfy, graph: NAME.render.api.json, files: {"1.inputs.image": "{{ input.path }}"}}
output: {phase: render}
"""


def write_workflow(queue: Queue, name: str, graph: dict[str, Any], text: str = SINGLE) -> None:
    """A workflow of one ComfyUI phase."""
    queue.workflow(name, text.replace("NAME", name))
    (queue.settings.workflows_dir / f"{name}.render.api.json").write_text(json.dumps(graph))


def in_steps(steps: int, seconds: float) -> dict[str, Any]:
    """Invert a picture, so many times so many seconds long."""
    wait = {"image": ["1", 0], "steps": steps, "seconds": seconds}
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "x.png"}},
        "2": {"class_type": "VqTestSteps", "inputs": wait},
        "3": {"class_type": "ImageInvert", "inputs": {"image": ["2", 0]}},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "x"}},
    }


def foreign(steps: int, seconds: float, color: int) -> dict[str, Any]:
    """What another program renders: no input file, one picture in the temp folder."""
    size = {"width": 64, "height": 64, "batch_size": 1, "color": color}
    return {
        "1": {"class_type": "EmptyImage", "inputs": size},
        "2": {
            "class_type": "VqTestSteps",
            "inputs": {"image": ["1", 0], "steps": steps, "seconds": seconds},
        },
        "3": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
    }


def new_pictures(folder: Path, count: int) -> list[str]:
    """Pictures of noise."""
    folder.mkdir()
    paths = [folder / f"{number}.png" for number in range(count)]
    for path in paths:
        pixels = np.frombuffer(os.urandom(64 * 48 * 3), np.uint8).reshape(48, 64, 3)
        Image.fromarray(pixels).save(path)
    return [str(path) for path in paths]


def is_inverted(path: str, source: str) -> bool:
    """Whether a picture is the inversion of another; ComfyUI counts in floats."""
    before, after = (np.asarray(Image.open(name).convert("RGB")).astype(int) for name in (source, path))
    return before.shape == after.shape and abs(255 - before - after).max() <= 1
