"""What can be cleaned away: leftovers of the home, and what a cleaning freed (docs/settings.md)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel


class LeftoverKind(StrEnum):
    """What a leftover is of. Outputs, workflows, presets and settings are never leftovers."""

    WORK = "work"
    LOGS = "logs"
    THUMBNAILS = "thumbnails"
    UPLOADS = "uploads"
    BACKUPS = "backups"


class Leftover(BaseModel):
    """A file or folder that can go, how large it is, and why it can."""

    kind: LeftoverKind
    path: str
    bytes: int
    reason: str


class Cleaning(BaseModel):
    """What was removed, or would be; `bytes` in all."""

    items: list[Leftover]
    next_cursor: str | None = None
    bytes: int
    dry_run: bool
