"""Comfy phases from submission to published file, against the stand-in in both versions."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.media_clips import codes_of, make_clip, pictures_of, sound_of, sound_packets
from tests.worker.rendering.conftest import Comfy, queue_for, until
from tests.worker.rendering.workflows import inverted, write_graph, write_per_frame
from tests.worker.waiting import until_state
from tests.worker.workflows import GATED
from video_queue.domain.events import Event
from video_queue.domain.states import JobState, PhaseState
from video_queue.domain.views import Job
from video_queue.media.ffmpeg_binary import locate
from video_queue.outputs.manifest import manifest_path, read_manifest
from video_queue.services.event_feed import Preview
from video_queue.wiring import Services

# An ffmpeg that prints without end until a file appears, then is the real one.
TALKATIVE = """#!{python}
import os, sys
blocks = 0
while "-progress" in sys.argv and (blocks < 20 or not os.path.exists({until!r})):
    blocks += 1
    sys.stderr.write("[warning] nothing to see here, line after line after line\\n" * 1000)
os.execv({real!r}, ["ffmpeg", *sys.argv[1:]])
"""


def test_pictures_are_rendered_once_and_published(comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(comfy, tmp_path)
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures})
    prompts = queue.prompts(job.id)
    for prompt, source in zip(prompts, pictures, strict=True):
        [artifact] = prompt.artifacts
        assert artifact.name == f"{Path(source).stem}_inverted.png"
        assert np.array_equal(np.asarray(Image.open(artifact.path)), inverted(source))
    assert list(comfy.executed().values()) == [1] * 4
    assert len(comfy.outputs()) == 4  # copied, never moved
    assert comfy.inputs() == []  # brought before, removed after
    result = prompts[0].phases[0].result or {}
    assert [len(result[name]) for name in ("images", "videos", "audio", "texts")] == [1, 0, 0, 0]
    assert result["file"] == result["images"][0] == result["nodes"]["3"]["images"][0]
    assert result["file"]["path"] == prompts[0].artifacts[0].path


def test_every_frame_is_an_item_and_a_resume_point(comfy: Comfy, tmp_path: Path) -> None:
    queue = queue_for(comfy, tmp_path)
    write_per_frame(queue)
    clip = make_clip(tmp_path / "clip.mp4", 6)
    [job] = queue.work({"workflow": "per-frame", "inputs": [str(clip)]})
    [prompt] = queue.prompts(job.id)
    assert prompt.phases[1].items == {"done": 6, "total": 6}
    [artifact] = prompt.artifacts
    assert codes_of(Path(artifact.path)) == [0xFFFF ^ number for number in range(6)]
    assert sound_of(Path(artifact.path)).size
    assert sum(comfy.executed().values()) == 6
    assert len((prompt.phases[1].result or {})["images"]) == 6
    sent = read_manifest(manifest_path(Path(prompt.artifacts[0].path))).phases[1].items
    assert [Path(item.set["1.inputs.image"]).name for item in sent] == [
        f"frame_{n:06}.png" for n in range(1, 7)
    ]


def test_shipped_workflows_run_with_their_defaults(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    clip = str(make_clip(tmp_path / "clip.mp4", 4))
    jobs = queue.work(
        {"workflow": "invert-video", "inputs": [clip]},
        {"workflow": "upscale-image", "inputs": pictures[:1]},
        {"workflow": "restyle-video", "inputs": [clip], "params": {"steps": 2}},
        {
            "workflow": "image-to-video",
            "inputs": pictures[:1],
            "resolution": "640x384",
            "flip": True,
            "params": {"lora": "oil-paint.safetensors", "steps": 2},
        },
    )
    prompts = [queue.prompts(job.id)[0] for job in jobs]
    assert [prompt.error for prompt in prompts] == [None] * 4
    shapes = [(p.artifacts[0].width, p.artifacts[0].height, p.artifacts[0].frames) for p in prompts]
    assert shapes == [(320, 192, 4), (320, 192, 1), (320, 192, 4), (384, 640, 16)]
    assert sound_of(Path(prompts[0].artifacts[0].path)).size
    assert sound_of(Path(prompts[2].artifacts[0].path)).size
    assert len(pictures_of(Path(prompts[2].artifacts[0].path))) == 4
    executed = new_comfy.executed
    assert (sum(executed("LoraLoaderModelOnly").values()), sum(executed("LoraLoader").values())) == (0, 1)


def test_a_long_clip_is_rendered_in_parts_without_a_seam(new_comfy: Comfy, tmp_path: Path) -> None:
    queue = queue_for(new_comfy, tmp_path)
    clip = make_clip(tmp_path / "clip.mp4", 30)
    params = {"size": 14, "overlap": 4, "factor": 0.5}
    [job] = queue.work({"workflow": "long-video", "inputs": [str(clip)], "params": params})
    [prompt] = queue.prompts(job.id)
    assert prompt.error is None
    [artifact] = prompt.artifacts
    assert (artifact.width, artifact.frames) == (160, 30)
    assert codes_of(Path(artifact.path)) == list(range(30))
    assert sound_packets(Path(artifact.path)) == sound_packets(clip)
    assert prompt.phases[1].items == {"done": 3, "total": 3}


def test_progress_and_previews_are_shown(new_comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(new_comfy, tmp_path)
    events: list[Any] = []

    async def listen(services: Services, _: Any) -> None:
        subscription = services.feed.subscribe()

        async def collect() -> None:
            while True:
                events.append(await subscription.get())

        collecting = asyncio.create_task(collect())
        await new_comfy.until(lambda state: state["waiting_node"] is not None)
        new_comfy.fault(hold_nodes=False)
        await until(lambda: any(isinstance(event, Preview) for event in events))
        collecting.cancel()

    new_comfy.fault(hold_nodes=True)
    queue.work({"workflow": "image-to-video", "inputs": pictures[:1], "params": {"steps": 4}}, during=listen)
    reports = [event.data for event in events if isinstance(event, Event) and event.type == "prompt.progress"]
    assert reports
    assert all(0 <= data["progress"] <= 1 for data in reports)
    assert {data["message"].rpartition(" ")[0] or data["message"] for data in reports} & {
        "Picture", "Resolution", "Sampler", "Checkpoint", "LoRA",
    }  # fmt: skip
    [preview, *_] = [event for event in events if isinstance(event, Preview)]
    assert preview.mime == "image/jpeg"
    assert preview.data[:2] == b"\xff\xd8"


def test_files_are_uploaded_where_the_folder_is_not_known(
    comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    """A ComfyUI whose input and output folders this machine does not have."""
    away = {"comfy.input_dir": str(tmp_path / "nowhere"), "comfy.output_dir": str(tmp_path / "nowhere")}
    queue = queue_for(comfy, tmp_path, **away)
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures})
    for prompt, source in zip(queue.prompts(job.id), pictures, strict=True):
        assert np.array_equal(np.asarray(Image.open(prompt.artifacts[0].path)), inverted(source))


def test_a_wrong_input_folder_is_not_used(new_comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    (tmp_path / "other").mkdir()
    queue = queue_for(new_comfy, tmp_path, **{"comfy.input_dir": str(tmp_path / "other")})
    [job] = queue.work({"workflow": "invert-image", "inputs": pictures[:1]})
    assert job.counts.succeeded == 1
    assert [path for path in (tmp_path / "other").rglob("*") if path.is_file()] == []


def test_the_artists_files_share_nothing_with_comfyui(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    new_comfy.fault(hold_nodes=True)

    async def check(_: Services, __: Any) -> None:
        await new_comfy.until(lambda state: state["waiting_node"] is not None)
        [brought] = new_comfy.inputs()
        assert brought.stat().st_ino != Path(pictures[0]).stat().st_ino
        new_comfy.fault(hold_nodes=False)

    queue.work({"workflow": "invert-image", "inputs": pictures[:1]}, during=check)


def test_a_phase_that_is_not_wanted_is_skipped(new_comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(new_comfy, tmp_path)
    queue.workflow(
        "maybe",
        """
