"""Model files as artists have them: headers by several trainers, pictures beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image

from video_queue.comfy.node_catalogue import ComfyCatalogue

LORAS = [
    "styles/oil.safetensors",
    "ink.safetensors",
    "damaged.safetensors",
    "elsewhere.safetensors",
    "../up.safetensors",
]
KOHYA = {
    "ss_output_name": "Oil painting",
    "ss_base_model_version": "sdxl_base_v1-0",
    "ss_tag_frequency": json.dumps({"1_a": {"oil painting": 40, "brush": 12}, "2_b": {"brush": 30}}),
}
MODELSPEC = {
    "modelspec.title": "Ink",
    "modelspec.architecture": "Flux.1-dev/lora",
    "modelspec.trigger_phrase": "ink wash, sumi",
}


def make_models(folder: Path) -> Path:
    """A loras folder; the files of the list above that can be there."""
    loras = folder / "loras"
    write_safetensors(loras / "styles/oil.safetensors", KOHYA)
    write_safetensors(loras / "ink.safetensors", MODELSPEC)
    (loras / "damaged.safetensors").write_bytes(b"\xff" * 64)
    write_safetensors(folder / "up.safetensors", MODELSPEC)
    Image.new("RGB", (512, 768), "teal").save(loras / "styles/oil.preview.png")
    Image.new("RGB", (64, 64), "black").save(loras / "ink.jpg")
    return loras


def write_safetensors(path: Path, metadata: dict[str, Any]) -> None:
    """A file with this header and no weights."""
    header = json.dumps({"__metadata__": metadata}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(16))


def seen_comfy(cache: Path, loras: Path) -> None:
    """What is kept of a ComfyUI that had these LoRAs when it answered."""
    required = {"lora_name": [LORAS, {}]}
    ComfyCatalogue(cache).store({"LoraLoader": {"input": {"required": required}}}, {"loras": [str(loras)]})
