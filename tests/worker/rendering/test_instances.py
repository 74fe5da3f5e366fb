"""Two ComfyUIs share a queue: both render, nothing is lost or published twice, and each gets what it can render."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_pictures
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, until
from tests.worker.rendering.workflows import INVERT, write_graph
from video_queue.domain.states import JobState
from video_queue.domain.views import Job
from video_queue.wiring import Services

INVERTED = """
inputs: {kind: image}
phases: [{name: render, uses: comfy, graph: inverted.api.json, files: {"1.inputs.image": "{{ input.path }}"}}]
output: {phase: render}
"""


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Comfy, Comfy]]:
    """Two stand-ins; the second one has a model more."""
    both = (
        Comfy(tmp_path / "one"),
        Comfy(tmp_path / "two", checkpoints=("simulated-base.safetensors", "only-two.safetensors")),
    )
    try:
        yield both
    finally:
        for comfy in both:
            comfy.process.kill()


def queue_of(pair: tuple[Comfy, Comfy], tmp_path: Path, **settings: Any) -> Queue:
    """A queue that renders with both, and a workflow for them."""
    second = {"name": "two", "url": pair[1].url}
    queue = Queue(tmp_path / "home", **{"comfy.url": pair[0].url, "comfy.instances": [second], **settings})
    queue.workflow("inverted", INVERTED)
    write_graph(queue, "inverted")
    return queue


def pictures_in(tmp_path: Path, count: int) -> list[str]:
    return [str(path) for path in make_pictures(tmp_path / "pictures", count, size=(32, 32))]


async def done(services: Services, job: Job) -> int:
    return (await services.lookup.job(job.id)).counts.succeeded


async def until_done(services: Services, job: Job, count: int) -> None:
    """Until so many renders of a job are done."""

    async def enough() -> bool:
        return await done(services, job) >= count

    await until(enough)


def published(queue: Queue) -> list[str]:
    return sorted(path.name for path in queue.settings.output_root.rglob("*.png"))


def test_both_render_and_every_picture_is_published_once(pair: tuple[Comfy, Comfy], tmp_path: Path) -> None:
    for comfy in pair:
        comfy.fault(slow=0.02)
    queue = queue_of(pair, tmp_path)
    (job,) = queue.work({"workflow": "inverted", "inputs": pictures_in(tmp_path, 24)})
    assert (job.state, job.counts.succeeded) == (JobState.SUCCEEDED, 24)
    first, second = (comfy.executed() for comfy in pair)
    assert min(len(first), len(second)) >= 8
    assert len(first) + len(second) == 24  # nothing is rendered twice
    assert len(published(queue)) == 24


def test_one_that_dies_and_comes_back_loses_nothing_and_doubles_nothing(
    pair: tuple[Comfy, Comfy], tmp_path: Path
) -> None:
    for comfy in pair:
        comfy.fault(slow=0.02)
    queue = queue_of(pair, tmp_path)

    async def kill_one(services: Services, jobs: list[Job]) -> None:
        await until_done(services, jobs[0], 6)
        await asyncio.to_thread(pair[1].process.kill)
        await until_done(services, jobs[0], await done(services, jobs[0]) + 6)  # by the other one
        await asyncio.to_thread(pair[1].process.start)
        await until(lambda: len(pair[1].executed()) > 0)

    (job,) = queue.work({"workflow": "inverted", "inputs": pictures_in(tmp_path, 60)}, during=kill_one)
    assert (job.state, job.counts.succeeded) == (JobState.SUCCEEDED, 60)
    assert len(published(queue)) == 60


def test_one_that_is_drained_gets_nothing_and_goes_on_after_resume(
    pair: tuple[Comfy, Comfy], tmp_path: Path
) -> None:
    for comfy in pair:
        comfy.fault(slow=0.02)
    queue = queue_of(pair, tmp_path)
    queue.ask(lambda services: services.comfyui.act("drain", "two"))

    async def resume_later(services: Services, jobs: list[Job]) -> None:
        await until_done(services, jobs[0], 6)
        assert not pair[1].executed()
        await services.comfyui.act("resume", "two")

    (job,) = queue.work({"workflow": "inverted", "inputs": pictures_in(tmp_path, 24)}, during=resume_later)
    assert job.counts.succeeded == 24
    assert pair[1].executed()


def test_one_that_is_paused_gives_back_what_it_renders(pair: tuple[Comfy, Comfy], tmp_path: Path) -> None:
    pair[1].fault(hold_nodes=True)
    queue = queue_of(pair, tmp_path)

    async def pause(services: Services, jobs: list[Job]) -> None:
        await pair[1].until(lambda state: state["running"])
        with pair[1].opened_once_interrupted():
            await services.comfyui.act("pause", "two")

    (job,) = queue.work({"workflow": "inverted", "inputs": pictures_in(tmp_path, 8)}, during=pause)
    assert (job.state, job.counts.succeeded) == (JobState.SUCCEEDED, 8)
    assert not pair[1].executed()
    assert len(published(queue)) == 8  # what was sent ahead of the one that came back is rendered again


def test_a_cancel_goes_to_the_one_that_renders(pair: tuple[Comfy, Comfy], tmp_path: Path) -> None:
    for comfy in pair:
        comfy.fault(hold_nodes=True)
    queue = queue_of(pair, tmp_path)

    async def cancel(services: Services, jobs: list[Job]) -> None:
        for comfy in pair:
            await comfy.until(lambda state: state["running"])
        lanes = {lane.instance: lane.running for lane in (await services.queue.view()).lanes}
        with pair[1].opened_once_interrupted():
            await services.actions.prompt_action(lanes["two"][0], "cancel")
        assert not pair[0].state()["interrupted"]
        await asyncio.to_thread(pair[0].fault, hold_nodes=False)

    (job,) = queue.work({"workflow": "inverted", "inputs": pictures_in(tmp_path, 2)}, during=cancel)
    assert (job.counts.succeeded, job.counts.cancelled) == (1, 1)
    assert len(pair[0].executed()) == 1


WITH_MODEL = """
inputs: {kind: image}
parameters: {model: {type: text, default: simulated-base.safetensors}}
phases:
  - name: render
    uses: comfy
    graph: model.api.json
    set: {"9.inputs.ckpt_name": "{{ params.model }}"}
    files: {"1.inputs.image": "{{ input.path }}"}
