"""A changed encoder renders nothing again: what ComfyUI made for another prompt is taken."""

from __future__ import annotations

import json
from pathlib import Path

from tests.media_clips import codes_of, make_clip
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.test_comfy_phases import INVERT, PER_FRAME
from video_queue.domain.states import PhaseState

ENCODE = 'audio: "{{ input.path }}"}'


def test_renders_are_taken_from_another_prompt(new_comfy: Comfy, tmp_path: Path) -> None:
    queue = queue_for(new_comfy, tmp_path)
    for name, text in (
        ("plain", PER_FRAME),
        ("small", PER_FRAME.replace(ENCODE, ENCODE[:-1] + ", crf: 40}")),
    ):
        queue.workflow(name, text.replace("per-frame", name))
        (queue.settings.workflows_dir / f"{name}.render.api.json").write_text(json.dumps(INVERT))
    clip = str(make_clip(tmp_path / "clip.mp4", 3))
    found = []
    for name in ("plain", "small"):
        [job] = queue.work({"workflow": name, "inputs": [clip]})
        found += queue.prompts(job.id)
    assert [phase.state for phase in found[1].phases] == [
        PhaseState.REUSED,
        PhaseState.REUSED,
        PhaseState.SUCCEEDED,
    ]
    assert codes_of(Path(found[1].artifacts[0].path)) == [0xFFFF ^ number for number in range(3)]
    assert sum(new_comfy.executed().values()) == 3
    assert new_comfy.inputs() == []
    # Another graph is other work.
    saved = {**INVERT, "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}}}
    (queue.settings.workflows_dir / "small.render.api.json").write_text(json.dumps(saved))
    queue.work({"workflow": "small", "inputs": [clip]})
    assert sum(new_comfy.executed().values()) == 6


def test_a_single_render_that_was_published(new_comfy: Comfy, tmp_path: Path, pictures: list[str]) -> None:
    queue = queue_for(new_comfy, tmp_path)
    given = {"workflow": "invert-image", "inputs": pictures[:1], "dedupe": False}
    one, other, third = (queue.work(one)[0] for one in (given, given, {**given, "reuse": False}))
    made = [queue.prompts(job.id)[0] for job in (one, other, third)]
    assert [prompt.phases[0].state for prompt in made] == ["succeeded", "reused", "succeeded"]
    assert len({prompt.artifacts[0].path for prompt in made}) == 3
    assert len(new_comfy.executed()) == 2
