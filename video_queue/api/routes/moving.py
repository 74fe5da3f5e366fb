"""Queues as files over HTTP: what waits here into a file, and a file's jobs into the queue."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path as PathParameter
from fastapi import Response
from fastapi.responses import FileResponse

from video_queue.api.bodies import QueueExport
from video_queue.api.deps import AskerDep, QueueExportsDep, QueueImportsDep
from video_queue.api.ranges import FileAnswer
from video_queue.api.resource import resource_router
from video_queue.domain.moving import Exported, Imported, ImportOptions
from video_queue.services.moving.contents import Selection

router = resource_router("queue", "/queue")

_ExportId = Annotated[str, PathParameter(alias="id", pattern=r"^[0-9a-f]{32}$")]


@router.post("/export", status_code=201, summary="Write what waits into a file")
async def export_queue(body: QueueExport, exports: QueueExportsDep, asker: AskerDep) -> Exported:
    """With everything that another home needs; `with_inputs` packs the inputs, too. What has begun stays here.

    Without a `path` it is kept in the home for a while, to be fetched from `/queue/exports/{id}`. `then` holds or
    cancels here what is in the file.
    """
    selection = Selection(body.ids, body.filter.as_filter() if body.filter else None)
    return await exports.export(body, selection, asker)


@router.get(
    "/exports/{id}",
    summary="The file of an export that named no path",
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "The file"}},
)
async def get_export(export_id: _ExportId, exports: QueueExportsDep) -> Response:
    """As a download."""
    path = exports.kept_file(export_id)
    return FileAnswer(path, path.stat(), media_type=None, headers={"Cache-Control": "private, no-cache"})


@router.post(
    "/import", status_code=201, summary="Make the jobs of a queue file", responses={200: {"model": Imported}}
)
async def import_queue(
    body: ImportOptions, imports: QueueImportsDep, asker: AskerDep, response: Response
) -> Imported:
    """All of them or none; 200 where all were here already. A `dry_run` writes nothing and lists the problems."""
    imported = await imports.import_queue(body, asker)
    if body.dry_run or all(job.reused for job in imported.jobs):
        response.status_code = 200
    return imported
