"""A changed encoder renders nothing again: what ComfyUI rendered for another prompt is reused."""

from __future__ import annotations

import hashlib
import json
import shutil
from functools import partial
from pathlib import Path

from tests.media_clips import codes_of, make_clip
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import INVERT, PER_FRAME, inverted, write_graph, write_per_frame
from video_queue.db import model_files
from video_queue.domain.errors import Problem
from video_queue.domain.states import PhaseState
from video_queue.domain.views import Prompt
from video_queue.outputs.manifest import Manifest, manifest_path, read_manifest
from video_queue.services.asker import COMMAND_LINE
from video_queue.services.model_hashes import hash_files
from video_queue.services.provenance.replaying import ReplayOptions
from video_queue.wiring import Services

STYLED = """
inputs: {kind: image}
phases:
  - {name: render, uses: comfy, graph: styled.render.api.json}
output: {phase: render}
"""
ENCODE = 'audio: "{{ input.path }}"}'


def test_renders_are_taken_from_another_prompt(new_comfy: Comfy, tmp_path: Path) -> None:
    queue = queue_for(new_comfy, tmp_path)
    write_per_frame(queue, "plain")
    write_per_frame(queue, "small", PER_FRAME.replace(ENCODE, ENCODE[:-1] + ", crf: 40}"))
    clip = str(make_clip(tmp_path / "clip.mp4", 3))
    prompts = []
    for name in ("plain", "small"):
        [job] = queue.work({"workflow": name, "inputs": [clip]})
        prompts += queue.prompts(job.id)
    assert [phase.state for phase in prompts[1].phases] == [
        PhaseState.REUSED,
        PhaseState.REUSED,
        PhaseState.SUCCEEDED,
    ]
    assert codes_of(Path(prompts[1].artifacts[0].path)) == [0xFFFF ^ number for number in range(3)]
    assert sum(new_comfy.executed().values()) == 3
    assert new_comfy.inputs() == []
    # Another graph is other work.
    saved = {**INVERT, "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}}}
    write_graph(queue, "small.render", saved)
    queue.work({"workflow": "small", "inputs": [clip]})
    assert sum(new_comfy.executed().values()) == 6


def test_a_single_render_that_was_published(new_comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(new_comfy, tmp_path)
    submission = {"workflow": "invert-image", "inputs": pictures[:1], "dedupe": False}
    jobs = [queue.work(variant)[0] for variant in (submission, submission, {**submission, "reuse": False})]
    prompts = [queue.prompts(job.id)[0] for job in jobs]
    assert [prompt.phases[0].state for prompt in prompts] == ["succeeded", "reused", "succeeded"]
    assert len({prompt.artifacts[0].path for prompt in prompts}) == 3
    assert len(new_comfy.executed()) == 2


def test_a_render_with_smaller_values_is_recorded_and_never_given_as_the_full_one(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    submission = {
        "workflow": "image-to-video", "inputs": pictures[:1], "resolution": "832x480", "dedupe": False,
        "params": {"steps": 1, "seed": 7},
    }  # fmt: skip
    new_comfy.fault(oom_above=512 * 320)
    [night] = queue.work(submission)
    new_comfy.fault(oom_above=0)
    [day] = queue.work(submission)
    small, full = (queue.prompts(job.id)[0].artifacts[0] for job in (night, day))
    assert [(file.width, file.height) for file in (small, full)] == [(512, 320), (832, 480)]
    phases = [json.loads(Path(f"{file.path}.vq.json").read_text())["phases"][0] for file in (small, full)]
    assert [phase["arguments"].get("applied") for phase in phases] == ["on_oom", None]
    assert [phase["arguments"]["set"]["2.inputs.width"] for phase in phases] == [512, 832]
    assert [phase["graph"]["2"]["inputs"]["width"] for phase in phases] == [512, 832]


def test_a_changed_picture_in_the_input_folder_of_comfyui_is_rendered(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    queue.workflow("styled", STYLED)
    graph = {**INVERT, "1": {"class_type": "LoadImage", "inputs": {"image": "style.png"}}}
    write_graph(queue, "styled.render", graph)
    style = new_comfy.base / "input" / "style.png"
    states = []
    for picture in (pictures[1], None, pictures[2]):
        if picture:
            shutil.copyfile(picture, style)
        [job] = queue.work({"workflow": "styled", "inputs": pictures[:1], "dedupe": False})
        [prompt] = queue.prompts(job.id)
        states.append(prompt.phases[0].state)
    assert (inverted(prompt.artifacts[0].path) == 255 - inverted(style)).all()
    assert states == ["succeeded", "reused", "succeeded"]


def test_a_model_that_was_replaced_under_its_name_is_rendered_with(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    submission = {"workflow": "image-to-video", "inputs": pictures[:1], "dedupe": False}
    submission["params"] = {"steps": 1, "seed": 7, "lora": "soft-light.safetensors"}
    model = new_comfy.base / "models/loras/soft-light.safetensors"
    phases, hashes = [], []
    for content in (b"first", None, b"other"):
        if content:
            model.write_bytes(content)
        [job] = queue.work(submission)
        [prompt] = queue.prompts(job.id)
        phases.append(prompt.phases[0])
        models = {item.name: item for item in _manifest(prompt).models}
        entry = models["soft-light.safetensors"]
        assert (entry.folder, entry.path, entry.bytes) == ("loras", str(model), len(model.read_bytes()))
        hashes.append(entry.sha256)
        queue.ask(_hash_models)
    assert [phase.state for phase in phases] == ["succeeded", "reused", "succeeded"]
    assert [phase.reused_from for phase in phases] == [None, "1.1", None]
    assert hashes == [None, hashlib.sha256(b"first").hexdigest(), None]
    # Whoever renders one of them once more is told which of them had another model.
    warnings = [queue.ask(partial(_replay_warnings, reference)) for reference in ("1.1", "2.1", "3.1")]
    assert [[warning.loc for warning in items] for items in warnings] == [[("models", model.name)]] * 2 + [[]]


async def _replay_warnings(reference: str, services: Services) -> list[Problem]:
    """What a replay warns of."""
    record = await services.records.of_prompt(reference)
    return (await services.replays.replay(record, ReplayOptions(held=True), COMMAND_LINE)).warnings


async def _hash_models(services: Services) -> None:
    """As while nothing runs."""
    await hash_files(services.db, await services.db.read(model_files.unhashed))


def _manifest(prompt: Prompt) -> Manifest:
    return read_manifest(manifest_path(Path(prompt.artifacts[0].path)))


def test_what_another_prompt_rendered_is_reused_after_a_restart_too(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    submission = {"workflow": "invert-image", "inputs": pictures[:1], "dedupe": False}
    queue.work(submission)
    interrupted = queue.submit(**submission).id
    queue.execute(f"UPDATE prompt SET attempt = 1 WHERE job_id = {interrupted}")
    queue.work()
    [prompt] = queue.prompts(interrupted)
    assert (prompt.attempt, prompt.phases[0].state) == (2, PhaseState.REUSED)
    assert len(new_comfy.executed()) == 1
