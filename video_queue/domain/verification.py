"""What became of outputs: which of them are still what was published."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

Damage = Literal["missing", "damaged", "unreadable"]


class DamagedOutput(BaseModel):
    """An output, or a manifest, that is not what was published. `manifest` is the one it belongs to."""

    path: str
    kind: Damage
    message: str
    manifest: str


class Verification(BaseModel):
    """Outputs compared with what is on record of them.

    `manifests` were checked of `total`, with `files` outputs of which `intact` are as they were published.
    With a `cursor` time was up before all were checked.
    """

    total: int
    manifests: int
    files: int
    intact: int
    problems: list[DamagedOutput]
    cursor: str | None = None
