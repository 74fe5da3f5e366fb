"""A pilot: the first prompts of a job run, the others wait until the artist has seen them."""

from __future__ import annotations

from pathlib import Path

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.states import JobState

_COPY = """
inputs: {kind: video}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}"}}
output: {phase: copy}
"""


def test_a_pilot_renders_the_first_and_the_rest_once_it_is_released(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("copy", _COPY)
    clips = [str(make_clip(tmp_path / f"{name}.mp4", frames=2 + n)) for n, name in enumerate("abcd")]
    [job] = queue.work({"workflow": "copy", "inputs": clips, "limit": 2})
    assert (job.state, job.counts.succeeded, job.counts.queued) == (JobState.RUNNING, 2, 2)
    assert [prompt.held_reason for prompt in queue.prompts(job.id)] == [None, None, "pilot", "pilot"]
    queue.ask(lambda services: services.actions.job_action(job.id, "release"))
    queue.work()
    job = queue.job(job.id)
    assert (job.state, job.counts.succeeded) == (JobState.SUCCEEDED, 4)


def test_a_pilot_of_what_another_job_makes_holds_the_rest_once_it_is_there(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("copy", _COPY)
    clips = [str(make_clip(tmp_path / f"{name}.mp4", frames=2)) for name in "ab"]
    _, job = queue.work(
        {"workflow": "copy", "inputs": clips}, {"workflow": "copy", "inputs": ["job:1"], "limit": 1}
    )
    assert [(prompt.state, prompt.held_reason) for prompt in queue.prompts(job.id)] == [
        ("succeeded", None),
        ("queued", "pilot"),
    ]
