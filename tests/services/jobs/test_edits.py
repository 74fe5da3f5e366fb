"""Edits that cross with other requests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.busy_database import database_busy
from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.db import jobs
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.states import JobState
from video_queue.wiring import Services


@pytest.mark.parametrize("what", ["job", "prompt"])
def test_an_edit_of_a_job_that_is_deleted_meanwhile_says_that_there_is_none(
    tmp_path: Path, what: str
) -> None:
    queue = Queue(tmp_path / "home")
    clip = make_clip(tmp_path / "clip.mp4", frames=3)
    job = queue.submit(workflow="transcode", inputs=[str(clip)])
    [prompt] = queue.prompts(job.id)
    queue.ask(lambda services: services.actions.job_action(job.id, "cancel"))
    assert queue.job(job.id).state is JobState.CANCELLED

    async def edit(services: Services) -> str:
        edits = services.edits
        edit: Awaitable[Any] = (
            edits.edit_job(job.id, {"note": "good"})
            if what == "job"
            else edits.edit_prompt(prompt.id, {"rating": 3})
        )
        delete = partial(jobs.delete_job, job_id=job.id, now="2026-01-01T00:00:00.000Z")
        async with database_busy(services, then=delete):
            editing = asyncio.ensure_future(edit)
            writer = services.db._writer
            while writer.waiting < 2 and not editing.done():  # noqa: ASYNC110 - another thread's state
                await asyncio.sleep(0)
        with pytest.raises(VqError) as error:
            await editing
        return error.value.code

    assert queue.ask(edit) == ErrorCode.UNKNOWN_JOB
