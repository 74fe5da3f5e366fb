"""Publishing from a queue: what becomes of the working files, and of files that are not ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.actions import ActionOptions
from video_queue.domain.states import JobState

CHOSEN = """
inputs: {kind: video}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}"}}
  - {name: choose, uses: review, with: {items: "{{ phases.copy.file }}"}}
output: {phase: choose, name: chosen}
"""


@pytest.mark.parametrize("through_work", [False, True], ids=["plainly", "through the work folder"])
def test_a_file_of_the_artist_that_a_review_chose_is_published_and_stays(
    queue: Queue, tmp_path: Path, *, through_work: bool
) -> None:
    queue.workflow("chosen", CHOSEN)
    clip = make_clip(tmp_path / "clip.mp4", frames=6)
    grade = make_clip(tmp_path / "my grade.mp4", frames=8)
    content = grade.read_bytes()
    (job,) = queue.work({"workflow": "chosen", "inputs": [str(clip)]})
    (prompt,) = queue.prompts(job.id)
    own = f"{queue.settings.work_root}/{job.id}/1"
    named = f"{own}/{os.path.relpath(grade, own)}" if through_work else str(grade)
    chosen = ActionOptions(result={"file": {"path": named, "frames": 8}})
    queue.ask(lambda services: services.actions.prompt_action(prompt.id, "approve", chosen))
    queue.work()
    (prompt,) = queue.prompts(job.id)
    assert queue.job(job.id).state == JobState.SUCCEEDED
    assert Path(prompt.artifacts[0].path).name == "chosen.mp4"
    assert grade.read_bytes() == content
