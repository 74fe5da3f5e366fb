"""Watch folders: what a watch is asked to do, how it is shown, and what is on record about each of its files."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from video_queue.domain.hours import Hours
from video_queue.domain.submission import Submission


class FileState(StrEnum):
    """Where a file of a watch is: `taken` has a job, `gone` is not in the folder any more."""

    WAITING = "waiting"
    TAKEN = "taken"
    IGNORED = "ignored"
    FAILED = "failed"
    GONE = "gone"


class WatchState(StrEnum):
    """What a watch does: `quiet` outside its hours, `away` without its folder, `failing` while it cannot submit."""

    WATCHING = "watching"
    PAUSED = "paused"
    QUIET = "quiet"
    AWAY = "away"
    FAILING = "failing"


class WatchUnit(StrEnum):
    """What becomes one job: a file, a numbered run of pictures, or a first-level folder with all that is in it."""

    FILE = "file"
    SEQUENCE = "sequence"
    FOLDER = "folder"


# The rules that decide about a file, by the names under which they are stored and answered (docs/watch.md).
Rule = Literal[
    "hidden",
    "temporary",
    "pattern",
    "kind",
    "deep",
    "empty",
    "own",
    "existing",
    "new",
    "changing",
    "open",
    "partial",
    "unreadable",
    "sidecar",
    "hours",
    "max_new",
    "refused",
    "paused",
    "away",
    "failing",
    "ready",
    "taken",
    "renamed",
    "moved",
    "gone",
    "unwatched",
]
Globs = Annotated[list[Annotated[str, Field(min_length=1, max_length=300)]], Field(max_length=100)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Existing = Literal["skip", "take"]
Folder = Annotated[str, Field(max_length=4096)]


class WatchRules(BaseModel):
    """How a watch decides. Null: `settle_seconds` as the platform needs it, `poll` by the file system, no `max_new`."""

    model_config = ConfigDict(extra="forbid")

    recursive: bool = False
    include: Globs = []
    exclude: Globs = []
    settle_seconds: Seconds | None = None
    unit: WatchUnit = WatchUnit.FILE
    after: Literal["leave", "move"] = "leave"
    done_dir: Folder | None = None
    failed_dir: Folder | None = None
    poll: bool | None = None
    max_new: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    hours: Hours | None = None


class NewWatch(WatchRules):
    """A folder to watch; `existing` says what becomes of files that lie in it already, and is required then."""

    path: Folder
    submission: Submission
    existing: Existing | None = None


class WatchChanges(WatchRules):
    """What can be changed of a watch; what is left out stays."""

    submission: Submission | None = None


class WatchTotals(BaseModel):
    """What became of all that was dropped into a folder, wherever it is now: files that wait, then jobs by their end.

    `failed` are jobs with failures, and files that were given up.
    """

    waiting: int
    working: int
    done: int
    failed: int


class Watch(BaseModel):
    """A watch as it is now. `counts` are files by state, moments ISO 8601 UTC; `reason` says why it does not work."""

    id: int
    path: str
    submission: dict[str, Any]
    recursive: bool
    include: list[str]
    exclude: list[str]
    settle_seconds: float
    unit: WatchUnit
    existing: Existing
    after: Literal["leave", "move"]
    done_dir: str | None
    failed_dir: str | None
    poll: bool | None
    max_new: int | None
    hours: str | None
    enabled: bool
    state: WatchState
    reason: str | None
    counts: dict[str, int]
    totals: WatchTotals
    created_at: str
    scanned_at: str | None


class WatchFile(BaseModel):
    """One file of a watch (or run, or folder): `path` is relative to the watch's.

    `rule` is the name of the rule that decided, `reason` says it in words; `since` is when the file last changed as far
    as was seen, `next` when it is considered again by itself (null: only a change of the file does that).
    """

    path: str
    size: int
    mtime: str
    state: FileState
    rule: str
    reason: str
    since: str
    next: str | None
    job_id: int | None
    at: str


class Why(BaseModel):
    """What a watch does with one file and why. `change` says what would change that; `watch` is null where none is."""

    path: str
    watch: int | None
    state: FileState | None
    rule: str
    reason: str
    change: str
    since: str | None = None
    next: str | None = None
    job_id: int | None = None
