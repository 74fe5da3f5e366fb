"""An input is read once by a worker, however many phases, prompts and manifests refer to it."""

from __future__ import annotations

from pathlib import Path

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.states import JobState

COUNTED = """
inputs: {kind: video}
phases:
  - {name: first, uses: media.extract_frames, with: {source: "{{ input.path }}", every_n: "{{ input.frames }}"}}
  - {name: clip, uses: media.encode, with: {frames: "{{ phases.first.images }}", fps: "{{ input.fps }}"}}
  - {name: copy, uses: media.convert, with: {source: "{{ phases.clip.file }}"}}
output: {phase: copy}
"""


def test_an_input_is_counted_once_for_all_phases_and_prompts(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home", media_jobs=1)
    queue.workflow("counted", COUNTED)
    submission = {
        "workflow": "counted", "inputs": [str(make_clip(tmp_path / "clip.mp4", frames=8))], "if_exists": "skip",
        "dedupe": False, "reuse": False, "output_dir": str(tmp_path / "out"),
    }  # fmt: skip
    jobs = queue.work(submission, {**submission, "output_dir": str(tmp_path / "other")})
    assert [job.state for job in jobs] == [JobState.SUCCEEDED] * 2
    assert [len(queue.prompts(job.id)[0].artifacts) for job in jobs] == [1, 1]
    assert queue.worker is not None
    assert queue.worker.facts.probes == 1
