"""Verdicts come in time, whatever ComfyUI does: it is told to stop afterwards, and the lane waits until it has."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.forked import python_module
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, queue_for, until
from tests.worker.rendering.workflows import INVERT, write_graph
from video_queue.db.connection import Connection
from video_queue.domain.states import Lane, LaneState, PromptState
from video_queue.domain.views import Job, Prompt
from video_queue.services.clock import Clock
from video_queue.wiring import Services

PLAIN = """
inputs: {kind: image}
phases:
  - {name: render, uses: comfy, graph: plain.render.api.json, files: {"1.inputs.image": "{{ input.path }}"} EXTRA}
output: {phase: render}
"""


class QuickClock(Clock):
    """Durations pass thirty times as fast."""

    def monotonic(self) -> float:
        return time.monotonic() * 30


class SkippedClock(Clock):
    """Durations are longer by what was skipped."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead


def waits_of_lane(conn: Connection) -> list[str]:
    """Every reason for which a lane waited, in order."""
    rows = conn.execute("SELECT data FROM event WHERE type = 'lane.waiting' ORDER BY id")
    return [json.loads(row["data"])["reason"] for row in rows]


def write_workflow(queue: Queue, name: str, extra: str = "") -> None:
    queue.workflow(name, PLAIN.replace("plain", name).replace(" EXTRA", extra))
    write_graph(queue, f"{name}.render", INVERT)


@pytest.fixture
def held(new_comfy: Comfy) -> Comfy:
    """A ComfyUI whose nodes do not end, nor obey a cancel, until the gate is opened."""
    new_comfy.fault(hold_nodes=True)
    return new_comfy


@contextmanager
def frozen(comfy: Comfy) -> Iterator[None]:
    """ComfyUI answers nothing: its process is stopped."""
    assert comfy.process.process is not None
    comfy.process.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        comfy.process.process.send_signal(signal.SIGCONT)


async def first_prompt(services: Services, job: Job) -> Prompt:
    return (await services.lookup.prompts(job.id)).items[0]


async def until_ended(services: Services, job: Job) -> Prompt:
    """The job's first prompt once its verdict is written."""

    async def ended() -> Prompt | None:
        prompt = await first_prompt(services, job)
        return prompt if prompt.finished_at else None

    prompt: Prompt = await until(ended)
    return prompt


async def until_lane(services: Services, reason: str | None) -> None:
    """Until the gpu lane waits for this, or runs."""

    async def so() -> bool:
        lane = next(lane for lane in (await services.queue.view()).lanes if lane.name == Lane.GPU)
        return lane.reason == reason and (lane.state is LaneState.RUNNING) == (reason is None)

    await until(so)


