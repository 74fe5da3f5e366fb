"""Jobs over HTTP: submit, preview, list, read, edit, act."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import Query, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from video_queue.api.bodies import JobAction, JobChanges, ManyAction, Undo
from video_queue.api.deps import (
    After,
    AskerDep,
    DatabaseDep,
    JobActionsDep,
    JobEditsDep,
    JobId,
    JobServiceDep,
    Limit,
    LookupDep,
    ManyActionsDep,
    NumberCursor,
)
from video_queue.api.filters import Section, job_filter
from video_queue.api.resource import resource_router
from video_queue.domain.catalogue import fail
from video_queue.domain.comparison import Comparison
from video_queue.domain.events import Event
from video_queue.domain.states import JobState, PromptState
from video_queue.domain.submission import Submission
from video_queue.domain.views import (
    FailureCause,
    Job,
    JobOutput,
    JobPage,
    ManyDone,
    Page,
    ParamsEdited,
    Prompt,
    Sheet,
    SubmittedJob,
)
from video_queue.services.jobs.comparison import compare
from video_queue.services.jobs.logs import job_log
from video_queue.services.submission.preview import JobPreview

router = resource_router("jobs")

_Sort = Literal["newest", "queue", "ended"]
_NUMBER = r"-?[0-9]{1,17}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,2})?"
_CURSORS = {
    "newest": re.compile(r"[0-9]{1,18}"),
    "ended": re.compile(r'\["[0-9T:.+Z~-]{1,40}", ?[0-9]{1,18}\]'),
    "queue": re.compile(rf"\[-?[0-9]{{1,10}}, ?{_NUMBER}, ?[0-9]{{1,18}}\]"),
}
_Reference = Annotated[str, Query(max_length=40)]
_Word = Annotated[str | None, Query(max_length=300)]


@router.post("/jobs", status_code=201, summary="Submit a job", responses={200: {"model": SubmittedJob | Job}})
async def submit_job(
    submission: Submission, jobs: JobServiceDep, asker: AskerDep, response: Response
) -> SubmittedJob | Job:
    """201 with the new Job, or 200 with the existing one (`reused`)."""
    job = await jobs.submit(submission, asker)
    if job.reused:
        response.status_code = 200
    return job


@router.post("/jobs/preview", summary="What a submission would come to; writes nothing")
async def preview_job(
    submission: Submission,
    jobs: JobServiceDep,
    asker: AskerDep,
    matrix: Annotated[bool, Query(description="Also the renders as a grid, the first 600 of them")] = False,
) -> JobPreview:
    """Problems are listed, not raised."""
    return await jobs.preview(submission, asker, matrix=matrix)


@router.get("/jobs", summary="Jobs, and their counts by state")
async def list_jobs(
    lookup: LookupDep,
    state: Annotated[list[JobState] | None, Query()] = None,
    workflow: _Word = None,
    tag: _Word = None,
    q: _Word = None,
    sort: _Sort = "newest",
    limit: Limit = 50,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    archived: bool = False,
    batch: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    words: _Word = None,
    section: Annotated[Section | None, Query(description="A part of the page's list")] = None,
    since: _Word = None,
    cause: _Word = None,
) -> JobPage:
    """`state` may be given several times. `counts` leaves `state` out of account. `archived` lists only those.

    `words` are typed ones, `state:failed tag:night TEXT`: their states hold besides `state`, also for `counts`, and
    their other fields instead of those of the query.

    `since` is a moment as `vq report` takes it: jobs that ended then or later or, where they have not ended, were
    submitted. `cause` is the code of an error with which one of their prompts failed.

    `sort=ended` has the newest end first, before it what has not ended. `section` is what needs the artist (review,
    failed, held), what runs, what comes, what succeeded or was cancelled.

    Of a submission's lists with more than 20 values only `{count, first}` is given.
    """
    if cursor is not None and not _CURSORS[sort].fullmatch(cursor):
        raise fail("validation.query", name="cursor", value=cursor, detail="it is not of this list")
    fields = {
        "state": state, "workflow": workflow, "tag": tag, "q": q, "archived": archived, "batch": batch,
        "section": section, "since": since, "cause": cause,
    }  # fmt: skip
    return await lookup.jobs(job_filter(fields, words), sort, limit, cursor)


@router.get("/jobs/causes", summary="Why prompts failed, most frequent first")
async def list_causes(
    many: ManyActionsDep, workflow: _Word = None, archived: bool = False, words: _Word = None
) -> Page[FailureCause]:
    """Of the jobs that match: how many prompts failed with each code, of how many jobs, and the newest one's words."""
    filter_ = job_filter({"workflow": workflow, "archived": archived}, words)
    return Page[FailureCause](items=await many.causes(filter_))


