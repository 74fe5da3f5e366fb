"""What every client sees: Job, Prompt, Phase, Artifact and the queue (docs/rest.md).

Rows are turned into these by `db/`; REST, `--json`, events and the browser use them unchanged.
"""

from __future__ import annotations

from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from video_queue.domain.errors import ErrorInfo, Problem
from video_queue.domain.states import (
    HeldReason,
    JobState,
    LaneState,
    PhaseState,
    PromptState,
    QueueState,
    RunOrder,
)


class Action(BaseModel):
    """Something that can be done to a job or prompt now, or the reason why not."""

    name: str
    enabled: bool
    reason: str = ""


class Counts(BaseModel):
    """Prompts of a job by state."""

    queued: int = 0
    running: int = 0
    review: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        """All prompts of the job."""
        return self.queued + self.running + self.review + self.succeeded + self.failed + self.cancelled


class KeptOutput(BaseModel):
    """A published file that stayed when its job was deleted with its outputs, and why."""

    path: str
    reason: str


class ChainJob(BaseModel):
    """A job of a chain and the numbers of those that it comes after."""

    id: int
    name: str
    workflow: str
    state: JobState
    held_reason: HeldReason | None
    after: list[int]


class Cell(BaseModel):
    """A prompt as a small picture: `poster` is an artifact's number, else the path of its input, null for neither.

    `mark` is why it stands where it does: the code of its error, why it is held or what it waits for.
    """

    id: int
    state: PromptState
    poster: int | str | None = None
    rating: int | None = None
    mark: str | None = None


class Sheet(BaseModel):
    """Some prompts of a job as cells, in order: `first` is the index of the first of them, `total` how many it has."""

    first: int
    total: int
    cells: list[Cell]


class Job(BaseModel):
    """One submission and where it stands. `progress` is 0..1, times are seconds, moments ISO 8601 UTC.

    `kept_outputs` is filled only in the answer of a deletion, `chain` (the jobs before and after it, however far, and
    itself) only where one job is read. `cells` are its first 16 prompts and `poster` the picture that stands for it,
    where jobs are read; `held_prompts` are held by themselves there, as the rest of a pilot is.
    """

    id: int
    name: str
    workflow: str
    workflow_hash: str
    state: JobState
    held: bool
    held_reason: HeldReason | None
    reused: bool = False
    priority: int
    position: float
    tags: list[str]
    note: str
    rating: int | None
    submission: dict[str, Any]
    output_dir: str
    counts: Counts
    progress: float
    eta_seconds: float | None = None
    eta_range: tuple[float, float] | None = None
    created_at: str
    started_at: str | None
    finished_at: str | None
    error: ErrorInfo | None
    parent_id: int | None
    batch: int | None = None
    submitted_by: str
    archived: bool = False
    run_order: RunOrder = "by_prompt"
    model_loads_saved: int = 0
    actions: list[Action]
    held_prompts: int = 0
    kept_outputs: list[KeptOutput] = []
    chain: list[ChainJob] = []
    poster: int | str | None = None
    cells: list[Cell] = []


class SubmittedJob(Job):
    """The answer to a submission with warnings: what ComfyUI may refuse of it; it is away and could not be asked."""

    warnings: list[Problem]


class MediaFile(BaseModel):
    """A file in phase results; null where a field makes no sense. `frames` is its number of frames."""

    path: str
    index: int | None = None
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    fps: float | None = None
    duration: float | None = None
    start: float | None = None
    end: float | None = None


class FileFacts(BaseModel):
    """What a whole file is; null where it makes no sense for its kind or was not read yet."""

    model_config = ConfigDict(frozen=True)

    bytes: int
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    fps: float | None = None
    duration: float | None = None
    sha256: str | None = None


class Artifact(BaseModel):
    """A file that a phase made. `role` is `output` (published), `manifest` or `intermediate`."""

    id: int
    job_id: int
    prompt_id: int
    phase: str
    kind: Literal["video", "image", "audio", "text", "other"]
    role: Literal["output", "intermediate"]
    name: str
    path: str
    bytes: int
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    fps: float | None = None
    duration: float | None = None
    sha256: str | None = None


