"""A queue in one process: a temporary home, its own workflows, submissions worked until nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from video_queue.domain.submission import Submission
from video_queue.domain.views import Job, Prompt
from video_queue.settings import load_settings
from video_queue.wiring import Services, close_services, make_worker, open_services

During = Callable[[Services, list[Job]], Awaitable[None]]


class Queue:
    """One home. `work` submits and runs everything in this process; what is left can be looked at afterwards."""

    def __init__(self, home: Path, **settings: Any) -> None:
        self.home = home
        self.settings = load_settings(home, {"min_free_gb": 0, "retry.base_seconds": 0.01, **settings}, {})
        self.settings.ensure_home()

    def workflow(self, name: str, text: str) -> None:
        """Write a workflow into the home."""
        (self.settings.workflows_dir / f"{name}.yaml").write_text(text)

    def work(self, *submissions: dict[str, Any], during: During | None = None) -> list[Job]:
        """Submit, work until the queue is empty, and give the jobs as they ended."""
        return asyncio.run(self._work(list(submissions), during))

    async def _work(self, submissions: list[dict[str, Any]], during: During | None) -> list[Job]:
        services = await open_services(self.settings)
        ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        loop = asyncio.get_running_loop()

        def on_end(error: BaseException | None) -> None:
            loop.call_soon_threadsafe(ended.set_result, error)

        worker = make_worker(services, until_empty=True, on_end=on_end)
        try:
            jobs = [await services.jobs.submit(Submission(**given)) for given in submissions]
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

    def look(self, question: Callable[[Services], Awaitable[Any]]) -> Any:
        """Ask the services something while nothing runs."""

        async def ask() -> Any:
            services = await open_services(self.settings)
            try:
                return await question(services)
            finally:
                await close_services(services)

        return asyncio.run(ask())

    def prompts(self, job_id: int) -> list[Prompt]:
        """The prompts of a job."""
        found: list[Prompt] = self.look(lambda services: _prompts(services, job_id))
        return found


async def _prompts(services: Services, job_id: int) -> list[Prompt]:
    return (await services.lookup.prompts(job_id)).items


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    """A queue on an empty home."""
    return Queue(tmp_path / "home")
