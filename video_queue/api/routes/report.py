"""The report of a span of time over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse

from video_queue.api.deps import ReportsDep
from video_queue.api.resource import resource_router
from video_queue.domain.moments import LocalMoment
from video_queue.domain.report import Report

router = resource_router("report")
Since = Annotated[LocalMoment, Query(description="ISO 8601; without a zone the server's")]
# No script, and nothing from elsewhere; the style and the pictures are inside.
_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}


@router.get("/report", summary="What ended in a span of time, and what waits for you")
async def get_report(since: Since, reports: ReportsDep, until: LocalMoment | None = None) -> Report:
    """Prompts and jobs that ended from `since` to `until` (default: now)."""
    return await reports.read(since, until)


@router.get("/report.html", summary="The same as one page", response_class=HTMLResponse)
async def get_report_page(
    since: Since, reports: ReportsDep, until: LocalMoment | None = None
) -> HTMLResponse:
    """With thumbnails inside; needs no server to be read."""
    return HTMLResponse(await reports.page(since, until), headers=_POLICY)
