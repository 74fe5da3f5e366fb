"""The report of a span of time over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from video_queue.api.deps import ReportsDep, TonightDep
from video_queue.api.resource import resource_router
from video_queue.domain.actions import JobNumber
from video_queue.domain.moments import LocalMoment
from video_queue.domain.report import Report, Visit
from video_queue.domain.tonight import Tonight

router = resource_router("report")
Since = Annotated[
    LocalMoment | None,
    Query(description="ISO 8601; without a zone the server's; default: when the page was left the last time"),
]


class SeenJobs(BaseModel):
    """Jobs whose outputs were seen."""

    model_config = ConfigDict(extra="forbid")

    jobs: Annotated[list[JobNumber], Field(max_length=10_000)]


# No script, and nothing from elsewhere; the style and the pictures are inside.
_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}


@router.get("/report", summary="What ended in a span of time, and what waits for you")
async def get_report(reports: ReportsDep, since: Since = None, until: LocalMoment | None = None) -> Report:
    """Prompts and jobs that ended from `since` to `until` (default: now)."""
    return await reports.read(since, until)


@router.get("/report.html", summary="The same as one page", response_class=HTMLResponse)
async def get_report_page(
    reports: ReportsDep, since: Since = None, until: LocalMoment | None = None
) -> HTMLResponse:
    """With thumbnails inside; needs no server to be read."""
    return HTMLResponse(await reports.page(since, until), headers=_POLICY)


@router.post("/report/visit", summary="The page is used; after two hours without, what ended meanwhile")
async def note_visit(reports: ReportsDep) -> Visit:
    """The absence that this ends is what `GET /report` tells of without `since`."""
    return await reports.visit()


@router.post("/report/seen", summary="What these jobs made was seen", status_code=204)
async def note_seen(body: SeenJobs, reports: ReportsDep) -> None:
    """Until they make more."""
    await reports.seen(body.jobs)


@router.get("/tonight", summary="When all that waits is done, what it needs, what stands in the way")
async def get_tonight(tonight: TonightDep) -> Tonight:
    """The counterpart of the report."""
    return await tonight.read()
