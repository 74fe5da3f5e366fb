"""Jobs whose inputs are other jobs' outputs, and what is done to them in the moment in which they fan out."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.actions import ActionOptions
from video_queue.domain.errors import VqError
from video_queue.domain.states import JobState
from video_queue.domain.submission import Submission
from video_queue.domain.views import Job
from video_queue.services.asker import COMMAND_LINE
from video_queue.services.estimates import Estimates
from video_queue.services.submission.job_service import JobService
from video_queue.wiring import Services

COPY = """
name: copy
inputs: {kind: video}
parameters:
  seed: {type: seed, default: random}
  crf: {type: int, default: 20}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}", crf: "{{ params.crf }}"}}
output: {phase: copy, name: "{{ input.stem }}_copy"}
"""
Change = Callable[[Services, int], Awaitable[Any]]


class PausedSeeds(random.Random):
    """Draws its first seed, and so lets a submission be planned, only when it is told to."""

    def __init__(self) -> None:
        super().__init__(1)
        self.begun, self.go = threading.Event(), threading.Event()

    def randrange(self, *args: Any, **options: Any) -> int:
        """As `random` does, after the wait."""
        self.begun.set()
        assert self.go.wait(60)
        return super().randrange(*args, **options)


@pytest.fixture
def done(tmp_path: Path) -> Queue:
    """A queue whose job 1 has one output."""
    queue = Queue(tmp_path / "home")
    queue.workflow("copy", COPY)
    queue.work({"workflow": "copy", "inputs": [str(make_clip(tmp_path / "clip.mp4", frames=3))]})
    return queue


def while_it_fans_out(queue: Queue, change: Change) -> int:
    """Job 2 takes the outputs of job 1, and `change` happens to it while its prompts are planned."""

    async def race(services: Services) -> int:
        job = await services.jobs.submit(Submission(workflow="copy", inputs=["job:1"]))
        seeds = PausedSeeds()
        jobs = JobService(
            services.db,
            services.workflows,
            Estimates(services.settings.media_jobs, services.clock),
            services.comfy,
            services.settings,
            services.clock,
            seeds,
        )
        expanding = asyncio.create_task(jobs.expand_ready_jobs())
        assert await asyncio.to_thread(seeds.begun.wait, 60)
        await change(services, job.id)
        seeds.go.set()
        await expanding
        return job.id

    number: int = queue.ask(race)
    return number


def test_a_job_that_is_cancelled_while_it_fans_out_stays_cancelled(done: Queue) -> None:
    job = done.job(while_it_fans_out(done, lambda services, n: services.actions.job_action(n, "cancel")))
    assert (job.state, job.counts.total) == (JobState.CANCELLED, 0)


def test_a_job_that_is_deleted_while_it_fans_out_harms_nothing(done: Queue) -> None:
    async def delete(services: Services, number: int) -> None:
        await services.actions.job_action(number, "cancel")
        await services.actions.job_action(number, "delete")

    while_it_fans_out(done, delete)
    assert done.ask(lambda services: services.queue.view()).counts.queued == 0


def test_a_job_that_takes_outputs_of_one_deleted_in_this_moment_is_refused_by_its_number(done: Queue) -> None:
    async def race(services: Services) -> int:
        prepared = await services.jobs.prepare_job(Submission(workflow="copy", inputs=["job:1"]))
        await services.actions.job_action(1, "delete")
        with pytest.raises(VqError, match="there is no job 1"):
            await services.jobs.enqueue_job(prepared, COMMAND_LINE)
        return (await services.queue.view()).counts.queued

    assert done.ask(race) == 0


def test_a_job_that_is_edited_while_it_fans_out_has_the_new_values(done: Queue) -> None:
    number = while_it_fans_out(done, lambda services, n: services.edits.edit_job(n, {"params": {"crf": 30}}))
    done.work()
    (prompt,) = done.prompts(number)
    assert (prompt.state, prompt.params["crf"]) == ("succeeded", 30)


def test_a_render_that_was_published_again_counts_once_as_an_input(done: Queue) -> None:
    again = ActionOptions(from_phase="copy")
    done.ask(lambda services: services.actions.job_action(1, "retry", again))
    (job, by_prompt) = done.work(
        {"workflow": "copy", "inputs": ["job:1"]}, {"workflow": "copy", "inputs": ["prompt:1.1"]}
    )
    assert len(done.prompts(1)[0].artifacts) == 2
    for number in (job.id, by_prompt.id):
        assert [Path(str(prompt.input)).name for prompt in done.prompts(number)] == ["clip_copy_v2.mp4"]


def test_a_job_fans_out_by_the_workflow_it_was_submitted_with(done: Queue) -> None:
    job: Job = done.submit(workflow="copy", inputs=["job:1"])
    done.workflow("copy", COPY.replace("_copy", "_edited").replace("default: 20", "default: 40"))
    done.work()
    (prompt,) = done.prompts(job.id)
    assert (prompt.params["crf"], prompt.artifacts[0].name) == (20, "clip_copy_copy.mp4")


def test_a_job_fans_out_though_the_one_it_came_after_was_deleted(done: Queue) -> None:
    before: Job = done.submit(workflow="copy", inputs=["job:1"])
    done.work()
    job: Job = done.submit(workflow="copy", inputs=["job:1"], after=[before.id], held=True)
    done.ask(lambda services: services.actions.job_action(before.id, "delete"))
    done.ask(lambda services: services.actions.job_action(job.id, "release"))
    done.work()
    assert done.job(job.id).state is JobState.SUCCEEDED


def test_a_job_that_was_cancelled_before_it_got_its_prompts_gets_them_when_it_is_retried(done: Queue) -> None:
    job: Job = done.submit(workflow="copy", inputs=["job:1"], held=True)
    for action in ("cancel", "retry"):
        done.ask(lambda services, action=action: services.actions.job_action(job.id, action))
    done.work()
    assert [prompt.state for prompt in done.prompts(job.id)] == ["succeeded"]
    assert done.job(job.id).state is JobState.SUCCEEDED


def test_a_clip_that_is_submitted_again_is_opened_again_only_when_it_changed(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("copy", COPY)
    clip = make_clip(tmp_path / "clip.mp4", frames=3)
    status = clip.stat()

    async def submit_around_changes(services: Services) -> str:
        async def submit() -> Job:
            return await services.jobs.submit(Submission(workflow="copy", inputs=[str(clip)], dedupe=False))

        await submit()
        clip.write_bytes(bytes(status.st_size))  # no clip any more, which only opening it shows
        os.utime(clip, ns=(status.st_atime_ns, status.st_mtime_ns))
        await submit()
        os.utime(clip, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        with pytest.raises(VqError) as refused:
            await submit()
        return str(refused.value.code)

    assert queue.ask(submit_around_changes) == "input_unreadable"


def test_equal_submissions_at_once_are_one_job_though_they_share_a_commit_with_others(done: Queue) -> None:
    clip = str(done.home.parent / "clip.mp4")

    async def submit_at_once(services: Services) -> tuple[set[int], set[int]]:
        equal = Submission(workflow="copy", inputs=[clip], params={"crf": 30, "seed": 1})
        others = [
            equal.model_copy(update={"params": {"crf": n, "seed": 1}, "dedupe": False}) for n in range(8)
        ]
        every = await asyncio.gather(*(services.jobs.submit(item) for item in [equal, *others, equal] * 4))
        return {job.id for job in every[::10]} | {job.id for job in every[9::10]}, {job.id for job in every}

    equal, every = done.ask(submit_at_once)
    assert (len(equal), len(every)) == (1, 33)
