"""What comes next: when all that waits is done, what it needs, what stands in its way, and what comes then."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

ObstacleKind = Literal["paused", "schedule", "lane", "held", "review", "refused", "watch", "disk"]
Models = Literal["unused", "present", "missing", "unknown"]


class Obstacle(BaseModel):
    """What stands in the way, in words, with what to do; `id` is the job or watch that it is about.

    `prompts` are the renders that it keeps back; null where that is not counted.
    """

    kind: ObstacleKind
    text: str
    hint: str = ""
    id: int | None = None
    prompts: int | None = None


class DiskNeed(BaseModel):
    """A disk that outputs or working files are written to; bytes.

    `needed` is what waiting renders are likely to publish there, by what earlier ones did; `kept_free` stays free.
    `free` is null where the disk is away.
    """

    path: str
    free: int | None
    needed: int
    kept_free: int


class WhenAllDone(BaseModel):
    """What comes once all is done: the settings `when_done`, `awake`, and the channels that notifications leave by."""

    action: str
    seconds: float
    awake: bool
    channels: list[str]


class Tonight(BaseModel):
    """The counterpart of the report: `seconds` (low, likely, high) of work are left in `waiting` renders.

    `done_at` is null while that is not known, or the queue is paused without an end. `unknown_sizes` are the waiting
    renders of which no earlier one says how large they become.
    """

    now: str
    waiting: int
    seconds: tuple[float, float, float] | None
    done_at: str | None
    disks: list[DiskNeed]
    unknown_sizes: int
    models: Models
    obstacles: list[Obstacle]
    schedule: str | None
    when_done: WhenAllDone
