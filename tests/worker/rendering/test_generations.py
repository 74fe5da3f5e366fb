"""A ComfyUI that comes back may be another one, with an empty input folder: files are brought again."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip
from tests.worker.rendering.conftest import Comfy, queue_for, until
from tests.worker.rendering.workflows import INVERT, write_graph, write_per_frame
from video_queue.comfy.client import ComfyClient
from video_queue.comfy.input_folder import InputFolder
from video_queue.domain.states import PromptState
from video_queue.domain.views import Job
from video_queue.wiring import Services

TWO_PARTS = """
inputs: {kind: image}
phases:
  - {name: render, uses: comfy, graph: two.render.api.json, files: {"1.inputs.image": "{{ input.path }}"}}
output: {phase: render}
"""


def _lose_inputs(comfy: Comfy) -> None:
    shutil.rmtree(comfy.base / "input" / "vq")


@pytest.mark.parametrize("uploaded", [False, True], ids=["copied", "uploaded"])
def test_comfyui_comes_back_with_an_empty_input_folder(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str], uploaded: bool
) -> None:
    """As a container does. The running prompt and those that stand prepared are rendered all the same."""
    nowhere = str(tmp_path / "nowhere")
    away: dict[str, Any] = {"comfy.input_dir": nowhere, "comfy.output_dir": nowhere} if uploaded else {}
    queue = queue_for(new_comfy, tmp_path, **away)
    new_comfy.fault(hold_nodes=True)

    async def replace(_: Services, __: list[Job]) -> None:
        await new_comfy.until(lambda state: state["waiting_node"])
        await until(lambda: [path.suffix for path in new_comfy.inputs()] == [".png"] * 4)
        new_comfy.process.kill()
        _lose_inputs(new_comfy)
        await asyncio.to_thread(new_comfy.process.start)

    [job] = queue.work({"workflow": "invert-image", "inputs": pictures}, during=replace)
    assert [prompt.error for prompt in queue.prompts(job.id)] == [None] * 4
    assert job.counts.succeeded == 4


@pytest.mark.parametrize("kind", ["pictures", "frames"])
def test_files_that_comfyui_has_lost_are_brought_again(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str], kind: str
) -> None:
    """Somebody empties its input folder while it runs."""
    queue = queue_for(new_comfy, tmp_path)
    write_per_frame(queue)
    new_comfy.fault(hold_nodes=True)
    clip = str(make_clip(tmp_path / "clip.mp4", 3))
    workflow, inputs = ("per-frame", [clip]) if kind == "frames" else ("invert-image", pictures[:3])

    async def lose(_: Services, __: list[Job]) -> None:
        await new_comfy.until(lambda state: state["waiting_node"] == "1")
        new_comfy.step()
        await new_comfy.until(lambda state: state["waiting_node"] == "2")
        await until(lambda: [path.suffix for path in new_comfy.inputs()] == [".png"] * 3)
        _lose_inputs(new_comfy)
        new_comfy.fault(hold_nodes=False)

    [job] = queue.work({"workflow": workflow, "inputs": inputs}, during=lose)
    prompts = queue.prompts(job.id)
    assert [prompt.error for prompt in prompts] == [None] * len(prompts)
    assert {prompt.state for prompt in prompts} == {PromptState.SUCCEEDED}


def test_what_comfyui_took_of_a_graph_without_its_files_is_ended_there(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    """It runs the part that needs no file, though it says that the rest is wrong; the whole is sent again."""
    queue = queue_for(new_comfy, tmp_path)
    queue.workflow("two", TWO_PARTS)
    colour = {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}}
    save = {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "x"}}
    write_graph(queue, "two.render", {**INVERT, "4": colour, "5": save})
    new_comfy.fault(hold_nodes=True)

    async def lose(_: Services, __: list[Job]) -> None:
        await new_comfy.until(lambda state: state["waiting_node"] == "1")
        new_comfy.step()
        await new_comfy.until(lambda state: state["waiting_node"] == "2")
        await until(lambda: [path.suffix for path in new_comfy.inputs()] == [".png"] * 2)
        _lose_inputs(new_comfy)
        for node in ("3", "4"):
            new_comfy.step()
            await new_comfy.until(lambda state, node=node: state["waiting_node"] == node)
        await new_comfy.until(lambda state: state["interrupted"])
        new_comfy.fault(hold_nodes=False)

    plain = {"workflow": "invert-image", "inputs": pictures[:1]}
    jobs = queue.work(plain, {"workflow": "two", "inputs": pictures[1:2]}, during=lose)
    assert [job.counts.succeeded for job in jobs] == [1, 1]


def test_a_file_stays_for_those_that_need_it_whatever_connection_they_are_from(tmp_path: Path) -> None:
    async def use() -> None:
        client, folder, source = ComfyClient("http://127.0.0.1:9"), tmp_path / "input", tmp_path / "a.png"
        source.write_bytes(b"picture")
        inputs = InputFolder("home", tmp_path / "work")
        inputs.attach(client, folder)
        before = await inputs.bring(source)
        inputs.attach(client, folder)
        (folder / before).unlink()
        again = await inputs.bring(source)
        assert (again, (folder / again).read_bytes()) == (before, b"picture")
        inputs.release(before)
        assert (folder / again).exists()
        inputs.release(again)
        assert not (folder / again).exists()
        await client.close()

    asyncio.run(use())


def test_old_files_that_are_still_needed_are_not_swept_away(tmp_path: Path) -> None:
    async def use() -> None:
        client, folder, source = ComfyClient("http://127.0.0.1:9"), tmp_path / "input", tmp_path / "a.png"
        source.write_bytes(b"picture")
        inputs = InputFolder("home", tmp_path / "work")
        inputs.attach(client, folder)
        name = await inputs.bring(source)
        left_behind = (folder / name).with_name("left_behind.png")
        left_behind.write_bytes(b"picture")
        inputs.sweep(time.time() + 10**6)
        assert ((folder / name).exists(), left_behind.exists()) == (True, False)
        await client.close()

    asyncio.run(use())
