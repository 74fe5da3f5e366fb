"""What the tests of a ComfyUI that vq starts share: a quick clock, and waits for its process."""

from __future__ import annotations

import time

from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import row_of, until
from video_queue.db.comfy_process import ComfyProcessRow
from video_queue.domain.comfy import ProcessState
from video_queue.domain.states import PromptState
from video_queue.domain.views import Job
from video_queue.services.clock import Clock
from video_queue.wiring import Services


class QuickClock(Clock):
    """Durations pass thirty times as fast."""

    def monotonic(self) -> float:
        return time.monotonic() * 30


async def until_other(services: Services, pid: int | None) -> ComfyProcessRow:
    """Until another process runs than this one; the queue is paused until then, or all may be done before."""

    async def so() -> ComfyProcessRow | None:
        row = await row_of(services)
        return row if row.state is ProcessState.RUNNING and row.pid != pid else None

    row: ComfyProcessRow = await until(so)
    await services.queue.resume()
    return row


def all_succeeded(queue: Queue, job: Job) -> list[int]:
    """The attempts of its prompts, which all succeeded."""
    prompts = queue.prompts(job.id)
    assert {prompt.state for prompt in prompts} == {PromptState.SUCCEEDED}, [p.error for p in prompts]
    return [prompt.attempt for prompt in prompts]