@router.get("/jobs/{id}", summary="One job")
async def get_job(job_id: JobId, lookup: LookupDep) -> Job:
    """The job as it is now."""
    return await lookup.job(job_id)


@router.patch(
    "/jobs/{id}", summary="Change name, tags, note, rating, priority, or params of what has not begun"
)
async def edit_job(
    job_id: JobId, body: JobChanges, edits: JobEditsDep, asker: AskerDep
) -> Job | ParamsEdited:
    """The job afterwards; with `params` how many prompts have them now, and which had begun."""
    return await edits.edit_job(job_id, body.changes(), asker)


@router.post(
    "/jobs/{id}/actions", summary="Cancel, retry, rerun, hold, release, move, delete or archive a job"
)
async def act_on_job(job_id: JobId, body: JobAction, actions: JobActionsDep, asker: AskerDep) -> Job:
    """The job afterwards; for `rerun` the new one. 409 `invalid_state` when it is not possible now."""
    return await actions.job_action(job_id, body.action, body, asker)


@router.post("/undo", summary="Undo an action on jobs and prompts")
async def undo(body: Undo, many: ManyActionsDep) -> ManyDone:
    """Cancel, hold, release, move, archive: all that it was done to stands as before. What cannot is listed."""
    return await many.undo(body.id)


@router.post("/actions", summary="An action on many jobs and prompts")
async def act_on_many(body: ManyAction, many: ManyActionsDep, asker: AskerDep) -> ManyDone:
    """Each is tried; those that refuse are listed. `undo` is the number for `POST /undo`.

    Jobs that move stay together, in the order of `ids` or of the queue.
    """
    filter_ = body.filter.as_filter() if body.filter else None
    return await many.act_on(body.action, ids=body.ids, filter_=filter_, options=body, asker=asker)


@router.get("/diff", summary="In what two jobs or prompts differ")
async def get_diff(a: _Reference, b: _Reference, db: DatabaseDep, lookup: LookupDep) -> Comparison:
    """Workflow, parameters, inputs, resolution and models; `a` and `b` are `12` for a job, `12.3` for a prompt."""
    return await compare(db, lookup, a, b)


@router.get("/jobs/{id}/prompts", summary="A job's prompts by index")
async def list_prompts(
    job_id: JobId,
    lookup: LookupDep,
    state: PromptState | None = None,
    limit: Limit = 100,
    cursor: NumberCursor = None,
    brief: bool = False,
) -> Page[Prompt]:
    """With phases and artifacts; `brief` leaves out the phases' results, actions and all artifacts but the first."""
    return await lookup.prompts(job_id, state, limit, cursor, brief=brief)


@router.get("/jobs/{id}/sheet", summary="A job's prompts as small pictures")
async def get_sheet(
    job_id: JobId,
    lookup: LookupDep,
    first: Annotated[int, Query(alias="from", ge=1, le=10**9, description="The index of the first")] = 1,
    n: Limit = 100,
) -> Sheet:
    """State, poster, stars and reason of each, in order."""
    return await lookup.sheet(job_id, first, n)


@router.get("/jobs/{id}/outputs", summary="A job's published files")
async def list_outputs(
    job_id: JobId, lookup: LookupDep, limit: Limit = 1000, cursor: NumberCursor = None, runs: bool = False
) -> Page[JobOutput]:
    """In the order in which they were published; with `runs` the frames of a clip as the first with their number."""
    return await lookup.outputs(job_id, cursor, limit, runs=runs)


@router.get("/jobs/{id}/events", summary="A job's events after an id")
async def list_job_events(
    job_id: JobId, lookup: LookupDep, after: After = 0, limit: Limit = 1000
) -> Page[Event]:
    """Oldest first; `next_cursor` is the `after` of the next page."""
    return await lookup.events(job_id, after, limit)


@router.get(
    "/jobs/{id}/log", summary="The logs of a job's prompts, as text", response_class=PlainTextResponse
)
async def get_job_log(job_id: JobId, lookup: LookupDep) -> StreamingResponse:
    """One after the other, each under `=== JOB.INDEX`."""
    return StreamingResponse(job_log(job_id, await lookup.log_paths(job_id)), media_type="text/plain")
