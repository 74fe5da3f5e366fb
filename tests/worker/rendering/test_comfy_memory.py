"""ComfyUI's memory is freed when a pause asks for it and when nothing was rendered for long; or it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.worker.rendering.conftest import Comfy, Own, queue_for, row_of, until, until_state
from video_queue.domain.comfy import ProcessState
from video_queue.domain.states import PromptState
from video_queue.domain.views import Job
from video_queue.wiring import Services


def three(pictures: list[str]) -> list[dict[str, Any]]:
    """A render, one that is held, and one far away, for which the worker stays."""
    more: list[dict[str, Any]] = [{}, {"held": True}, {"not_before": "2100-01-01T00:00:00Z"}]
    return [
        {"workflow": "invert-image", "inputs": pictures[n : n + 1], **fields} for n, fields in enumerate(more)
    ]


async def succeeded(services: Services, job: Job) -> None:
    """Until its prompt has."""

    async def so() -> bool:
        return (await services.lookup.job(job.id)).counts.succeeded == 1

    await until(so)


def test_a_pause_frees_memory_once_the_render_that_runs_has_ended(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    new_comfy.fault(hold_nodes=True)

    async def pause(services: Services, jobs: list[Job]) -> None:
        await new_comfy.until(lambda state: state["waiting_node"])
        await services.queue.pause(free_memory=True)
        assert new_comfy.state()["free_requests"] == 0
        new_comfy.fault(hold_nodes=False)
        await new_comfy.until(lambda state: state["free_requests"] == 1)
        assert (await services.lookup.job(jobs[0].id)).counts.queued == 1
        await services.queue.resume()

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=pause)
    assert [prompt.state for prompt in queue.prompts(job.id)] == [PromptState.SUCCEEDED] * 2
    assert new_comfy.state()["free_requests"] == 1


def test_memory_is_freed_once_when_the_queue_is_idle_for_long(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path, **{"comfy.free_after": "1s"})

    async def idle(services: Services, jobs: list[Job]) -> None:
        await succeeded(services, jobs[0])
        await new_comfy.until(lambda state: state["free_requests"] == 1)
        await services.actions.job_action(jobs[1].id, "release")
        await succeeded(services, jobs[1])
        await new_comfy.until(lambda state: state["free_requests"] == 2)
        await services.actions.job_action(jobs[2].id, "cancel")

    jobs = queue.work(*three(pictures), during=idle)
    assert [job.counts.succeeded for job in jobs] == [1, 1, 0]


def test_an_idle_comfyui_is_stopped_and_the_next_render_starts_it(own: Own, pictures: list[str]) -> None:
    queue = own.queue(**{"comfy.stop_after": "1s"})

    async def idle(services: Services, jobs: list[Job]) -> None:
        await succeeded(services, jobs[0])
        await until_state(services, ProcessState.IDLE)
        assert ((await row_of(services)).pid, own.answers()) == (None, False)
        await services.actions.job_action(jobs[1].id, "release")
        await until_state(services, ProcessState.RUNNING)
        await services.actions.job_action(jobs[2].id, "cancel")

    jobs = queue.work(*three(pictures), during=idle)
    assert [job.counts.succeeded for job in jobs] == [1, 1, 0]
