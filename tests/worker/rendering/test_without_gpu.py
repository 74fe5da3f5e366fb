"""What needs no render waits neither for ComfyUI nor for the gpu lane."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.media_clips import codes_of, make_clip
from tests.worker.conftest import Queue
from tests.worker.rendering.conftest import Comfy, queue_for
from tests.worker.rendering.workflows import PER_FRAME, write_graph, write_per_frame
from tests.worker.waiting import until_state
from video_queue.domain.states import JobState
from video_queue.wiring import Services

ENCODE = 'audio: "{{ input.path }}"}'
MAYBE = """
inputs: {kind: video}
parameters: {render: {type: bool, default: false}}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - name: render
    uses: comfy
    when: "{{ params.render }}"
    for_each: "{{ phases.frames.images }}"
    graph: maybe.render.api.json
    files: {"1.inputs.image": "{{ item.path }}"}
  - name: encode
    uses: media.encode
    with: {frames: "{{ phases.frames.images }}", fps: "{{ input.fps }}"}
output: {phase: encode}
"""


def succeeds_beside_renders(
    queue: Queue,
    submission: dict[str, Any],
    rendering: dict[str, Any],
    end: Callable[[], None] = lambda: None,
) -> int:
    """Let a job end that stands behind one that has to be rendered and cannot until `end`; its number."""

    async def check(services: Services, jobs: Any) -> None:
        await until_state(services, jobs[1].id, JobState.SUCCEEDED)
        assert (await services.lookup.job(jobs[0].id)).state in (JobState.QUEUED, JobState.RUNNING)
        await services.actions.job_action(jobs[0].id, "cancel")
        end()

    return int(queue.work(rendering, submission, during=check)[1].id)


def clips(tmp_path: Path, count: int) -> list[str]:
    return [str(make_clip(tmp_path / f"{number}.mp4", 3, sound=None)) for number in range(count)]


def test_a_changed_encoder_is_published_while_comfyui_is_away(new_comfy: Comfy, tmp_path: Path) -> None:
    queue = queue_for(new_comfy, tmp_path)
    write_per_frame(queue, "plain")
    write_per_frame(queue, "small", PER_FRAME.replace(ENCODE, ENCODE[:-1] + ", crf: 40}"))
    clip, *others = clips(tmp_path, 4)
    queue.work({"workflow": "plain", "inputs": [clip]})
    new_comfy.process.kill()
    job_id = succeeds_beside_renders(
        queue, {"workflow": "small", "inputs": [clip]}, {"workflow": "plain", "inputs": others}
    )
    [prompt] = queue.prompts(job_id)
    assert [phase.state for phase in prompt.phases] == ["reused", "reused", "succeeded"]
    assert codes_of(Path(prompt.artifacts[0].path)) == [0xFFFF ^ number for number in range(3)]
    assert prompt.attempt == 1


def test_a_phase_that_is_not_wanted_waits_for_no_comfyui(new_comfy: Comfy, tmp_path: Path) -> None:
    queue = queue_for(new_comfy, tmp_path)
    new_comfy.process.kill()
    write_per_frame(queue, "plain")
    queue.workflow("maybe", MAYBE)
    write_graph(queue, "maybe.render")
    clip, *others = clips(tmp_path, 4)
    job_id = succeeds_beside_renders(
        queue, {"workflow": "maybe", "inputs": [clip]}, {"workflow": "plain", "inputs": others}
    )
    [prompt] = queue.prompts(job_id)
    assert [phase.state for phase in prompt.phases] == ["succeeded", "skipped", "succeeded"]


def test_what_was_rendered_already_waits_for_no_other_render(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    submission = {"workflow": "invert-image", "inputs": pictures[:1], "dedupe": False}
    queue.work(submission)
    new_comfy.fault(hold_nodes=True)
    job_id = succeeds_beside_renders(
        queue, submission, {**submission, "inputs": pictures[1:]}, lambda: new_comfy.fault(hold_nodes=False)
    )
    assert [prompt.phases[0].state for prompt in queue.prompts(job_id)] == ["reused"]


def test_a_render_whose_files_are_gone_is_rendered_again(
    new_comfy: Comfy, tmp_path: Path, pictures: list[str]
) -> None:
    queue = queue_for(new_comfy, tmp_path)
    submission = {"workflow": "invert-image", "inputs": pictures[:1], "dedupe": False}
    [first] = queue.work(submission)
    path = Path(queue.prompts(first.id)[0].artifacts[0].path)
    path.write_bytes(path.read_bytes()[::-1])
    [again] = queue.work(submission)
    assert [prompt.phases[0].state for prompt in queue.prompts(again.id)] == ["succeeded"]
