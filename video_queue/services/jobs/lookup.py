"""Rows as views: jobs, prompts, artifacts and events, each read or refused with a clear error."""

from __future__ import annotations

from functools import partial

from video_queue.db import artifacts, cells, chains, events, job_lists, jobs, prompt_lists
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.events import Event
from video_queue.domain.frame_runs import folded
from video_queue.domain.submission import parse_reference
from video_queue.domain.views import Artifact, Job, JobOutput, JobPage, Page, Prompt, Sheet
from video_queue.services.estimates import Estimates


class Lookup:
    """What is in the database, as views."""

    def __init__(self, db: QueueDB, estimates: Estimates) -> None:
        self._db, self._estimates = db, estimates

    async def job(self, job_id: int) -> Job:
        """One job.

        Raises:
            VqError: `unknown_job`.
        """
        job = await self._db.read(self._job, job_id)
        if job is None:
            raise fail("unknown_job.id", id=job_id)
        return job

    def _job(self, conn: Connection, job_id: int) -> Job | None:
        job = jobs.get_job(conn, job_id)
        if job is None:
            return None
        job.chain = chains.read_chain(conn, job_id)
        job_lists.with_held_prompts(conn, [job])
        return self._estimates.with_eta(conn, [job])[0]

    async def prompt_id(self, reference: str | int) -> int:
        """The number of a prompt given as its number or as `JOB.INDEX`.

        Raises:
            VqError: `not_found` or `validation`.
        """
        number, index = parse_reference(str(reference))
        if index is None:
            return number
        prompt_id = await self._db.read(prompt_lists.find_prompt, number, index)
        if prompt_id is None:
            raise fail("not_found.prompt", id=reference)
        return prompt_id

    async def prompt(self, reference: str | int) -> Prompt:
        """One prompt with phases and artifacts.

        Raises:
            VqError: `not_found` or `validation`.
        """
        prompt = await self._db.read(self._prompt, await self.prompt_id(reference))
        if prompt is None:
            raise fail("not_found.prompt", id=reference)
        return prompt

    def _prompt(self, conn: Connection, prompt_id: int) -> Prompt | None:
        prompt = prompt_lists.get_prompt(conn, prompt_id)
        return prompt and self._estimates.with_shares(conn, [prompt])[0]

    async def jobs(
        self, filter_: JobFilter, sort: str = "newest", limit: int = 50, cursor: str | None = None
    ) -> JobPage:
        """A page of jobs with the counts by state."""
        return await self._db.read(self._page, filter_, sort, limit, cursor)

    def _page(
        self, conn: Connection, filter_: JobFilter, sort: str, limit: int, cursor: str | None
    ) -> JobPage:
        page = job_lists.list_jobs(conn, filter_, sort, limit, cursor)
        page.items = self._estimates.with_eta(conn, page.items)
        return page

    async def prompts(
        self,
        job_id: int,
        state: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
        *,
        brief: bool = False,
    ) -> Page[Prompt]:
        """A page of a job's prompts by index; `brief` leaves out the phases' results and more."""
        await self._require_job(job_id)
        return await self._db.read(partial(self._prompts, brief=brief), job_id, state, limit, cursor)

    def _prompts(
        self, conn: Connection, job_id: int, state: str | None, limit: int, cursor: str | None, *, brief: bool
    ) -> Page[Prompt]:
        page = prompt_lists.list_prompts(conn, job_id, state, limit, cursor, brief=brief)
        page.items = self._estimates.with_shares(conn, page.items)
        return page

    async def sheet(self, job_id: int, first: int, count: int) -> Sheet:
        """Some of a job's prompts as cells, from the index `first` on.

        Raises:
            VqError: `unknown_job`.
        """
        await self._require_job(job_id)
        return await self._db.read(cells.read_sheet, job_id, first, count)

    async def outputs(
        self, job_id: int, cursor: str | None = None, limit: int = 1000, *, runs: bool = False
    ) -> Page[JobOutput]:
        """A page of a job's published files; with `runs` the frames of a clip as one of them."""
        await self._require_job(job_id)
        files = await self._db.read(artifacts.list_outputs, job_id, int(cursor or 0), limit)
        items = folded(files) if runs else [JobOutput(**file.model_dump()) for file in files]
        return Page[JobOutput](items=items, next_cursor=str(files[-1].id) if len(files) == limit else None)

    async def artifact(self, artifact_id: int) -> Artifact:
        """One artifact.

        Raises:
            VqError: `not_found`.
        """
        artifact = await self._db.read(artifacts.get_artifact, artifact_id)
        if artifact is None:
            raise fail("not_found.artifact", id=artifact_id)
        return artifact

    async def events(self, job_id: int, after: int = 0, limit: int = 1000) -> Page[Event]:
        """A job's events after an id."""
        await self._require_job(job_id)
        items = await self._db.read(events.list_events, after, limit, job_id)
        return Page[Event](items=items, next_cursor=str(items[-1].id) if len(items) == limit else None)

    async def log_path(self, reference: str | int) -> str | None:
        """Where a prompt's log lies; None before its first attempt.

        Raises:
            VqError: `not_found` or `validation`.
        """
        prompt = await self.prompt(reference)
        return await self._db.read(prompt_lists.get_log_path, prompt.id)

    async def log_paths(self, job_id: int) -> list[tuple[int, str]]:
        """(index, path) of the logs of a job's prompts that were begun."""
        await self._require_job(job_id)
        return await self._db.read(prompt_lists.list_log_paths, job_id)

    async def _require_job(self, job_id: int) -> None:
        if not await self._db.read(jobs.job_exists, job_id):
            raise fail("unknown_job.id", id=job_id)
