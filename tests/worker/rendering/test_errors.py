"""What goes wrong in ComfyUI, and how the prompt ends: one refusal, error or silence after the other."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, queue_for, until
from tests.worker.rendering.workflows import INVERT, write_graph
from video_queue.domain.states import JobState, LaneState, PromptState
from video_queue.domain.views import Job, Prompt
from video_queue.wiring import Services

SINGLE = """
inputs: {kind: image}
phases:
  - {name: render, uses: comfy, graph: one.render.api.json, files: {"1.inputs.image": "{{ input.path }}"} EXTRA}
output: {phase: render}
"""


def one_graph(queue: Queue, graph: dict[str, Any], extra: str = "") -> None:
    """A workflow `one` with this graph, whose node 1 loads the picture."""
    queue.workflow("one", SINGLE.replace(" EXTRA", extra))
    write_graph(queue, "one.render", graph)


def work_one(queue: Queue, picture: str, **more: Any) -> Prompt:
    [job] = queue.work({"workflow": "one", "inputs": [picture]}, **more)
    return queue.prompts(job.id)[0]


def test_a_node_that_raises_fails_its_prompt_only(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT)
    comfy.fault(node_error="ImageInvert")
    prompt = work_one(queue, pictures[0])
    assert prompt.error is not None
    assert (prompt.error.code, prompt.error.node_id, prompt.error.node_class) == (
        "comfy_execution",
        "2",
        "ImageInvert",
    )
    assert "Invert (node 2, ImageInvert)" in prompt.error.message
    assert prompt.attempt == 1
    comfy.fault(node_error=False)
    [job] = queue.work({"workflow": "one", "inputs": pictures[1:3]})
    assert job.counts.succeeded == 2


def test_a_refused_graph_names_the_node(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    lost = {
        **INVERT,
        "2": {"class_type": "NoSuchNode", "inputs": {"image": ["1", 0]}, "_meta": {"title": "Magic"}},
    }
    one_graph(queue, lost)
    prompt = work_one(queue, pictures[0])
    assert prompt.error is not None
    assert prompt.error.code == "comfy_rejected"
    assert "NoSuchNode" in prompt.error.message  # the older version names the class only
    broken = {
        **INVERT,
        "2": {
            "class_type": "ImageScaleBy",
            "inputs": {"image": ["1", 0], "upscale_method": "magic", "scale_by": 99.0},
            "_meta": {"title": "Enlarge"},
        },
    }
    one_graph(queue, broken)
    prompt = work_one(queue, pictures[0])
    assert prompt.error is not None
    assert (prompt.error.code, prompt.error.node_id) == ("comfy_rejected", "2")
    assert "Enlarge (node 2, ImageScaleBy)" in prompt.error.message
    assert sum(comfy.executed("LoadImage").values()) == 0


def test_a_graph_that_is_good_in_part_is_a_refusal(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    """ComfyUI answers 200 and would run the good part."""
    queue = queue_for(comfy, tmp_path)
    partly = {
        **INVERT,
        "4": {
            "class_type": "ImageScaleBy",
            "inputs": {"image": ["1", 0], "upscale_method": "lanczos", "scale_by": 99.0},
        },
        "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "y"}},
    }
    one_graph(queue, partly)
    comfy.fault(hold_nodes=True)

    async def open_gate(services: Services, jobs: list[Job]) -> None:
        """Once the good part waits at the gate, unless the refusal was quicker: it must not run to its end."""
        while (await services.lookup.job(jobs[0].id)).state != "failed":
            if (await asyncio.to_thread(comfy.state))["waiting_node"] is not None:
                break
        comfy.fault(hold_nodes=False)

    prompt = work_one(queue, pictures[0], during=open_gate)
    assert prompt.error is not None
    assert (prompt.error.code, prompt.error.node_class) == ("comfy_rejected", "ImageScaleBy")
    assert comfy.state()["pending"] == []


def test_memory_that_ran_out_once_is_freed(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    comfy.fault(oom=1)
    [job] = queue.work({"workflow": "image-to-video", "inputs": pictures[:1], "params": {"steps": 1}})
    [prompt] = queue.prompts(job.id)
    assert (prompt.error, prompt.attempt) == (None, 1)
    assert (prompt.artifacts[0].width, len(comfy.executed("KSampler"))) == (832, 2)


def test_memory_that_keeps_running_out_fails(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT)
    comfy.fault(oom="ImageInvert")
    prompt = work_one(queue, pictures[0])
    assert prompt.error is not None
    assert (prompt.error.code, prompt.error.node_class) == ("out_of_memory", "ImageInvert")
    assert len(comfy.executed("ImageInvert")) == 2


def test_smaller_values_are_tried_when_memory_runs_out(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    new_comfy.fault(oom_above=512 * 320)
    [job] = queue.work(
        {
            "workflow": "image-to-video",
            "inputs": pictures[:1],
            "resolution": "832x480",
            "params": {"steps": 1},
        }
    )
    [prompt] = queue.prompts(job.id)
    assert prompt.error is None
    assert (prompt.artifacts[0].width, prompt.artifacts[0].height) == (512, 320)
    assert len(new_comfy.executed("KSampler")) == 3


def test_nothing_made_is_tried_once_more_and_then_fails(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT)
    comfy.fault(empty_outputs=True)
    prompt = work_one(queue, pictures[0])
    assert prompt.error is not None
    assert prompt.error.code == "no_output"
    assert len(comfy.executed()) == 2


def test_the_file_of_another_prompt_is_never_published(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT)
    assert work_one(queue, pictures[0]).state == "succeeded"
    comfy.fault(stale_outputs=True)
    prompt = work_one(queue, pictures[1])
    assert prompt.error is not None
    assert (prompt.error.code, prompt.artifacts) == ("no_output", [])
    assert len(comfy.executed()) == 3


def test_a_file_that_is_named_and_not_there_is_rendered_once_more_and_then_missed(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT)
    comfy.fault(missing_outputs=True)
    prompt = work_one(queue, pictures[0])
    assert prompt.error is not None
    assert prompt.error.code == "no_output"
    assert len(comfy.executed()) == 2
    comfy.fault(missing_outputs=False)
    queue.ask(lambda services: services.actions.prompt_action(prompt.id, "retry"))
    queue.work()
    assert queue.prompts(prompt.job_id)[0].state == "succeeded"


def test_an_answer_that_cannot_be_read_renders_nothing_twice(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT)
    comfy.fault(garbage=1)
    prompt = work_one(queue, pictures[0])
    assert prompt.error is None
    assert list(comfy.executed().values()) == [1]


def test_a_phase_that_takes_too_long_is_cancelled(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT, ", timeout: 0.3s")
    comfy.fault(hold_nodes=True)
    with comfy.opened_once_interrupted():
        prompt = work_one(queue, pictures[0])
    assert prompt.error is not None
    assert (prompt.error.code, prompt.attempt) == ("timeout", 1)
    asyncio.run(comfy.until(lambda state: state["running"] is None))


def test_silence_is_a_stall_and_retried_once(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT, ", stall: 0.3s")
    comfy.fault(hold_nodes=True)

    async def end_the_node_twice(_: Services, __: list[Job]) -> None:
        for _attempt in range(2):
            stalled = await comfy.until(lambda state: state["waiting_node"] and state["interrupted"])
            comfy.step()
            await comfy.until(lambda state, before=stalled: state["running"] != before["running"])

    prompt = work_one(queue, pictures[0], during=end_the_node_twice)
    assert prompt.error is not None
    assert (prompt.error.code, prompt.attempt) == ("stalled", 2), prompt.error


def test_a_foreign_prompt_is_waited_for_and_not_touched(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT)
    comfy.fault(hold_nodes=True)
    size = {"width": 16, "height": 16, "batch_size": 1, "color": 0}
    foreign = {
        "1": {"class_type": "EmptyImage", "inputs": size},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    httpx.post(f"{comfy.url}/prompt", json={"prompt": foreign}, trust_env=False).raise_for_status()
    reasons: list[str] = []

    async def wait(services: Services, jobs: list[Job]) -> None:
        await comfy.until(lambda state: state["pending"])

        async def reason() -> bool:
            [prompt] = (await services.lookup.prompts(jobs[0].id)).items
            reasons.append(prompt.waiting_for.reason if prompt.waiting_for else "")
            return reasons[-1] == "comfy_busy"

        await until(reason)
        [prompt] = (await services.lookup.prompts(jobs[0].id)).items
        assert prompt.message == "ComfyUI works on other prompts, 1 before this one"
        comfy.fault(hold_nodes=False)

    prompt = work_one(queue, pictures[0], during=wait)
    assert prompt.state is PromptState.SUCCEEDED
    assert prompt.waiting_for is None
    assert sum(comfy.executed("PreviewImage").values()) == 1


@pytest.mark.parametrize("kind", ["image", "video"])
def test_media_work_goes_on_while_comfyui_is_away(tmp_path: Path, pictures: list[str], kind: str) -> None:
    """Nothing answers on the port: the gpu lane waits, no attempt is used, and it goes on by itself."""
    comfy = Comfy(tmp_path / "comfy")
    comfy.process.kill()
    queue = queue_for(comfy, tmp_path)
    one_graph(queue, INVERT)

    async def check(services: Services, jobs: list[Job]) -> None:
        async def media_done() -> bool:
            return (await services.lookup.job(jobs[1].id)).counts.succeeded == 1

        async def waiting() -> bool:
            [prompt] = (await services.lookup.prompts(jobs[0].id)).items
            assert (prompt.state, prompt.attempt) == (PromptState.QUEUED, 0)
            return prompt.waiting_for is not None and prompt.waiting_for.reason == "comfy_unreachable"

        await until(media_done)
        await until(waiting)
        lanes = {lane.name: lane for lane in (await services.queue.view()).lanes}
        assert (lanes["gpu"].state, lanes["media"].state) == (LaneState.WAITING, LaneState.RUNNING)
        await asyncio.to_thread(comfy.process.start)

    queue.workflow(
        "still",
        "inputs: {kind: image}\nphases:\n  - {name: look, uses: media.probe, with: {source: '{{ input.path }}'}}\n"
        "  - {name: again, uses: media.encode, with: {frames: ['{{ input.path }}'], fps: 1}}\noutput: {phase: again}\n",
    )
    try:
        jobs = queue.work(
            {"workflow": "one", "inputs": pictures[:1]},
            {"workflow": "still", "inputs": pictures[:1]},
            during=check,
        )
    finally:
        comfy.process.kill()
    assert [job.counts.succeeded for job in jobs] == [1, 1]
    [prompt] = queue.prompts(jobs[0].id)
    assert prompt.attempt == 1


def test_frames_that_no_program_can_use_are_left_out(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    new_comfy.fault(odd_frames=True)
    queue = queue_for(new_comfy, tmp_path)
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures})
    assert (job.state, job.counts.succeeded) == (JobState.SUCCEEDED, 4)
    assert [prompt.attempt for prompt in queue.prompts(job.id)] == [1] * 4


def test_a_cache_that_cannot_be_written_stops_no_render(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    (queue.settings.cache_dir / "object_info.partial").mkdir()  # in the way of the file
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]})
    assert job.state is JobState.SUCCEEDED
