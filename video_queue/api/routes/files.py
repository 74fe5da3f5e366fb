"""The disk as far as requests may see it: list folders, find files, take uploads, show a place in the file manager."""

from __future__ import annotations

import asyncio
import ipaddress
from functools import partial
from pathlib import Path
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import FileResponse

from video_queue.api.bodies import LocateBody, RevealBody, Revealed, Upload
from video_queue.api.deps import DatabaseDep, Limit, LookupDep, NumberCursor, RootsDep, SettingsDep
from video_queue.api.pictures import WEBP, Blank, small_picture
from video_queue.api.resource import resource_router
from video_queue.api.uploads import UPLOAD_FORM, receive_upload
from video_queue.domain.catalogue import fail
from video_queue.services.folder_listing import FolderListing, list_folder, search_folder
from video_queue.services.locating import LocatedFiles, locate
from video_queue.services.posters import poster_of_input
from video_queue.services.roots import UPLOADS
from video_queue.system.files.path_utils import normalize_input_path
from video_queue.system.files.reveal import reveal

router = resource_router("files")
_HOUR = {"Cache-Control": "private, max-age=3600"}


@router.get("/files", summary="What lies in a folder inside the roots")
async def list_files(
    roots: RootsDep,
    path: Annotated[str | None, Query(max_length=4096, description="Default: the first root")] = None,
    q: Annotated[
        str | None, Query(max_length=300, description="Words in names of files, also below it")
    ] = None,
    limit: Limit = 1000,
    cursor: NumberCursor = None,
) -> FolderListing:
    """Folders first, then files in natural order; nothing hidden. With `q` what is found below it in two seconds."""
    if q and q.strip():
        return await asyncio.to_thread(search_folder, path, q, roots, limit=limit)
    return await asyncio.to_thread(list_folder, path, roots, start=int(cursor or 0), limit=limit)


@router.get(
    "/files/thumbnail",
    summary="A small WebP of a file inside the roots",
    response_class=FileResponse,
    responses=WEBP,
)
async def get_file_thumbnail(
    roots: RootsDep,
    settings: SettingsDep,
    path: Annotated[str, Query(max_length=4096)],
    blank: Blank = False,
) -> Response:
    """As it is now; of a file that is gone as it was seen last, of a folder its first picture or clip."""
    place = normalize_input_path(path)
    await asyncio.to_thread(roots.guard, place)
    make = partial(poster_of_input, place, settings.cache_dir, roots.guard)
    return await small_picture(make, place.name, _HOUR, blank)


@router.post("/files/locate", summary="Where files lie that a browser was given")
async def locate_files(
    body: LocateBody, db: DatabaseDep, settings: SettingsDep, roots: RootsDep
) -> LocatedFiles:
    """By name, size and a sample of the content, inside the roots, in about two seconds; nothing is copied."""
    return await locate(body.files, db, settings, roots)


@router.post(
    "/uploads",
    status_code=201,
    summary="Upload one file",
    openapi_extra={"requestBody": {"required": True, "content": UPLOAD_FORM}},
)
async def upload(request: Request, settings: SettingsDep) -> Upload:
    """Streamed to the home; name the path that comes back as an input."""
    content_type = request.headers.get("content-type", "")
    return await receive_upload(content_type, request.stream(), settings.home / UPLOADS)


@router.post("/reveal", summary="Open a folder in the file manager of the machine that serves")
async def reveal_place(body: RevealBody, request: Request, roots: RootsDep, lookup: LookupDep) -> Revealed:
    """Only for callers on that machine."""
    if body.artifact_id is not None:
        path = Path((await lookup.artifact(body.artifact_id)).path)
    else:
        path = normalize_input_path(body.path or "")
        roots.guard(path)
    if not _is_loopback(request):
        raise fail("forbidden_origin.reveal", path=str(path))
    await asyncio.to_thread(reveal, path)
    return Revealed(path=str(path))


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
