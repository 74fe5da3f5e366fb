"""Watch folders over HTTP: add, list, change, remove, act; their files, and why one is where it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from video_queue.api.bodies import WatchAction
from video_queue.api.deps import AskerDep, Limit, WatchId, WatchServiceDep
from video_queue.api.resource import resource_router
from video_queue.domain.actions import WATCH_ACTIONS, require_known
from video_queue.domain.views import Page
from video_queue.domain.watches import FileState, NewWatch, Watch, WatchChanges, WatchFile, Why

router = resource_router("watches", "/watches")

_Path = Annotated[str, Query(max_length=4096)]


@router.get("", summary="All watch folders")
async def list_watches(watches: WatchServiceDep) -> Page[Watch]:
    """With how many files each has in each state."""
    return await watches.list()


@router.post("", status_code=201, summary="Watch a folder")
async def add_watch(body: NewWatch, watches: WatchServiceDep, asker: AskerDep) -> Watch:
    """`existing` is required where files lie in the folder already."""
    return await watches.add(body, asker)


@router.get("/why", summary="Why a file is taken or not")
async def get_why(path: _Path, watches: WatchServiceDep, asker: AskerDep) -> Why:
    """The rule that decided about the file at an absolute path, and what would change that."""
    return await watches.why(path, asker)


@router.get("/{id}", summary="One watch folder")
async def get_watch(id: WatchId, watches: WatchServiceDep) -> Watch:  # noqa: A002 - the route's name for it
    """The watch as it is now."""
    return await watches.get(id)


@router.patch("/{id}", summary="Change what a watch does")
async def edit_watch(id: WatchId, body: WatchChanges, watches: WatchServiceDep, asker: AskerDep) -> Watch:  # noqa: A002 - as above
    """What is left out stays; files that wait are considered again."""
    return await watches.edit(id, body, asker)


@router.delete("/{id}", status_code=204, summary="Watch a folder no more")
async def remove_watch(id: WatchId, watches: WatchServiceDep) -> Response:  # noqa: A002 - as above
    """Jobs and files stay."""
    await watches.remove(id)
    return Response(status_code=204)


@router.post("/{id}/actions", summary="Pause, resume or scan a watch folder")
async def act_on_watch(id: WatchId, body: WatchAction, watches: WatchServiceDep) -> Watch:  # noqa: A002 - as above
    """The watch afterwards; `scan` answers when the scan is done."""
    require_known(body.action, WATCH_ACTIONS)
    return await watches.act(id, body.action)


@router.get("/{id}/files", summary="The files of a watch folder")
async def list_watch_files(
    id: WatchId,  # noqa: A002 - as above
    watches: WatchServiceDep,
    state: FileState | None = None,
    limit: Limit = 100,
    cursor: Annotated[str | None, Query(max_length=4096)] = None,
) -> Page[WatchFile]:
    """By path, each with its state, the rule that decided and the job that was made of it."""
    return await watches.files(id, state, cursor, limit)
