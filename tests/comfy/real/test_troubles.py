"""What goes wrong with a ComfyUI overnight: cut off, frozen, killed, interrupted, and used by others."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.comfy.real.servers import OwnComfy
from tests.comfy.real.wire import Wire
from tests.comfy.real.workflows import foreign, in_steps, is_inverted, new_pictures, write_workflow
from tests.worker.conftest import Queue
from tests.worker.own_process import ROOT
from tests.worker.rendering.conftest import until
from video_queue.domain.states import JobState, Lane, PromptState
from video_queue.domain.views import Job, Prompt
from video_queue.wiring import Services

_MINUTE = 60.0
SUCCESS, INTERRUPTED = "execution_success", "execution_interrupted"


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    return new_pictures(tmp_path / "pictures", 2)


@pytest.fixture
def queue(own: OwnComfy, tmp_path: Path) -> Queue:
    return queue_at(own.url, tmp_path)


def queue_at(url: str, tmp_path: Path, **settings: Any) -> Queue:
    """A queue with workflows of three seconds, a minute, and one long silence."""
    queue = Queue(tmp_path / "home", **{"comfy.url": url, **settings})
    write_workflow(queue, "short", in_steps(30, 0.1))
    write_workflow(queue, "long", in_steps(600, 0.1))
    write_workflow(queue, "silent", in_steps(1, 10.0))
    return queue


async def until_steps(services: Services, job: Job) -> Prompt:
    """The job's first prompt once its node has made steps."""

    async def has_begun() -> Prompt | None:
        prompt = (await services.lookup.prompts(job.id)).items[0]
        return prompt if prompt.progress > 0.3 else None

    prompt: Prompt = await until(has_begun)
    return prompt


def check_inverted(queue: Queue, job: Job, pictures: list[str]) -> None:
    """Every prompt of the job has its picture."""
    assert job.state is JobState.SUCCEEDED
    for prompt, source in zip(queue.prompts(job.id), pictures, strict=True):
        [artifact] = prompt.artifacts
        assert is_inverted(artifact.path, source)


def ends_of(own: OwnComfy) -> list[str]:
    """How everything ended that ComfyUI ran, in order."""
    return list(own.ends().values())


def test_a_cancel_inside_a_sampler(own: OwnComfy, queue: Queue, pictures: list[str]) -> None:
    async def cancel(services: Services, jobs: list[Job]) -> None:
        prompt = await until_steps(services, jobs[0])
        await services.actions.prompt_action(prompt.id, "cancel")

    long, short = queue.work(
        {"workflow": "long", "inputs": pictures[:1]},
        {"workflow": "short", "inputs": pictures[1:]},
        during=cancel,
    )
    assert long.state is JobState.CANCELLED
    check_inverted(queue, short, pictures[1:])
    assert ends_of(own) == [INTERRUPTED, SUCCESS]


def test_a_cancel_inside_a_node_that_does_not_obey(own: OwnComfy, queue: Queue, pictures: list[str]) -> None:
    """The verdict is there at once; the lane waits until ComfyUI is done with it."""

    async def cancel(services: Services, jobs: list[Job]) -> None:
        running = await asyncio.to_thread(own.until_running)
        [prompt] = (await services.lookup.prompts(jobs[0].id)).items
        await services.actions.prompt_action(prompt.id, "cancel")

        async def is_cancelled() -> bool:
            return (await services.lookup.prompt(prompt.id)).state is PromptState.CANCELLED

        await until(is_cancelled)
        assert await asyncio.to_thread(own.running) == running

        async def waits() -> bool:
            lanes = (await services.queue.view()).lanes
            return next(lane.reason for lane in lanes if lane.name == Lane.GPU) == "comfy_busy"

        await until(waits)

    silent, short = queue.work(
        {"workflow": "silent", "inputs": pictures[:1]},
        {"workflow": "short", "inputs": pictures[1:]},
        during=cancel,
    )
    assert silent.state is JobState.CANCELLED
    check_inverted(queue, short, pictures[1:])
    assert ends_of(own) == [INTERRUPTED, SUCCESS]


@pytest.mark.parametrize("away", [0.0, 2.0, 8.0])
def test_a_connection_cut_while_rendering(
    own: OwnComfy, tmp_path: Path, pictures: list[str], away: float
) -> None:
    """For a moment, until the middle of the render, and until after its end."""

    async def cut(services: Services, jobs: list[Job]) -> None:
        await until_steps(services, jobs[0])
        wire.cut()
        await asyncio.sleep(away)
        wire.mend()

    with Wire(own.port) as wire:
        queue = queue_at(wire.url, tmp_path)
        [job] = queue.work({"workflow": "short", "inputs": pictures}, during=cut)
    check_inverted(queue, job, pictures)
    assert ends_of(own) == [SUCCESS, SUCCESS]


@pytest.mark.parametrize("wait", [False, True], ids=["while it renders", "after it has rendered"])
def test_vq_is_killed_while_rendering_and_started_again(
    own: OwnComfy, queue: Queue, pictures: list[str], wait: bool
) -> None:
    job = queue.submit(workflow="short", inputs=pictures[:1])
    command = [sys.executable, "-m", "tests.worker.rendering.working_child", str(queue.home), own.url]
    vq = subprocess.Popen(command, cwd=ROOT)
    try:
        running = own.until_running()
    finally:
        vq.kill()
        vq.wait()
    if wait:
        own.end_of(running)
    queue.work()
    check_inverted(queue, queue.job(job.id), pictures[:1])
    assert list(own.ends()) == [running]


