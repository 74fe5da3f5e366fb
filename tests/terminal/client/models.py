"""The models that the answers of commands with --json fit, by command."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from video_queue.api.errors import ErrorBody
from video_queue.domain.cleaning import Cleaning
from video_queue.domain.comparison import Comparison
from video_queue.domain.media.captions import NamedStyle
from video_queue.domain.moving import Exported, Imported
from video_queue.domain.notifications import NotificationPage
from video_queue.domain.report import Report
from video_queue.domain.tonight import Tonight
from video_queue.domain.verification import Verification
from video_queue.domain.views import (
    Artifact,
    Job,
    JobPage,
    ManyDone,
    Page,
    ParamsEdited,
    Prompt,
    QueueView,
    SubmittedJob,
)
from video_queue.domain.watches import Watch, WatchFile, Why
from video_queue.services.comfyui import ComfyInfo
from video_queue.services.doctor.check import Check
from video_queue.services.provenance.restoring import Restored
from video_queue.services.submission.presets import Preset, SharedPreset
from video_queue.services.submission.preview import JobPreview
from video_queue.services.workflows.importing.imports import ImportedWorkflow
from video_queue.services.workflows.workflow_service import WorkflowInfo

Models = tuple[type[BaseModel], ...]


class _Any(BaseModel):
    """An answer that only the command line gives; its fields are in its command."""

    model_config = {"extra": "allow"}


_SUBJECT: Models = (Job, Prompt)
_CHANGED: Models = (Job, Prompt, ManyDone)
_QUEUE: Models = (QueueView,)
_MANY: Models = (ManyDone,)
_WATCH: Models = (Watch,)
_OF_COMMAND: dict[str, Models] = {
    "submit": (SubmittedJob, Job, JobPreview),
    "ls": (JobPage,),
    "show": _SUBJECT,
    "outputs": (Page[Artifact],),
    "diff": (Comparison,),
    "verify": (Verification,),
    "replay": (SubmittedJob,),
    "restore": (Restored,),
    "status": _QUEUE,
    "report": (Report,),
    "tonight": (Tonight,),
    "inbox": (NotificationPage, Page[Any]),
    "undo": _MANY,
    "edit": (Job, Prompt, ParamsEdited),
    **dict.fromkeys(("cancel", "retry", "rerun", "hold", "release", "move", "rm", "archive"), _CHANGED),
    **dict.fromkeys(("skip", "approve", "reject"), _MANY),
    "review": (Prompt,),
    "pause": _QUEUE,
    "resume": _QUEUE,
    "comfy": (ComfyInfo,),
    "doctor": (Page[Check],),
    "clean": (Cleaning,),
    **dict.fromkeys((f"watch {verb}" for verb in ("add", "edit", "scan", "pause", "resume")), _WATCH),
    "queue export": (Exported,),
    "queue import": (Imported,),
    "watch ls": (Page[Watch],),
    "watch files": (Page[WatchFile],),
    "watch why": (Why,),
    "style ls": (Page[NamedStyle],),
    **dict.fromkeys(("style show", "style save"), (NamedStyle,)),
    "style rm": (_Any,),
    "preset ls": (Page[SharedPreset], Page[Preset]),
    "preset save": (SharedPreset, Preset),
    "preset rm": (_Any,),
    "workflow ls": (Page[WorkflowInfo],),
    "workflow check": (Page[WorkflowInfo],),
    **dict.fromkeys(("workflow import", "workflow new"), (ImportedWorkflow,)),
    "workflow test": (Artifact,),
    "workflow edit": (_Any,),
    **dict.fromkeys(
        ("log", "open", "config", "watch rm", "workflow show", "workflow schema", "roots add", "roots ls"),
        (_Any,),
    ),
    **dict.fromkeys(("db check", "db restore", "db vacuum", "roots rm"), (_Any,)),
}


def require_model(words: list[str], answer: dict[str, Any]) -> None:
    """`answer` has the fields of a model of its command and no others, or is a failure."""
    models = _OF_COMMAND.get(words[0]) or _OF_COMMAND[" ".join(words[:2])]
    assert any(_fits(model, answer) for model in (ErrorBody, *models)), (words, answer)


def _fits(model: type[BaseModel], answer: dict[str, Any]) -> bool:
    try:
        return answer.keys() <= model.model_validate(answer).model_dump().keys()
    except ValidationError:
        return False
