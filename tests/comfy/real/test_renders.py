"""What an artist renders, through a real ComfyUI. Core nodes only, so that no model is needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.comfy.real.servers import RealComfy
from tests.comfy.real.workflows import is_inverted, new_pictures, write_workflow
from tests.media_clips import codes_of, make_clip, make_pictures, sound_of
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import until
from tests.worker.rendering.workflows import INVERT, write_per_frame
from video_queue.domain.states import JobState, PromptState
from video_queue.domain.views import Job, Prompt
from video_queue.wiring import Services

BLUR = {"blur_radius": 15, "sigma": 2.0}
LARGE = {"upscale_method": "lanczos", "width": 512, "height": 512, "crop": "disabled"}
# Nodes of a second or so: a cancel takes effect between them.
SLOW = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "x.png"}},
    "2": {"class_type": "ImageScale", "inputs": {"image": ["1", 0], **LARGE}},
    **{
        str(n): {"class_type": "ImageBlur", "inputs": {"image": [str(n - 1), 0], **BLUR}} for n in range(3, 9)
    },
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "x"}},
}
# The picture is saved before the node fails or after: it has no part in the other output.
HALF = {
    **INVERT,
    "4": {"class_type": "LoadImage", "inputs": {"image": "vq-test-no-picture.png"}},
    "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "x"}},
}
TURNED = """
inputs: {kind: image}
parameters:
  method: {type: choice, options: [nearest-exact, bilinear], default: bilinear}
phases:
  - name: render
    uses: comfy
    graph: NAME.render.api.json
    files: {"1.inputs.image": "{{ input.path }}"}
    set: {"4.inputs.upscale_method": "{{ params.method }}"}
output: {phase: render}
"""
# One picture that no parameter changes, and one behind a parameter.
TWO_PICTURES = {
    **INVERT,
    "4": {"class_type": "ImageScale", "inputs": {"image": ["2", 0], **LARGE, "width": 80, "height": 40}},
    "5": {"class_type": "SaveImage", "inputs": {"images": ["4", 0], "filename_prefix": "x"}},
}


@pytest.fixture
def queue(real: RealComfy, tmp_path: Path) -> Queue:
    return Queue(tmp_path / "home", **{"comfy.url": real.url})


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    return new_pictures(tmp_path / "pictures", 2)


async def until_progress(services: Services, job: Job) -> Prompt:
    """The job's first prompt once a node of it has ended."""

    async def has_begun() -> Prompt | None:
        prompt = (await services.lookup.prompts(job.id)).items[0]
        return prompt if prompt.progress > 0 else None

    prompt: Prompt = await until(has_begun)
    return prompt


@pytest.mark.parametrize("how", ["by its folders", "over HTTP"])
def test_pictures(queue: Queue, pictures: list[str], how: str) -> None:
    if how == "over HTTP":
        away = {"comfy.input_dir": str(queue.home / "no"), "comfy.output_dir": str(queue.home / "no")}
        queue = Queue(queue.home, **{"comfy.url": queue.settings.comfy.url, **away})
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures})
    for prompt, source in zip(queue.prompts(job.id), pictures, strict=True):
        assert is_inverted(prompt.artifacts[0].path, source)


