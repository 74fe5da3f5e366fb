"""The forms of websocket frames: JSON texts, and binary previews of type 1 and type 4."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

from PIL import Image

PREVIEW_IMAGE = 1
PREVIEW_WITH_METADATA = 4
JPEG = 1


def text_frame(kind: str, data: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "data": data})


def preview_frame(image: Image.Image) -> bytes:
    """Type 1: the image alone. It carries no prompt id."""
    return struct.pack(">II", PREVIEW_IMAGE, JPEG) + _jpeg(image)


def preview_frame_with_metadata(image: Image.Image, node_id: str, prompt_id: str) -> bytes:
    """Type 4: a length, JSON naming prompt and node, then the image."""
    metadata = {
        "node_id": node_id,
        "prompt_id": prompt_id,
        "display_node_id": node_id,
        "parent_node_id": None,
        "real_node_id": node_id,
        "image_type": "image/jpeg",
    }
    packed = json.dumps(metadata).encode()
    return struct.pack(">II", PREVIEW_WITH_METADATA, len(packed)) + packed + _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=90)
    return buffer.getvalue()