output: {phase: render}
"""


def test_a_model_that_only_one_has_is_rendered_there(pair: tuple[Comfy, Comfy], tmp_path: Path) -> None:
    """Alone in a job, and in a job with models that both have."""
    queue = queue_of(pair, tmp_path)
    queue.workflow("model", WITH_MODEL)
    loader = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "x.safetensors"}}
    write_graph(queue, "model", {**INVERT, "9": loader})
    queue.work({"workflow": "inverted", "inputs": pictures_in(tmp_path / "first", 2)})  # both were seen
    before = pair[0].executed()
    pictures, only = pictures_in(tmp_path, 8), "only-two.safetensors"
    (alone,) = queue.work({"workflow": "model", "inputs": pictures, "params": {"model": only}})
    assert alone.counts.succeeded == 8
    assert pair[0].executed() == before
    sweep = {"model": ["simulated-base.safetensors", only]}
    more = pictures_in(tmp_path / "more", 8)
    (mixed,) = queue.work({"workflow": "model", "inputs": more, "sweep": sweep})
    assert mixed.counts.succeeded == 16


def test_what_none_can_render_does_not_wait_for_ever(pair: tuple[Comfy, Comfy], tmp_path: Path) -> None:
    queue = queue_of(pair, tmp_path)
    queue.workflow("model", WITH_MODEL)
    loader = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "x.safetensors"}}
    write_graph(queue, "model", {**INVERT, "9": loader})
    queue.workflow("nodes", INVERTED.replace("inverted", "nodes"))
    write_graph(queue, "nodes", {**INVERT, "9": {"class_type": "NobodyHasThis", "inputs": {}}})
    pictures = pictures_in(tmp_path, 1)
    queue.work({"workflow": "inverted", "inputs": pictures})  # both were seen
    (model,) = queue.work(
        {"workflow": "model", "inputs": pictures, "params": {"model": "nowhere.safetensors"}}
    )
    (nodes,) = queue.work({"workflow": "nodes", "inputs": pictures})
    assert (
        model.state is JobState.SUCCEEDED
    )  # nothing uses what is loaded, so ComfyUI does not ask for the file
    assert nodes.state is JobState.FAILED
    prompt = queue.ask(lambda services: services.lookup.prompt(f"{nodes.id}.1"))
    assert "NobodyHasThis" in str(prompt.error)
