"""Frames of ComfyUI's websocket: JSON texts, and binary ones with pictures or a node's text.

A frame that cannot be read is None, never an error: custom nodes send frames of their own.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

_MIMES = {1: "image/jpeg", 2: "image/png"}
_PREVIEW, _NODE_TEXT, _PREVIEW_WITH_METADATA = 1, 3, 4
_WORD = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class TextFrame:
    """A JSON frame: its type, and its data."""

    type: str
    data: dict[str, Any]

    @property
    def prompt_id(self) -> str | None:
        """The prompt it is about, where it says so."""
        prompt_id = self.data.get("prompt_id")
        return prompt_id if isinstance(prompt_id, str) else None


@dataclass(frozen=True, slots=True)
class PreviewFrame:
    """A picture on its way. Without `prompt_id` (older form) it belongs to the prompt that runs."""

    mime: str
    image: bytes
    prompt_id: str | None = None
    node_id: str | None = None


@dataclass(frozen=True, slots=True)
class NodeTextFrame:
    """A text that a node shows while it runs."""

    node_id: str
    text: str


Frame = TextFrame | PreviewFrame | NodeTextFrame


def parse_frame(message: str | bytes) -> Frame | None:
    """The frame in a websocket message, or None."""
    try:
        return _text(message) if isinstance(message, str) else _binary(message)
    except (ValueError, RecursionError, struct.error):
        return None


def _text(message: str) -> TextFrame | None:
    frame = json.loads(message)
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        return None
    data = frame.get("data")
    return TextFrame(frame["type"], data if isinstance(data, dict) else {})


def _binary(message: bytes) -> Frame | None:
    kind = _WORD.unpack_from(message, 0)[0]
    if kind == _PREVIEW:
        mime = _MIMES.get(_WORD.unpack_from(message, 4)[0])
        return PreviewFrame(mime, message[8:]) if mime else None
    head, rest = _split(message)
    if kind == _NODE_TEXT:
        return NodeTextFrame(head.decode(errors="replace"), rest.decode(errors="replace"))
    if kind == _PREVIEW_WITH_METADATA:
        return _described_preview(json.loads(head), rest)
    return None


def _described_preview(about: Any, image: bytes) -> PreviewFrame | None:
    if not isinstance(about, dict) or not isinstance(about.get("image_type"), str):
        return None
    return PreviewFrame(about["image_type"], image, about.get("prompt_id"), about.get("node_id"))


def _split(message: bytes) -> tuple[bytes, bytes]:
    """What follows the type: a length, so many bytes, and the rest."""
    length = _WORD.unpack_from(message, 4)[0]
    if len(message) < 8 + length:
        raise ValueError("the frame is shorter than it says")
    return message[8 : 8 + length], message[8 + length :]
