"""A changed encoder renders nothing again: what ComfyUI rendered for another prompt is reused."""

from __future__ import annotations

from pathlib import Path

from tests.media_clips import codes_of, make_clip
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import INVERT, PER_FRAME, write_graph, write_per_frame
from video_queue.domain.states import PhaseState

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
