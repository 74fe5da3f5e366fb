"""A queue in one process: a temporary home, its own workflows, submissions worked until nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from video_queue.domain.submission import Submission
from video_queue.domain.views import Job, Prompt
from video_queue.services.clock import Clock
from video_queue.settings import load_settings
from video_queue.wiring import Services, close_services, make_worker, open_services
from video_queue.worker.thread import WorkerThread

# A child that another thread is just starting holds what this process has open, until it is another program.
_LOCK_SECONDS = 10.0
During = Callable[[Services, list[Job]], Awaitable[None]]


class Queue:
    """One home. `work` submits and runs everything in this process, with `worker`; rows can be read afterwards."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.home = home
        self.settings = load_settings(home, {"min_free_gb": 0, "retry.base_seconds": 0.01, **settings}, {})
        self.settings.ensure_home()
        self.worker: WorkerThread | None = None

    def workflow(self, name: str, text: str) -> None:
        """Write a workflow into the home."""
        (self.settings.workflows_dir / f"{name}.yaml").write_text(text)

    def work(
        self, *submissions: dict[str, Any], during: During | None = None, clock: Clock | None = None
    ) -> list[Job]:
        """Submit, work until the queue is empty, and give the jobs as they ended."""
        return asyncio.run(self._work(list(submissions), during, clock))

    async def _work(
        self, submissions: list[dict[str, Any]], during: During | None, clock: Clock | None
    ) -> list[Job]:
        services = await open_services(self.settings, clock=clock, lock_seconds=_LOCK_SECONDS)
        ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        loop = asyncio.get_running_loop()

        def on_end(error: BaseException | None) -> None:
            loop.call_soon_threadsafe(ended.set_result, error)

        worker = self.worker = make_worker(services, until_empty=True, on_end=on_end)
        try:
            jobs = [await services.jobs.submit(Submission(**submission)) for submission in submissions]
            worker.start()
            if during:
                await during(services, jobs)
            error = await ended
            if error:
                raise error
            return [await services.lookup.job(job.id) for job in jobs]
        finally:
            await asyncio.to_thread(worker.stop)
            await close_services(services)

    def submit(self, **submission: Any) -> Job:
        """Submit without working."""
        job: Job = self.ask(lambda services: services.jobs.submit(Submission(**submission)))
        return job

    def execute(self, statement: str) -> None:
        """Change rows as no service would."""
        self.ask(lambda services: services.db.transact(lambda conn: conn.execute(statement)))

    def ask(self, question: Callable[[Services], Awaitable[Any]]) -> Any:
        """Ask the services something while nothing runs."""

        async def answer() -> Any:
            services = await open_services(self.settings, lock_seconds=_LOCK_SECONDS)
            try:
                return await question(services)
            finally:
                await close_services(services)

        return asyncio.run(answer())

    def job(self, job_id: int) -> Job:
        """A job as it is now."""
        job: Job = self.ask(lambda services: services.lookup.job(job_id))
        return job

    def prompts(self, job_id: int) -> list[Prompt]:
        """The prompts of a job."""
        prompts: list[Prompt] = self.ask(lambda services: _prompts(services, job_id))
        return prompts


async def _prompts(services: Services, job_id: int) -> list[Prompt]:
    return (await services.lookup.prompts(job_id)).items


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    """A queue on an empty home."""
    return Queue(tmp_path / "home")