def test_a_timeout_is_told_in_time_though_comfyui_does_not_obey(
    held: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(held, tmp_path)
    write_workflow(queue, "limited", ", timeout: 0.3s")
    write_workflow(queue, "free")

    async def watch(services: Services, jobs: list[Job]) -> None:
        prompt = await until_ended(services, jobs[0])
        assert prompt.error is not None
        assert prompt.error.code == "timeout"
        await until_lane(services, "comfy_busy")
        assert (await first_prompt(services, jobs[1])).state is PromptState.QUEUED
        held.fault(hold_nodes=False)
        await until_lane(services, None)

    submissions = [{"workflow": name, "inputs": pictures[:1]} for name in ("limited", "free")]
    [_, free] = queue.work(*submissions, during=watch)
    assert queue.prompts(free.id)[0].state is PromptState.SUCCEEDED
    assert len(held.executed()) == 1


def test_a_timeout_waits_for_no_answer_to_the_post(held: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    held.fault(no_answer=True)
    queue = queue_for(held, tmp_path)
    write_workflow(queue, "limited", ", timeout: 0.3s")

    async def watch(services: Services, jobs: list[Job]) -> None:
        prompt = await until_ended(services, jobs[0])
        assert prompt.error is not None
        assert (prompt.error.code, held.state()["unanswered"]) == ("timeout", 1)
        held.fault(hold_nodes=False, no_answer=False)

    queue.work({"workflow": "limited", "inputs": pictures[:1]}, during=watch)


def test_a_node_that_is_silent_for_too_long_is_stalled_before_it_ends(
    held: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(held, tmp_path)
    write_workflow(queue, "quiet", ", stall: 2s")

    async def watch(services: Services, jobs: list[Job]) -> None:
        async def retried() -> bool:
            prompt = await first_prompt(services, jobs[0])
            return prompt.waiting_for is not None and prompt.waiting_for.reason == "retry"

        await until(retried)
        held.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "quiet", "inputs": pictures[:1]}, during=watch)
    [prompt] = queue.prompts(job.id)
    assert (prompt.state, prompt.attempt) == (PromptState.SUCCEEDED, 2)


def test_a_timeout_is_told_in_time_by_a_frozen_comfyui(
    held: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(held, tmp_path)
    write_workflow(queue, "limited", ", timeout: 5s")
    write_workflow(queue, "free")

    async def watch(services: Services, jobs: list[Job]) -> None:
        await held.until(lambda state: state["waiting_node"])
        with frozen(held):
            prompt = await until_ended(services, jobs[0])
            assert prompt.error is not None
            assert prompt.error.code == "timeout"
        held.fault(hold_nodes=False)

    submissions = [{"workflow": name, "inputs": pictures[:1]} for name in ("limited", "free")]
    [_, free] = queue.work(*submissions, during=watch)
    assert queue.prompts(free.id)[0].state is PromptState.SUCCEEDED
    assert len(held.executed()) == 1


def test_cancel_and_pause_take_effect_at_once_with_a_frozen_comfyui(
    held: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(held, tmp_path)
    write_workflow(queue, "free")

    async def watch(services: Services, jobs: list[Job]) -> None:
        await held.until(lambda state: state["waiting_node"])
        with frozen(held):
            await services.queue.pause("now")

            async def put_back() -> bool:
                return (await services.lookup.job(jobs[0].id)).counts.queued == 1

            await until(put_back)
        await services.queue.resume()
        held.step()
        await held.until(lambda state: state["waiting_node"] and not state["interrupted"])
        with frozen(held):
            await services.actions.prompt_action((await first_prompt(services, jobs[0])).id, "cancel")
            assert (await until_ended(services, jobs[0])).state is PromptState.CANCELLED
        held.fault(hold_nodes=False)

    submissions = [{"workflow": "free", "inputs": pictures[n : n + 1]} for n in range(2)]
    [cancelled, free] = queue.work(*submissions, during=watch)
    assert queue.prompts(free.id)[0].state is PromptState.SUCCEEDED
    assert (queue.prompts(cancelled.id)[0].artifacts, len(held.executed())) == ([], 1)


@pytest.mark.parametrize("action", ["cancel", "pause"])
def test_the_lane_goes_on_when_what_waited_for_a_hung_comfyui_is_stopped(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str], action: str
) -> None:
    """ComfyUI takes prompts and starts none; then it works again, and nothing of ours is there to notice."""
    queue = queue_for(new_comfy, tmp_path)
    new_comfy.fault(zombie=True)

    async def stop(services: Services, jobs: list[Job]) -> None:
        await until_lane(services, "comfy_zombie")
        if action == "cancel":
            await services.actions.prompt_action((await first_prompt(services, jobs[0])).id, "cancel")
            await until_ended(services, jobs[0])
        else:
            await services.queue.pause("now")
            await new_comfy.until(lambda state: not state["pending"])
        new_comfy.fault(zombie=False)
        await services.queue.resume()

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=stop, clock=QuickClock())
    states = [PromptState.CANCELLED if action == "cancel" else PromptState.SUCCEEDED, PromptState.SUCCEEDED]
    assert [prompt.state for prompt in queue.prompts(job.id)] == states


def test_a_node_that_never_ends_is_shown_until_comfyui_is_restarted(
    held: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(held, tmp_path)

    async def restart(services: Services, jobs: list[Job]) -> None:
        await held.until(lambda state: state["waiting_node"])
        await services.actions.prompt_action((await first_prompt(services, jobs[0])).id, "cancel")
        await until_lane(services, "comfy_zombie")
        held.process.kill()
        held.process.start()

    [job] = queue.work(
        {"workflow": "invert-image", "inputs": pictures[:2]}, during=restart, clock=QuickClock()
    )
    states = [prompt.state for prompt in queue.prompts(job.id)]
    assert states == [PromptState.CANCELLED, PromptState.SUCCEEDED]
    assert queue.ask(lambda services: services.queue.view()).lanes[0].reason is None


def test_the_time_while_comfyui_was_away_does_not_count_as_its_silence(
    held: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue, clock = queue_for(held, tmp_path), SkippedClock()

    async def go_away(services: Services, jobs: list[Job]) -> None:
        await held.until(lambda state: state["waiting_node"])
        await services.actions.prompt_action((await first_prompt(services, jobs[0])).id, "cancel")
        await held.until(lambda state: state["interrupted"])
        held.fault(down=2)
        await until_lane(services, "comfy_unreachable")
        clock.ahead += 100
        await until_lane(services, None)
        clock.ahead += 3
        await until_lane(services, "comfy_busy")
        held.fault(hold_nodes=False)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:2]}, during=go_away, clock=clock)
    assert [prompt.state for prompt in queue.prompts(job.id)] == [
        PromptState.CANCELLED,
        PromptState.SUCCEEDED,
    ]
    reasons = queue.ask(lambda services: services.db.read(waits_of_lane))
    assert "comfy_zombie" not in reasons


def test_the_server_ends_while_comfyui_is_frozen_and_its_render_is_followed_again(
    held: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(held, tmp_path)
    job = queue.submit(workflow="invert-image", inputs=pictures[:1])
    words = ["--home", str(queue.home), "serve", "--port", "0", "--comfy", held.url]
    server = python_module(
        "video_queue", *words, env={**os.environ, "NO_COLOR": "1"}, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 30
        while not held.state()["waiting_node"]:
            assert server.poll() is None
            assert time.monotonic() < deadline
        running = held.state()["running"]
        with frozen(held):
            server.terminate()
            server.wait(timeout=25)  # an answer of ComfyUI would be waited for half a minute
    finally:
        server.kill()
        server.wait()
    held.fault(hold_nodes=False)
    queue.work()
    assert queue.prompts(job.id)[0].state is PromptState.SUCCEEDED
    assert list(held.executed()) == [running]
