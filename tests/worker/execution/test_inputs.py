"""What an output says of its inputs: their contents when the prompt first used them, whatever happens to them later."""

from __future__ import annotations

import json
import shutil
from hashlib import file_digest
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import codes_of, make_clip, make_pictures
from tests.worker.conftest import Queue
from tests.worker.workflows import GATED, ROUND_TRIP
from video_queue.domain.actions import ActionOptions
from video_queue.domain.states import JobState
from video_queue.domain.views import Prompt

ENCODE_GATED = """
inputs: {kind: sequence}
phases:
  - {name: clip, uses: media.encode, with: {frames: "{{ input.images }}", fps: 10}}
  - {name: look, uses: review, with: {items: "{{ phases.clip.file }}"}}
  - {name: copy, uses: media.convert, with: {source: "{{ phases.clip.file }}", size: "{{ input.width }}x64"}}
output: {phase: copy}
"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", frames=12)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def manifest_of(prompt: Prompt) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(Path(prompt.artifacts[0].path + ".vq.json").read_text())
    return body


def reach_the_gate(queue: Queue, workflow: str, **submission: Any) -> Prompt:
    """Work until the prompt waits for a decision."""
    (job,) = queue.work({"workflow": workflow, "dedupe": False, **submission})
    assert job.state is JobState.REVIEW, job.error
    return queue.prompts(job.id)[0]


def approve(queue: Queue, prompt: Prompt) -> Prompt:
    """Approve it and work on; the prompt as it ended."""
    queue.ask(lambda services: services.actions.prompt_action(prompt.id, "approve"))
    queue.work()
    (ended,) = queue.prompts(prompt.job_id)
    return ended


def test_a_take_replaced_while_it_was_worked_is_never_skipped_for_the_old_one(
    queue: Queue, clip: Path, tmp_path: Path
) -> None:
    queue.workflow("gated", GATED)
    out = str(tmp_path / "out")
    prompt = reach_the_gate(queue, "gated", inputs=[str(clip)], review=True, output_dir=out)
    first_take = sha256(clip)
    shutil.copyfile(make_clip(tmp_path / "take2.mp4", frames=7), clip)
    ended = approve(queue, prompt)
    (described,) = manifest_of(ended)["inputs"]
    assert (described["sha256"], described["changed_since"]) == (first_take, True)

    submission = {"workflow": "gated", "inputs": [str(clip)], "output_dir": out, "if_exists": "skip"}
    (second,) = queue.work({**submission, "dedupe": False})
    (rendered,) = queue.prompts(second.id)
    assert not rendered.skipped
    assert codes_of(Path(rendered.artifacts[0].path)) == list(range(7))
    assert manifest_of(rendered)["inputs"][0]["changed_since"] is False
    # Nor is the first take's output known for sure to be of the first take.
    shutil.copyfile(make_clip(tmp_path / "take1.mp4", frames=12), clip)
    (third,) = queue.work({**submission, "dedupe": False})
    assert not queue.prompts(third.id)[0].skipped


def test_an_input_whose_times_changed_but_not_its_contents_is_the_same(
    queue: Queue, clip: Path, tmp_path: Path
) -> None:
    queue.workflow("gated", GATED)
    submission = {"inputs": [str(clip)], "output_dir": str(tmp_path / "out")}
    prompt = reach_the_gate(queue, "gated", review=True, **submission)
    clip.touch()
    (described,) = manifest_of(approve(queue, prompt))["inputs"]
    assert (described["sha256"], described["changed_since"]) == (sha256(clip), False)
    (again,) = queue.work({"workflow": "gated", "dedupe": False, "if_exists": "skip", **submission})
    assert queue.prompts(again.id)[0].skipped


def test_an_input_moved_after_its_last_use_keeps_no_render_from_being_published(
    queue: Queue, clip: Path
) -> None:
    queue.workflow("gated", GATED)
    prompt = reach_the_gate(queue, "gated", inputs=[str(clip)], review=True)
    contents = sha256(clip)
    clip.rename(clip.with_name("archived.mp4"))
    ended = approve(queue, prompt)
    assert ended.state == "succeeded", ended.error
    (described,) = manifest_of(ended)["inputs"]
    assert (described["path"], described["sha256"]) == (str(clip), contents)


def test_a_run_of_pictures_moved_after_its_last_use_is_not_missed(queue: Queue, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    pictures = make_pictures(folder, 6)
    pictures[3].unlink()
    queue.workflow("sequence", ENCODE_GATED)
    prompt = reach_the_gate(queue, "sequence", inputs=[str(folder)])
    shutil.rmtree(folder)
    ended = approve(queue, prompt)
    assert ended.state == "succeeded", ended.error
    assert len(manifest_of(ended)["inputs"]) == 5


def test_an_input_that_a_later_phase_needs_is_missed(queue: Queue, clip: Path) -> None:
    encode = "- name: video\n"
    gate = '- {name: look, uses: review, with: {items: "{{ phases.frames.images }}"}}\n  '
    queue.workflow("round-trip", ROUND_TRIP.replace(encode, gate + encode))
    prompt = reach_the_gate(queue, "round-trip", inputs=[str(clip)])
    moved = clip.rename(clip.with_name("moved.mp4"))
    ended = approve(queue, prompt)
    assert ended.error is not None
    assert (ended.error.code, str(clip) in ended.error.message) == ("input_missing", True)
    # Put back, it is the same input, and what is finished is kept.
    moved.rename(clip)
    queue.ask(lambda services: services.actions.prompt_action(prompt.id, "retry"))
    queue.work()
    (ended,) = queue.prompts(prompt.job_id)
    assert ended.state == "succeeded"
    assert manifest_of(ended)["inputs"][0]["changed_since"] is False


def test_a_retry_from_the_first_phase_takes_the_input_as_it_is_now(
    queue: Queue, clip: Path, tmp_path: Path
) -> None:
    queue.workflow("gated", GATED)
    prompt = reach_the_gate(queue, "gated", inputs=[str(clip)], review=True)
    queue.ask(lambda services: services.actions.prompt_action(prompt.id, "reject"))
    shutil.copyfile(make_clip(tmp_path / "take2.mp4", frames=7), clip)

    options = ActionOptions(from_phase="frames")
    queue.ask(lambda services: services.actions.prompt_action(prompt.id, "retry", options))
    queue.work()
    ended = approve(queue, prompt)
    (described,) = manifest_of(ended)["inputs"]
    assert (described["sha256"], described["changed_since"]) == (sha256(clip), False)
