"""What handlers ask for, as annotated types, so that their signatures read like sentences.

`app.py` puts the parts into `app.state`; nothing here makes any.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Query
from fastapi import Path as PathParameter
from starlette.requests import HTTPConnection

from video_queue.api.security import Caller
from video_queue.api.streams import Streams
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.services.asker import Asker
from video_queue.services.jobs.actions import JobActions
from video_queue.services.jobs.edits import JobEdits
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.jobs.queue import QueueService
from video_queue.services.roots import Roots
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.presets import Presets
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.settings import Settings

_LARGEST = 2**63 - 1  # SQLite's largest integer
Number = Annotated[int, PathParameter(ge=-_LARGEST, le=10**30)]


def job_id(id: Number) -> int:  # noqa: A002 - the route's name for it
    """The `{id}` of a job; one that no job can have is unknown, not malformed."""
    if not 0 < id <= _LARGEST:
        raise fail("unknown_job.id", id=id)
    return id


def artifact_id(id: Number) -> int:  # noqa: A002 - the route's name for it
    """The `{id}` of an artifact."""
    if not 0 < id <= _LARGEST:
        raise fail("not_found.artifact", id=id)
    return id


def get_settings(connection: HTTPConnection) -> Settings:
    """The settings the server was started with."""
    settings: Settings = connection.app.state.services.settings
    return settings


def get_jobs(connection: HTTPConnection) -> JobService:
    """Submitting."""
    jobs: JobService = connection.app.state.services.jobs
    return jobs


def get_actions(connection: HTTPConnection) -> JobActions:
    """Acting."""
    actions: JobActions = connection.app.state.services.actions
    return actions


def get_edits(connection: HTTPConnection) -> JobEdits:
    """Editing."""
    edits: JobEdits = connection.app.state.services.edits
    return edits


def get_lookup(connection: HTTPConnection) -> Lookup:
    """Reading."""
    lookup: Lookup = connection.app.state.services.lookup
    return lookup


def get_queue(connection: HTTPConnection) -> QueueService:
    """The queue as a whole."""
    queue: QueueService = connection.app.state.services.queue
    return queue


def get_workflows(connection: HTTPConnection) -> WorkflowService:
    """Workflow files."""
    workflows: WorkflowService = connection.app.state.services.workflows
    return workflows


def get_catalogue(connection: HTTPConnection) -> ComfyCatalogue:
    """What ComfyUI last said it offers."""
    catalogue: ComfyCatalogue = connection.app.state.services.comfy
    return catalogue


def get_presets(connection: HTTPConnection) -> Presets:
    """Presets of workflows."""
    presets: Presets = connection.app.state.services.presets
    return presets


def get_db(connection: HTTPConnection) -> QueueDB:
    """The database, for statements that no service wraps."""
    db: QueueDB = connection.app.state.services.db
    return db


def get_roots(connection: HTTPConnection) -> Roots:
    """The folders that requests may name, as they are set now."""
    roots: Roots = connection.app.state.roots
    return roots


def get_streams(connection: HTTPConnection) -> Streams:
    """The news, for sockets and server-sent events."""
    streams: Streams = connection.app.state.streams
    return streams


def get_caller(connection: HTTPConnection) -> Caller:
    """Who asks, as the security middleware found."""
    caller: Caller = connection.scope["vq.caller"]
    return caller


def get_publish_method(connection: HTTPConnection) -> Callable[[Path], str] | None:
    """How the doctor finds out what the output folder can do."""
    method: Callable[[Path], str] | None = connection.app.state.publish_method
    return method


SettingsNow = Annotated[Settings, Depends(get_settings)]
Jobs = Annotated[JobService, Depends(get_jobs)]
Actions = Annotated[JobActions, Depends(get_actions)]
Edits = Annotated[JobEdits, Depends(get_edits)]
Reading = Annotated[Lookup, Depends(get_lookup)]
Queue = Annotated[QueueService, Depends(get_queue)]
Workflows = Annotated[WorkflowService, Depends(get_workflows)]
Catalogue = Annotated[ComfyCatalogue, Depends(get_catalogue)]
KeptPresets = Annotated[Presets, Depends(get_presets)]
Database = Annotated[QueueDB, Depends(get_db)]
AllowedRoots = Annotated[Roots, Depends(get_roots)]
News = Annotated[Streams, Depends(get_streams)]
Asking = Annotated[Caller, Depends(get_caller)]
PublishMethod = Annotated[Callable[[Path], str] | None, Depends(get_publish_method)]


def get_asker(caller: Asking, roots: AllowedRoots) -> Asker:
    """Who asks; the command line may name every path that its user can read."""
    return Asker(caller.name, None if caller.trusted else roots.guard)


AskerNow = Annotated[Asker, Depends(get_asker)]
JobId = Annotated[int, Depends(job_id)]
ArtifactId = Annotated[int, Depends(artifact_id)]
PromptRef = Annotated[
    str, PathParameter(alias="id", max_length=40, description="A number, or JOB.INDEX: `12.3`")
]
Limit = Annotated[int, Query(ge=1, le=1000)]
NumberCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next_cursor` of a page")]
After = Annotated[int, Query(ge=0, le=_LARGEST)]
