"""Which phases can run here: some need the library of an extra."""

from __future__ import annotations

from importlib.util import find_spec

_LIBRARIES = {"media.embed": "onnxruntime", "media.transcribe": "faster_whisper"}


def is_runnable(uses: str) -> bool:
    """Whether the library that a phase needs is installed."""
    return uses not in _LIBRARIES or find_spec(_LIBRARIES[uses]) is not None
