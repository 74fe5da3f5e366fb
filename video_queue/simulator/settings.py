"""How a simulated ComfyUI is started, and what differs between the versions it can stand in for.

The differences are those seen in recordings of real servers of both versions; nothing else in the
simulator asks for a version number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Dialect:
    """One version's way of speaking. Every field names a behaviour, so that no caller compares versions."""

    version: str
    jobs_api: bool
    """`/api/jobs` and its cancel calls exist, and `extra_data` carries `create_time`."""
    strict_prompt_ids: bool
    """A client's prompt_id must be a lower-case hyphenated UUID; otherwise any string is taken."""
    preview_per_prompt: bool
    """`extra_data.preview_method` is obeyed; otherwise only the server's own setting counts."""
    names_missing_nodes: bool
    """Unknown classes are `missing_node_type` and loops `dependency_cycle`."""
    checks_path_escape: bool
    """Absolute paths are refused where an input file is named."""
    checks_combo: bool
    """Choices declared in the `["COMBO", {"options": [...]}]` form are checked at submit."""
    cautious_downloads: bool
    """`/view` sends `nosniff`, and dangerous types as attachments."""
    nodes_pass_outputs: bool
    """Output nodes have output slots too; otherwise node declarations are the older ones."""


DIALECTS: Mapping[str, Dialect] = {
    "0.33.0": Dialect("0.33.0", True, True, True, True, True, True, True, True),
    "0.3.64": Dialect("0.3.64", False, False, False, False, False, False, False, False),
}


@dataclass(frozen=True)
class SimulatorSettings:
    """How to start one simulator. `base` gets `input`, `output`, `temp` and `models` folders.

    `port` 0 lets the system choose. `seconds_per_step` is slept in every sampler step. `faults` are set
    before the first request, as if posted to `/simulator/faults`. An unknown version raises KeyError.
    """

    base: Path
    host: str = "127.0.0.1"
    port: int = 0
    version: str = "0.33.0"
    seconds_per_step: float = 0.0
    preview_method: str = "none"
    checkpoints: tuple[str, ...] = ("simulated-base.safetensors", "simulated-detail.safetensors")
    loras: tuple[str, ...] = (
        "oil-paint.safetensors",
        "styles/ink-wash.safetensors",
        "soft-light.safetensors",
    )
    faults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[self.version]
