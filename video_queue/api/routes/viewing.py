"""Outputs for the eye, over HTTP: with their neighbours, as a sheet to scrub, frame by frame, as a clip that plays."""

from __future__ import annotations

import asyncio
from functools import partial

from fastapi import Request, Response
from fastapi.responses import FileResponse

from video_queue.api.clips import CLIP, HOUR, PICTURE, Frame, playable_clip
from video_queue.api.deps import (
    ArtifactId,
    AskerDep,
    DatabaseDep,
    JobId,
    LookupDep,
    ProxiesDep,
    ViewerDep,
)
from video_queue.api.ranges import FileAnswer
from video_queue.api.resource import resource_router
from video_queue.domain.viewing import Matrix, OutputView, Proxy, ScrubSheet
from video_queue.services.viewing.matrix import read_matrix

router = resource_router("viewing")

_MONTH = {"Cache-Control": "private, max-age=2592000, immutable"}


@router.get("/artifacts/{id}/view", summary="An output, and what stands beside it in its job")
async def get_view(artifact_id: ArtifactId, viewer: ViewerDep, asker: AskerDep) -> OutputView:
    """Of many numbered pictures of a render the first, with `run`."""
    return await viewer.view(artifact_id, asker)


@router.get("/artifacts/{id}/scrub", summary="Where the frames of a clip lie in its sheet")
async def get_scrub(artifact_id: ArtifactId, viewer: ViewerDep) -> ScrubSheet:
    """Drawn with the first call; at most 60 frames; of a picture one. 404 for sound and texts."""
    return (await viewer.sheet(artifact_id))[0]


@router.get(
    "/artifacts/{id}/scrub.webp", summary="The sheet itself", response_class=FileResponse, responses=PICTURE
)
async def get_scrub_sheet(artifact_id: ArtifactId, viewer: ViewerDep) -> Response:
    """One WebP."""
    _, path = await viewer.sheet(artifact_id)
    return FileAnswer(path, await asyncio.to_thread(path.stat), media_type="image/webp", headers=_MONTH)


@router.get("/artifacts/{id}/picture", summary="One frame", response_class=Response, responses=PICTURE)
async def get_picture(artifact_id: ArtifactId, viewer: ViewerDep, frame: Frame = 0) -> Response:
    """Exactly that frame as WebP, at most 1920 pixels a side; of a run of pictures the one of that number."""
    return Response(await viewer.frame(artifact_id, frame), media_type="image/webp", headers=HOUR)


@router.get(
    "/artifacts/{id}/before",
    summary="The input at the same frame",
    response_class=Response,
    responses=PICTURE,
)
async def get_before(
    artifact_id: ArtifactId, viewer: ViewerDep, asker: AskerDep, frame: Frame = 0
) -> Response:
    """Where both have as many frames that of the same number, else what is shown at the same time."""
    return Response(await viewer.before(artifact_id, frame, asker), media_type="image/webp", headers=HOUR)


@router.get("/artifacts/{id}/proxy", summary="How far the form is that browsers can play")
async def get_proxy(artifact_id: ArtifactId, lookup: LookupDep, proxies: ProxiesDep) -> Proxy:
    """Asking has it made, one at a time, and keeps it wanted for ten seconds."""
    return (await proxies.ask(await lookup.artifact(artifact_id)))[0]


@router.get(
    "/artifacts/{id}/preview",
    summary="A form that browsers can play",
    response_class=FileResponse,
    responses=CLIP,
)
async def get_preview(
    artifact_id: ArtifactId, lookup: LookupDep, proxies: ProxiesDep, request: Request
) -> Response:
    """The file itself where browsers can play it, else an H.264 proxy; answers once that is made."""
    artifact = await lookup.artifact(artifact_id)
    return await playable_clip(partial(proxies.ask, artifact), proxies, request, artifact.name)


@router.get("/jobs/{id}/matrix", summary="A job as a grid")
async def get_matrix(job_id: JobId, db: DatabaseDep, asker: AskerDep) -> Matrix:
    """Values down, seeds across, one block per input; at most 10,000 renders."""
    return await read_matrix(db, job_id, asker)
