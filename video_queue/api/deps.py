"""What handlers ask for, as annotated types; each is named after the part of the server it is.

`app.py` puts the parts into `app.state`; nothing here makes any. All are coroutines: FastAPI would send each request
through a thread for every plain function.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi import Path as PathParameter
from starlette.requests import HTTPConnection

from video_queue.api.security import Caller
from video_queue.api.streams import Streams
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.services.asker import Asker
from video_queue.services.caption_styles import CaptionStyles
from video_queue.services.comfyui import ComfyService
from video_queue.services.housekeeping.housekeeper import Housekeeper
from video_queue.services.jobs.actions import JobActions
from video_queue.services.jobs.edits import JobEdits
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.jobs.many import ManyActions
from video_queue.services.jobs.queue import QueueService
from video_queue.services.model_details import ModelDetails
from video_queue.services.moving.exporting import QueueExports
from video_queue.services.moving.importing import QueueImports
from video_queue.services.notify.inbox import Inbox
from video_queue.services.notify.notifier import Notifier
from video_queue.services.provenance.records import Records
from video_queue.services.provenance.replaying import Replays
from video_queue.services.provenance.verifying import Verifier
from video_queue.services.report.reports import Reports
from video_queue.services.report.tonight import TonightService
from video_queue.services.roots import Roots
from video_queue.services.submission.batches import Batches
from video_queue.services.submission.job_service import JobService
from video_queue.services.submission.presets import Presets
from video_queue.services.viewing.proxies import Proxies
from video_queue.services.viewing.review_media import ReviewMedia
from video_queue.services.viewing.viewer import Viewer
from video_queue.services.watch.watch_service import WatchService
from video_queue.services.workflows.comfy_checks import ComfyChecks
from video_queue.services.workflows.importing.imports import Imports
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.settings import Settings

_LARGEST = 2**63 - 1  # SQLite's largest integer
Number = Annotated[int, PathParameter(ge=-_LARGEST, le=10**30)]


def _id(unknown: str) -> Any:
    """The `{id}` of a route; a number that nothing can have is not malformed, but `unknown`."""

    async def get_id(id: Number) -> int:  # noqa: A002 - the routes' name for it
        if not 0 < id <= _LARGEST:
            raise fail(unknown, id=id)
        return id

    return Depends(get_id)


def _part(path: str) -> Any:
    """A dependency on the part of the server at `path` of `app.state`, as it is at each request."""
    get = attrgetter(path)

    async def get_part(connection: HTTPConnection) -> Any:
        return get(connection.app.state)

    return Depends(get_part)


SettingsDep = Annotated[Settings, _part("services.settings")]
JobServiceDep = Annotated[JobService, _part("services.jobs")]
JobActionsDep = Annotated[JobActions, _part("services.actions")]
ManyActionsDep = Annotated[ManyActions, _part("services.many")]
JobEditsDep = Annotated[JobEdits, _part("services.edits")]
LookupDep = Annotated[Lookup, _part("services.lookup")]
QueueServiceDep = Annotated[QueueService, _part("services.queue")]
WatchServiceDep = Annotated[WatchService, _part("services.watches")]
ViewerDep = Annotated[Viewer, _part("services.viewer")]
ReviewMediaDep = Annotated[ReviewMedia, _part("services.viewer.reviews")]
ProxiesDep = Annotated[Proxies, _part("services.viewer.proxies")]
WorkflowServiceDep = Annotated[WorkflowService, _part("services.workflows")]
ComfyServiceDep = Annotated[ComfyService, _part("services.comfyui")]
ComfyChecksDep = Annotated[ComfyChecks, _part("services.comfy_checks")]
ImportsDep = Annotated[Imports, _part("services.imports")]
ModelDetailsDep = Annotated[ModelDetails, _part("services.model_details")]
CatalogueDep = Annotated[ComfyCatalogue, _part("services.comfy")]
InboxDep = Annotated[Inbox, _part("services.inbox")]
NotifierDep = Annotated[Notifier, _part("services.notifier")]
RecordsDep = Annotated[Records, _part("services.records")]
ReplaysDep = Annotated[Replays, _part("services.replays")]
VerifierDep = Annotated[Verifier, _part("services.verifier")]
ReportsDep = Annotated[Reports, _part("services.reports")]
TonightDep = Annotated[TonightService, _part("services.tonight")]
HousekeeperDep = Annotated[Housekeeper, _part("services.housekeeper")]
BatchesDep = Annotated[Batches, _part("services.batches")]
QueueExportsDep = Annotated[QueueExports, _part("services.exports")]
QueueImportsDep = Annotated[QueueImports, _part("services.queue_imports")]
CaptionStylesDep = Annotated[CaptionStyles, _part("services.caption_styles")]
PresetsDep = Annotated[Presets, _part("services.presets")]
DatabaseDep = Annotated[QueueDB, _part("services.db")]
RootsDep = Annotated[Roots, _part("roots")]
StreamsDep = Annotated[Streams, _part("streams")]


async def get_caller(connection: HTTPConnection) -> Caller:
    """The caller, as the security middleware knows it."""
    caller: Caller = connection.scope["vq.caller"]
    return caller


CallerDep = Annotated[Caller, Depends(get_caller)]


async def get_asker(caller: CallerDep, roots: RootsDep) -> Asker:
    """The caller's name and path guard; the command line may name every path that its user can read."""
    return Asker(caller.name, None if caller.trusted else roots.guard)


AskerDep = Annotated[Asker, Depends(get_asker)]
JobId = Annotated[int, _id("unknown_job.id")]
WatchId = Annotated[int, _id("not_found.watch")]
BatchId = Annotated[int, _id("not_found.batch")]
ArtifactId = Annotated[int, _id("not_found.artifact")]
NotificationId = Annotated[int, _id("not_found.notification")]
PromptRef = Annotated[
    str, PathParameter(alias="id", max_length=40, description="A number, or JOB.INDEX: `12.3`")
]
Limit = Annotated[int, Query(ge=1, le=1000)]
NumberCursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next_cursor` of a page")]
After = Annotated[int, Query(ge=0, le=_LARGEST)]
