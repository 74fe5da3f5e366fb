"""What can be cleaned away: leftovers of the home, and what a cleaning freed (docs/settings.md)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel


class LeftoverKind(StrEnum):
    """What a leftover is of (`history`: finished jobs). Outputs, workflows, presets and settings never are."""

    WORK = "work"
    LOGS = "logs"
    THUMBNAILS = "thumbnails"
    PROXIES = "proxies"
    UPLOADS = "uploads"
    BACKUPS = "backups"
    HISTORY = "history"


class Leftover(BaseModel):
    """A file or folder that can go (of history: `job 12`), how large it is, and why it can."""

    kind: LeftoverKind
    path: str
    bytes: int
    reason: str


class Shrunk(BaseModel):
    """How many bytes the database gave back to the disk."""

    freed: int


class Cleaning(BaseModel):
    """What was removed, or would be; `bytes` in all."""

    items: list[Leftover]
    next_cursor: str | None = None
    bytes: int
    dry_run: bool
