"""Artifacts over HTTP: themselves with ranges, as thumbnail, a job's all in one archive."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import FileResponse, StreamingResponse

from video_queue.api.deps import ArtifactId, JobId, LookupDep, SettingsDep
from video_queue.api.pictures import MONTH, WEBP, Blank, small_picture
from video_queue.api.ranges import FileAnswer
from video_queue.api.resource import resource_router
from video_queue.domain.views import Artifact
from video_queue.media.browser import shown_type
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.posters import poster_of
from video_queue.services.viewing.files import require_readable
from video_queue.system.files.zip_stream import unique_names, zip_stream

router = resource_router("artifacts")

_CHECK_AGAIN = {"Cache-Control": "private, no-cache"}
_Answers = dict[int | str, dict[str, Any]]
_FILE: _Answers = {
    200: {"content": {"application/octet-stream": {}}, "description": "The file"},
    206: {"description": "A part of it"},
}
_ZIP: _Answers = {200: {"content": {"application/zip": {}}, "description": "The archive"}}


@router.head("/artifacts/{id}", include_in_schema=False)
@router.get(
    "/artifacts/{id}", summary="The file, whole or in ranges", response_class=FileResponse, responses=_FILE
)
async def get_artifact(
    artifact_id: ArtifactId,
    lookup: LookupDep,
    download: Annotated[bool, Query(description="As a download even if a browser could show it")] = False,
) -> Response:
    """What a browser may not show in place comes as a download."""
    path, status = await _readable(await lookup.artifact(artifact_id))
    type_ = None if download else shown_type(path)
    return FileAnswer(path, status, media_type=type_, headers=_CHECK_AGAIN)


@router.get("/artifacts/{id}/thumbnail", summary="A small WebP", response_class=FileResponse, responses=WEBP)
async def get_thumbnail(
    artifact_id: ArtifactId, lookup: LookupDep, settings: SettingsDep, blank: Blank = False
) -> Response:
    """Of videos their first frame; 404 for sound and text. One that was made is kept: the file may be gone since."""
    artifact = await lookup.artifact(artifact_id)
    return await small_picture(lambda: poster_of(artifact, settings.cache_dir), artifact.name, MONTH, blank)


@router.get(
    "/jobs/{id}/outputs.zip", summary="A job's published files as one archive", response_class=StreamingResponse,
    responses=_ZIP,
)  # fmt: skip
async def get_outputs_zip(job_id: JobId, lookup: LookupDep) -> StreamingResponse:
    """Stored, not compressed; files that are gone are left out."""
    job = await lookup.job(job_id)
    paths = [Path(artifact.path) for artifact in await _all_outputs(lookup, job.id)]
    headers = {"Content-Disposition": f'attachment; filename="job_{job.id}.zip"'}
    return StreamingResponse(zip_stream(unique_names(paths)), media_type="application/zip", headers=headers)


async def _all_outputs(lookup: Lookup, job_id: int) -> list[Artifact]:
    outputs: list[Artifact] = []
    cursor: str | None = None
    while True:
        page = await lookup.outputs(job_id, cursor, 1000)
        outputs += page.items
        cursor = page.next_cursor
        if cursor is None:
            return outputs


async def _readable(artifact: Artifact) -> tuple[Path, os.stat_result]:
    """The artifact's file, if it is there and can be read."""
    path = Path(artifact.path)
    return path, await asyncio.to_thread(require_readable, path)