def test_prompts_of_others_before_and_after_ours(own: OwnComfy, queue: Queue, pictures: list[str]) -> None:
    before = own.send(foreign(40, 0.1, 1))

    async def send_behind(services: Services, jobs: list[Job]) -> None:
        def queue_length() -> int:
            return len(own.get("/queue")["queue_pending"])

        async def is_queued() -> bool:
            return await asyncio.to_thread(queue_length) > 0

        await until(is_queued)
        behind.append(await asyncio.to_thread(own.send, foreign(10, 0.1, 2)))

    behind: list[str] = []
    [job] = queue.work({"workflow": "short", "inputs": pictures[:1]}, during=send_behind)
    check_inverted(queue, job, pictures[:1])
    own.end_of(behind[0])
    ends = own.ends()
    assert list(ends.values()) == [SUCCESS] * 3
    assert [prompt_id for prompt_id in ends if prompt_id in (before, *behind)] == [
        next(iter(ends)),
        behind[0],
    ]


@pytest.mark.parametrize("times", [1, 2])
def test_another_client_interrupts_ours(own: OwnComfy, queue: Queue, pictures: list[str], times: int) -> None:
    async def interrupt(services: Services, jobs: list[Job]) -> None:
        running = ""
        for _ in range(times):
            running = await asyncio.to_thread(own.until_running, running)
            await until_steps(services, jobs[0])
            await asyncio.to_thread(own.post, "/interrupt")
            await asyncio.to_thread(own.end_of, running)

    [job] = queue.work({"workflow": "short", "inputs": pictures[:1]}, during=interrupt)
    if times == 1:
        check_inverted(queue, job, pictures[:1])
        assert ends_of(own) == [INTERRUPTED, SUCCESS]
    else:
        [prompt] = queue.prompts(job.id)
        assert prompt.error is not None
        assert (prompt.error.code, ends_of(own)) == ("comfy_lost", [INTERRUPTED] * 2)


def test_comfyui_is_frozen_for_a_minute(own: OwnComfy, queue: Queue, pictures: list[str]) -> None:
    async def freeze(services: Services, jobs: list[Job]) -> None:
        await until_steps(services, jobs[0])
        own.freeze()
        await asyncio.sleep(_MINUTE)
        own.thaw()

    try:
        [job] = queue.work({"workflow": "short", "inputs": pictures}, during=freeze)
    finally:
        own.thaw()
    check_inverted(queue, job, pictures)
    assert ends_of(own) == [SUCCESS, SUCCESS]


def test_a_cancel_while_comfyui_is_frozen(own: OwnComfy, queue: Queue, pictures: list[str]) -> None:
    async def cancel(services: Services, jobs: list[Job]) -> None:
        prompt = await until_steps(services, jobs[0])
        own.freeze()
        await services.actions.prompt_action(prompt.id, "cancel")

        async def is_cancelled() -> bool:
            return (await services.lookup.prompt(prompt.id)).state is PromptState.CANCELLED

        await until(is_cancelled)
        own.thaw()

    try:
        long, short = queue.work(
            {"workflow": "long", "inputs": pictures[:1]},
            {"workflow": "short", "inputs": pictures[1:]},
            during=cancel,
        )
    finally:
        own.thaw()
    assert long.state is JobState.CANCELLED
    check_inverted(queue, short, pictures[1:])
    assert ends_of(own) == [INTERRUPTED, SUCCESS]


def test_comfyui_is_killed_while_rendering_and_comes_back(
    own: OwnComfy, queue: Queue, pictures: list[str]
) -> None:
    async def kill(services: Services, jobs: list[Job]) -> None:
        await until_steps(services, jobs[0])
        await asyncio.to_thread(own.kill)
        await asyncio.to_thread(own.start)

    [job] = queue.work({"workflow": "short", "inputs": pictures}, during=kill)
    check_inverted(queue, job, pictures)
    assert ends_of(own) == [SUCCESS, SUCCESS]


@pytest.mark.parametrize("how", ["base directory", "another machine"])
def test_how_files_travel(own: OwnComfy, tmp_path: Path, pictures: list[str], how: str) -> None:
    """By the folders of its `--base-directory`; where it has none on this machine, over HTTP."""
    nowhere = str(tmp_path / "nowhere")
    away = {"comfy.input_dir": nowhere, "comfy.output_dir": nowhere} if how == "another machine" else {}
    before = set((own.base / "input" / "vq").rglob("*.png"))
    with Wire(own.port) as wire:
        queue = queue_at(wire.url, tmp_path, **away)
        [job] = queue.work({"workflow": "short", "inputs": pictures})
    check_inverted(queue, job, pictures)
    uploads = wire.requests.count("POST /upload/image")
    assert uploads == (2 if away else 0)
    if not away:  # nothing can be removed over HTTP
        assert set((own.base / "input" / "vq").rglob("*.png")) <= before