inputs: {kind: image}
parameters: {again: {type: bool, default: false}}
phases:
  - {name: one, uses: comfy, graph: maybe.one.api.json, files: {"1.inputs.image": "{{ input.path }}"}}
  - name: two
    uses: comfy
    when: "{{ params.again }}"
    graph: maybe.one.api.json
    files: {"1.inputs.image": "{{ phases.one.file }}"}
output: {phase: one}
""",
    )
    write_graph(queue, "maybe.one")
    [job] = queue.work({"workflow": "maybe", "inputs": pictures[:1]})
    [prompt] = queue.prompts(job.id)
    assert [phase.state for phase in prompt.phases] == [PhaseState.SUCCEEDED, PhaseState.SKIPPED]
    assert sum(new_comfy.executed().values()) == 1


def test_the_same_seed_twice_still_makes_files(new_comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    """ComfyUI would answer from its cache and name the old file; a name of its own makes it save again."""
    queue = queue_for(new_comfy, tmp_path)
    submission = {"workflow": "invert-image", "inputs": pictures[:1], "dedupe": False, "reuse": False}
    jobs = queue.work(submission, submission)
    first, second = (queue.prompts(job.id)[0].artifacts[0].path for job in jobs)
    assert np.array_equal(np.asarray(Image.open(first)), np.asarray(Image.open(second)))
    assert len(new_comfy.outputs()) == 2
    shutil.rmtree(new_comfy.base / "output")
    assert Path(first).exists()
    assert Path(second).exists()


def test_the_manifest_holds_the_graph_as_it_was_sent(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    [job] = queue.work({"workflow": "upscale-image", "inputs": pictures[:1]})
    (artifact,) = queue.prompts(job.id)[0].artifacts
    manifest = json.loads(Path(artifact.path + ".vq.json").read_text())
    (graph,) = [phase["graph"] for phase in manifest["phases"] if phase["graph"]]
    loaders = [node["inputs"]["image"] for node in graph.values() if node["class_type"] == "LoadImage"]
    assert loaders == pictures[:1]
    assert manifest["tools"]["comfyui"] == "0.33.0"


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script")
def test_a_program_that_prints_without_end_starves_no_render(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    program, silence = tmp_path / "ffmpeg", tmp_path / "silence"
    program.write_text(TALKATIVE.format(python=sys.executable, until=str(silence), real=str(locate())))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    queue = queue_for(new_comfy, tmp_path, ffmpeg=str(program), media_jobs=2)
    queue.workflow("gated", GATED)
    clip = str(make_clip(tmp_path / "clip.mp4", frames=3))

    async def render_beside(services: Services, jobs: list[Job]) -> None:
        try:
            await until_state(services, jobs[1].id, JobState.SUCCEEDED)
            assert (await services.lookup.job(jobs[0].id)).state is JobState.RUNNING
        finally:
            silence.touch()

    jobs = queue.work(
        {"workflow": "gated", "inputs": [clip]},
        {"workflow": "invert-image", "inputs": pictures},
        during=render_beside,
    )
    assert [job.state for job in jobs] == [JobState.SUCCEEDED] * 2
    (log,) = (queue.settings.logs_dir / "prompts" / str(jobs[0].id)).iterdir()
    assert log.stat().st_size < 1_000_000
    assert "lines left out" in log.read_text()