class JobOutput(Artifact):
    """A published file of a job; with `run` the first of so many numbered pictures that are frames of one clip."""

    run: int | None = None


class PhaseView(BaseModel):
    """One phase of a prompt. `items` is given for `for_each` phases: done and total.

    `reused_from` is the prompt (`12.3`) that made what this one reused. `share` is how much of the prompt's time it
    takes, as far as is known (0..1), `eta_seconds` what is left of it.
    """

    name: str
    uses: str
    state: PhaseState
    progress: float = 0.0
    started_at: str | None = None
    finished_at: str | None = None
    result: dict[str, Any] | None = None
    items: dict[str, int] | None = None
    reused_from: str | None = None
    share: float = 0.0
    eta_seconds: float | None = None
    eta_range: tuple[float, float] | None = None


class WaitingFor(BaseModel):
    """What a prompt waits for, and since when."""

    reason: str
    since: str


class Prompt(BaseModel):
    """One render of a job, with its phases and artifacts. `index` counts from 1 within the job.

    `eta_seconds` is its own work left once it is its turn: neither waiting nor reviews count.
    """

    id: int
    job_id: int
    index: int
    state: PromptState
    input: str | None
    inputs: list[Any]
    params: dict[str, Any]
    seed: int | str | None
    attempt: int
    phase: str | None
    progress: float
    eta_seconds: float | None = None
    eta_range: tuple[float, float] | None = None
    message: str | None
    held: bool
    held_reason: HeldReason | None
    waiting_for: WaitingFor | None
    not_before: str | None
    skipped: bool
    rating: int | None
    tags: list[str]
    note: str
    error: ErrorInfo | None
    phases: list[PhaseView]
    artifacts: list[Artifact]
    created_at: str
    started_at: str | None
    finished_at: str | None
    actions: list[Action]


class Refused(BaseModel):
    """A job or prompt (`12`, `12.3`) that a change or an action was not possible for."""

    id: str
    code: str
    message: str


class ManyDone(BaseModel):
    """How many the action was done to, which refused it, and which files a deletion kept.

    `undo` is its number for POST /api/undo, where it can be undone.
    """

    done: int
    refused: list[Refused]
    kept_outputs: list[KeptOutput] = []
    undo: int | None = None


class FailureCause(BaseModel):
    """Prompts that failed with an error of this code: how many, of how many jobs, and the newest one's words."""

    code: str
    message: str
    prompts: int
    jobs: int


class ParamsEdited(BaseModel):
    """How many prompts have new values now, and which kept theirs because they had begun."""

    changed: int
    refused: list[Refused]


class LaneView(BaseModel):
    """One lane: `running` holds the numbers of the prompts that occupy it.

    `detail` is what stands behind it: for the gpu lane the ComfyUI that was found (`connected, url, version, device,
    simulated`, and `process` while one is kept running: `state, pid, message`), null before anybody looked.
    Each ComfyUI is an `instance` of the gpu lane. A `paused` one gets nothing new; `pause`: what it rendered was put
    back.
    """

    name: str
    instance: str
    state: LaneState
    reason: str | None
    running: list[int]
    detail: dict[str, Any] | None = None
    paused: Literal["drain", "pause"] | None = None


class Countdown(BaseModel):
    """All is done: what `when_done` does at `ends_at`, if nothing cancels it."""

    action: str
    ends_at: str


class QueueView(BaseModel):
    """The whole queue at a glance; `counts` are prompts by state, `schedule` the hours in which it pauses each day."""

    state: QueueState
    reason: str | None
    until: str | None
    schedule: str | None = None
    countdown: Countdown | None = None
    lanes: list[LaneView]
    counts: Counts
    running: list[Prompt]
    eta_seconds: float | None = None
    eta_range: tuple[float, float] | None = None
    model_loads_saved: int = 0


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


class JobPage(Page[Job]):
    """A page of jobs, with the number of jobs by state that match the filter except `state`."""

    counts: dict[str, int] = Field(default_factory=dict)
