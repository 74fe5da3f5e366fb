"""Bodies and answers that exist only in REST; everything else is a model of `domain/`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from video_queue.api.filters import ActionFilter
from video_queue.comfy.model_files import ModelFile
from video_queue.domain.actions import (
    BULK_ACTIONS,
    JOB_ACTIONS,
    PROMPT_ACTIONS,
    QUEUE_ACTIONS,
    WATCH_ACTIONS,
    ActionOptions,
    JobNumber,
)
from video_queue.domain.batches import BATCH_ACTIONS
from video_queue.domain.comfy import COMFY_ACTIONS, INSTANCE_ACTIONS
from video_queue.domain.hours import HoursOrOff
from video_queue.domain.moments import Moment
from video_queue.domain.moving import ExportOptions
from video_queue.services.locating import MOST_FILES, SoughtFile
from video_queue.services.workflows.importing.imports import DraftBody

Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]], Field(max_length=100)]
Rating = Annotated[int, Field(ge=0, le=5)]
Name = Annotated[str, Field(max_length=300)]
Note = Annotated[str, Field(max_length=100_000)]


class _Body(BaseModel):
    """Unknown keys are errors: a misspelt one must not be silently without effect."""

    model_config = ConfigDict(extra="forbid")

    def changes(self) -> dict[str, Any]:
        """What the client sent, without what it left out."""
        return self.model_dump(exclude_unset=True)


def _action(names: Sequence[str]) -> Any:
    """The field of an action's name; the service refuses names that are not among these."""
    return Field(max_length=40, json_schema_extra={"enum": list(names)})


class JobAction(ActionOptions):
    """`{"action": ...}` and the options of that action."""

    action: Annotated[str, _action(JOB_ACTIONS)]


class BatchAction(ActionOptions):
    """`{"action": ...}` and the options of that action."""

    action: Annotated[str, _action(BATCH_ACTIONS)]


class PromptAction(ActionOptions):
    """`{"action": ...}` and the options of that action."""

    action: Annotated[str, _action(PROMPT_ACTIONS)]


class Undo(_Body):
    """Which action is undone; without an `id` the newest."""

    id: JobNumber | None = None


class ManyAction(ActionOptions):
    """An action on `ids` (jobs `12`, prompts `12.3`) or on all jobs that match `filter`."""

    action: Annotated[str, _action(sorted(BULK_ACTIONS))]
    ids: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=100_000)] | None = None
    filter: ActionFilter | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> ManyAction:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or filter")
        return self


class QueueExport(ExportOptions):
    """Which open jobs (`ids`, or those that match `filter`; neither: all), and how they are exported."""

    ids: Annotated[list[JobNumber], Field(min_length=1, max_length=100_000)] | None = None
    filter: ActionFilter | None = None

    @model_validator(mode="after")
    def _at_most_one(self) -> QueueExport:
        if self.ids is not None and self.filter is not None:
            raise ValueError("give either ids or filter")
        return self


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
    """`pause` (with `mode` and `until`, or with `schedule`: the hours of each day, or `off`) or `resume`."""

    action: Annotated[str, Field(json_schema_extra={"enum": list(QUEUE_ACTIONS)})]
    mode: Literal["after_current", "now"] = "after_current"
    until: Moment | None = None
    schedule: HoursOrOff | None = None
    free_memory: bool = False


class WatchAction(_Body):
    """`pause`, `resume` or `scan`."""

    action: Annotated[str, _action(WATCH_ACTIONS)]


class ComfyAction(_Body):
    """What to do with ComfyUI; with which `instance`, where there are several."""

    action: Annotated[str, _action((*COMFY_ACTIONS, *INSTANCE_ACTIONS))]
    instance: str | None = None


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


class LocateBody(_Body):
    """The files that are sought."""

    files: Annotated[list[SoughtFile], Field(min_length=1, max_length=MOST_FILES)]


class Upload(BaseModel):
    """Where an upload lies now: name this path as an input."""

    path: str
    bytes: int


class ImportBody(_Body):
    """What to import: a file inside the roots, a pasted text, or a draft that the caller changed."""

    path: Annotated[str, Field(max_length=4096)] | None = None
    text: str | None = None
    draft: DraftBody | None = None

    @model_validator(mode="after")
    def _one_of_three(self) -> ImportBody:
        if sum(value is not None for value in (self.path, self.text, self.draft)) != 1:
            raise ValueError("give one of path, text and draft")
        return self


# As the OpenAPI document describes it.
IMPORT_SCHEMA = {
    "type": "object",
    "oneOf": [{"required": ["path"]}, {"required": ["text"]}, {"required": ["draft"]}],
    "properties": {
        "path": {"type": "string"},
        "text": {"type": "string"},
        "draft": {
            "type": "object",
            "properties": {
                "yaml": {"type": "string"},
                "definition": {"type": "object"},
                "graphs": {"type": "object"},
            },
        },
    },
}


class Choices(BaseModel):
    """The values of one option source; `stale` when ComfyUI is away and these are what it offered last.

    `models` describes the first hundred where they are model files, and is left out otherwise.
    """

    items: list[str]
    next_cursor: str | None = None
    stale: bool = False
    models: list[ModelFile] = []


class OptionsFeed(BaseModel):
    """What a form for jobs can offer."""

    workflows: list[str]
    presets: list[str]
    encoders: list[str]
    lanes: list[str]
    actions: dict[str, list[str]]
    sources: list[str]
