"""Frames beside those of a prompt's own run, as faults ask for them: odd, of others, too many, or falling."""

from __future__ import annotations

import uuid
from typing import Any

from PIL import Image

from video_queue.simulator.frames import preview_frame
from video_queue.simulator.state import SimulatorState

_FLOOD = 300


def send_disturbing_frames(state: SimulatorState, prompt_id: str, client_id: str | None) -> None:
    """Send what the faults in force say, before a node of this prompt runs."""
    faults = state.faults
    if faults.get("odd_frames"):
        _send_odd(state, prompt_id, client_id)
    if faults.get("foreign_frames"):
        _send_foreign(state, client_id)
    if faults.get("backwards"):
        for value in (9, 5, 1):
            data = {"value": value, "max": 10, "prompt_id": prompt_id, "node": state.current_node}
            state.hub.send("progress", data, client_id)
    if faults.get("flood"):
        frame = preview_frame(Image.effect_noise((256, 256), 80).convert("RGB"))
        for _ in range(_FLOOD):
            state.hub.send_raw(frame, client_id)


def _send_odd(state: SimulatorState, prompt_id: str, client_id: str | None) -> None:
    """A nesting that no parser follows, and a number that no float holds."""
    state.hub.send_raw('{"type": "odd", "data": ' + "[" * 100_000, client_id)
    state.hub.send("progress", {"prompt_id": prompt_id, "value": 10**400, "max": 1}, client_id)


def _send_foreign(state: SimulatorState, client_id: str | None) -> None:
    """All frames of a prompt that nobody here has sent, with an output."""
    other = str(uuid.uuid4())
    output = {"images": [{"filename": "other.png", "subfolder": "", "type": "output"}]}
    frames: tuple[tuple[str, dict[str, Any]], ...] = (
        ("execution_start", {}),
        ("executed", {"node": "3", "display_node": "3", "output": output}),
        ("execution_success", {}),
        ("executing", {"node": None}),
    )
    for kind, data in frames:
        state.hub.send(kind, {"prompt_id": other, **data}, client_id)
