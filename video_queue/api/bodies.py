"""Bodies and answers that exist only in REST; everything else is a model of `domain/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from video_queue.domain.actions import JOB_ACTIONS, PROMPT_ACTIONS
from video_queue.domain.moments import Moment
from video_queue.domain.states import JobState
from video_queue.domain.views import Refused
from video_queue.services.asker import PathGuard
from video_queue.system.files.path_utils import normalize_input_path

Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=100)]
Rating = Annotated[int, Field(ge=0, le=5)]
JobNumber = Annotated[int, Field(ge=1, lt=2**63)]
Name = Annotated[str, Field(max_length=300)]
Note = Annotated[str, Field(max_length=100_000)]


class _Body(BaseModel):
    """Unknown keys are errors: a misspelt one must not be silently without effect."""

    model_config = ConfigDict(extra="forbid")

    def given(self, *leave_out: str) -> dict[str, Any]:
        """What the client sent, without what it left out."""
        return self.model_dump(exclude_unset=True, exclude=set(leave_out))


def _paths_in(value: Any) -> Iterator[Path]:
    """Every text in `value` that can be meant as an absolute path."""
    if isinstance(value, str):
        made = normalize_input_path(value) if value.strip() else Path()
        if made.is_absolute():
            yield made
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _paths_in(inner)


class _Options(_Body):
    """The options of all actions; an action takes those that concern it."""

    reason: Annotated[str, Field(max_length=1000)] | None = None
    keep_work: bool = False
    failed_only: bool = True
    from_phase: Annotated[str, Field(max_length=200)] | None = None
    params: dict[str, Any] = {}
    seeds: int | str | list[int | str] | None = None
    new_seed: bool = False
    to: Literal["top", "bottom"] | Annotated[int, Field(ge=1, lt=2**53)] | None = None
    before: JobNumber | None = None
    after: JobNumber | None = None
    outputs: bool = False
    items: Annotated[list[JobNumber], Field(max_length=10_000)] | None = None
    result: dict[str, Any] | None = None
    note: Note | None = None

    def options(self, guard: PathGuard | None) -> dict[str, Any]:
        """What was given besides the action and what it is done to; null counts as not given.

        Raises:
            VqError: `path_not_allowed`, when a `result` names a file that `guard` refuses: later phases read it.
        """
        if guard is not None and self.result:
            for path in _paths_in(self.result):
                guard(path)
        given = self.given("action", "ids", "filter")
        return {name: value for name, value in given.items() if value is not None}


class JobAction(_Options):
    """`{"action": ...}` and the options of that action."""

    action: Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(JOB_ACTIONS)})]


class PromptAction(_Options):
    """`{"action": ...}` and the options of that action."""

    action: Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(PROMPT_ACTIONS)})]


class ActionFilter(_Body):
    """Which jobs: all that match every field given."""

    state: JobState | list[JobState] | None = None
    workflow: Name | None = None
    tag: Name | None = None
    q: Name | None = None
    created_before: Moment | None = None
    archived: bool = False


class ManyAction(_Options):
    """An action on `ids` (jobs `12`, prompts `12.3`) or on all jobs that match `filter`."""

    action: Annotated[
        str, Field(max_length=40, json_schema_extra={"enum": sorted({*JOB_ACTIONS, *PROMPT_ACTIONS})})
    ]
    ids: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=100_000)] | None = None
    filter: ActionFilter | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ManyAction:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or filter")
        return self


class ManyDone(BaseModel):
    """How many the action was done to, and which refused it."""

    done: int
    refused: list[Refused]


class JobChanges(_Body):
    """What can be changed of a job; what is left out stays."""

    name: Name = ""
    tags: Tags = []
    note: Note = ""
    rating: Rating | None = None
    priority: Annotated[int, Field(ge=-(2**31), lt=2**31)] = 0
    params: dict[str, Any] = {}


class PromptChanges(_Body):
    """What can be changed of a prompt; what is left out stays."""

    tags: Tags = []
    note: Note = ""
    rating: Rating | None = None
    params: dict[str, Any] = {}


class QueueAction(_Body):
    """`pause` (with `mode` and `until`) or `resume`."""

    action: Literal["pause", "resume"]
    mode: Literal["after_current", "now"] = "after_current"
    until: Moment | None = None
    free_memory: bool = False


class ComfyAction(_Body):
    """What to do with ComfyUI."""

    action: Literal["free", "restart", "start", "stop", "refresh"]


class RevealBody(_Body):
    """What to show in the file manager: a path inside the roots, or an artifact."""

    path: Annotated[str, Field(max_length=4096)] | None = None
    artifact_id: JobNumber | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> RevealBody:
        if (self.path is None) == (self.artifact_id is None):
            raise ValueError("give either path or artifact_id")
        return self


class Revealed(BaseModel):
    """The path that is shown now."""

    path: str


class Upload(BaseModel):
    """Where an upload lies now: name this path as an input."""

    path: str
    bytes: int


class Choices(BaseModel):
    """The values of one option source; `stale` when ComfyUI is away and these are what it offered last."""

    items: list[str]
    next_cursor: str | None = None
    stale: bool = False


class OptionsFeed(BaseModel):
    """What a form for jobs can offer."""

    workflows: list[str]
    presets: list[str]
    encoders: list[str]
    lanes: list[str]
    actions: dict[str, list[str]]
    sources: list[str]