def test_a_clip_and_an_enlarged_picture(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", 12)
    [picture] = make_pictures(tmp_path / "small", 1)
    jobs = queue.work(
        {"workflow": "invert-video", "inputs": [str(clip)]},
        {"workflow": "upscale-image", "inputs": [str(picture)]},
    )
    video, image = (queue.prompts(job.id)[0].artifacts[0] for job in jobs)
    assert codes_of(Path(video.path)) == [0xFFFF ^ number for number in range(12)]
    assert sound_of(Path(video.path)).size
    assert (image.width, image.height) == (640, 384)


def test_every_frame_of_a_clip(queue: Queue, tmp_path: Path) -> None:
    write_per_frame(queue)
    clip = make_clip(tmp_path / "clip.mp4", 8)
    [job] = queue.work({"workflow": "per-frame", "inputs": [str(clip)]})
    [prompt] = queue.prompts(job.id)
    assert codes_of(Path(prompt.artifacts[0].path)) == [0xFFFF ^ number for number in range(8)]


def test_a_refused_prompt_says_why_and_the_next_one_renders(queue: Queue, pictures: list[str]) -> None:
    write_workflow(
        queue, "unknown", {**INVERT, "2": {"class_type": "NoSuchNode", "inputs": {"image": ["1", 0]}}}
    )
    crop = {"image": ["1", 0], "width": 9, "height": 9, "x": -1, "y": 0}
    write_workflow(queue, "escaping", {**INVERT, "2": {"class_type": "ImageCrop", "inputs": crop}})
    names = ("unknown", "escaping", "invert-image")
    jobs = queue.work(*({"workflow": name, "inputs": pictures[:1]} for name in names))
    errors = [queue.prompts(job.id)[0].error for job in jobs]
    assert [error and (error.code, error.node_id) for error in errors] == [
        ("comfy_rejected", "2"),
        ("comfy_rejected", "2"),
        None,
    ]


def test_a_node_that_fails_is_named_and_the_next_prompt_renders(
    real: RealComfy, queue: Queue, pictures: list[str]
) -> None:
    real.upload("vq-test-no-picture.png", b"no picture at all")
    write_workflow(queue, "half", HALF)
    jobs = queue.work(*({"workflow": name, "inputs": pictures[:1]} for name in ("half", "invert-image")))
    [failed], [good] = (queue.prompts(job.id) for job in jobs)
    assert failed.error is not None
    assert (failed.error.code, failed.error.node_id, failed.artifacts) == ("comfy_execution", "4", [])
    assert is_inverted(good.artifacts[0].path, pictures[0])


def test_a_picture_too_large_for_the_memory_is_out_of_memory(queue: Queue) -> None:
    huge = {"width": 16384, "height": 16384, "batch_size": 4096, "color": 1}
    graph = {
        "1": {"class_type": "EmptyImage", "inputs": huge},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    write_workflow(
        queue,
        "huge",
        graph,
        "inputs: {kind: none}\nphases: [{name: render, uses: comfy, graph: NAME.render.api.json}]",
    )
    [job] = queue.work({"workflow": "huge"})
    [prompt] = queue.prompts(job.id)
    assert prompt.error is not None
    assert (prompt.error.code, prompt.error.node_id) == ("out_of_memory", "1")


def test_what_is_cached_or_partly_cached_gives_every_output_again(queue: Queue, pictures: list[str]) -> None:
    write_workflow(queue, "turned", TWO_PICTURES, TURNED)
    methods = ["bilinear", "bilinear", "nearest-exact"]
    submissions = [
        {
            "workflow": "turned",
            "inputs": pictures[:1],
            "params": {"method": method},
            "reuse": False,
            "dedupe": False,
        }
        for method in methods
    ]
    jobs = queue.work(*submissions)
    files = [[artifact.path for artifact in queue.prompts(job.id)[0].artifacts] for job in jobs]
    assert [len(paths) for paths in files] == [2, 2, 2]
    assert len({path for paths in files for path in paths}) == 6
    assert all(is_inverted(paths[0], pictures[0]) for paths in files)
    assert pixels_of(files[0][1]) == pixels_of(files[1][1]) != pixels_of(files[2][1])


def pixels_of(path: str) -> bytes:
    with Image.open(path) as picture:
        return picture.convert("RGB").tobytes()


def test_a_cancel_between_nodes_and_the_next_prompt_renders(queue: Queue, pictures: list[str]) -> None:
    write_workflow(queue, "slow", SLOW)

    async def cancel(services: Services, jobs: list[Job]) -> None:
        prompt = await until_progress(services, jobs[0])
        await services.actions.prompt_action(prompt.id, "cancel")

    [job] = queue.work({"workflow": "slow", "inputs": pictures}, during=cancel)
    first, second = queue.prompts(job.id)
    assert (first.state, second.state) == (PromptState.CANCELLED, PromptState.SUCCEEDED)


def test_a_worker_that_ends_and_goes_on(queue: Queue, pictures: list[str]) -> None:
    write_workflow(queue, "slow", SLOW)

    class EndedError(Exception):
        pass

    async def end(services: Services, jobs: list[Job]) -> None:
        await until_progress(services, jobs[0])
        raise EndedError

    with pytest.raises(EndedError):
        queue.work({"workflow": "slow", "inputs": pictures[:1]}, during=end)
    queue.work()
    assert queue.job(1).state is JobState.SUCCEEDED
