"""Actions on jobs that change at the same time, and on jobs whose neighbours are gone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.workflows import ROUND_TRIP
from video_queue.db import events
from video_queue.domain.actions import ActionOptions
from video_queue.domain.errors import ProblemsError, VqError
from video_queue.domain.states import JobState
from video_queue.domain.submission import Submission
from video_queue.wiring import Services


def test_a_job_that_is_cancelled_three_times_at_once_ends_once(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("round-trip", ROUND_TRIP)
    queue.submit(workflow="round-trip", inputs=[str(make_clip(tmp_path / "clip.mp4", frames=3))], held=True)

    async def cancel(services: Services) -> tuple[list[str], int]:
        job = await services.jobs.submit(Submission(workflow="round-trip", inputs=["job:1"]))
        calls = (services.actions.job_action(job.id, "cancel") for _ in range(3))
        answers = await asyncio.gather(*calls, return_exceptions=True)
        appended = await services.db.read(events.list_events, 0, 100, job.id)
        ends = [event for event in appended if event.type == "job.finished"]
        return [answer.code for answer in answers if isinstance(answer, VqError)], len(ends)

    assert queue.ask(cancel) == (["invalid_state", "invalid_state"], 1)


def test_a_job_runs_again_though_the_one_it_came_after_was_deleted(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("round-trip", ROUND_TRIP)
    clip = str(make_clip(tmp_path / "clip.mp4", frames=3))
    first, second = queue.work(
        {"workflow": "round-trip", "inputs": [clip]},
        {"workflow": "round-trip", "inputs": [clip], "after": [1], "dedupe": False},
    )
    queue.ask(lambda services: services.actions.job_action(first.id, "delete"))
    again = queue.ask(lambda services: services.actions.job_action(second.id, "rerun"))
    queue.work()
    assert queue.job(again.id).state is JobState.SUCCEEDED


def test_a_retry_with_another_value_begins_with_the_first_phase_that_it_changes(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    text = ROUND_TRIP.replace("max: 51", "max: 99").replace("_again", "_{{ params.crf }}")
    queue.workflow("round-trip", text)
    clip = str(make_clip(tmp_path / "clip.mp4", frames=3))
    (job,) = queue.work({"workflow": "round-trip", "inputs": [clip], "params": {"crf": 90}})
    frames, video = queue.prompts(job.id)[0].phases
    assert (frames.state, video.state) == ("succeeded", "failed")
    options = ActionOptions(params={"crf": "20"})
    queue.ask(lambda services: services.actions.job_action(job.id, "retry", options))
    queue.work()
    (prompt,) = queue.prompts(job.id)
    assert (prompt.state, prompt.params["crf"]) == ("succeeded", 20)
    assert prompt.phases[0].finished_at == frames.finished_at
    assert [Path(file.path).name for file in prompt.artifacts if file.role == "output"] == ["clip_20.mp4"]


@pytest.mark.parametrize("params", [{"crf": "high"}, {"unknown": 1}])
def test_a_retry_with_a_wrong_value_is_refused_and_changes_nothing(
    tmp_path: Path, params: dict[str, object]
) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("round-trip", ROUND_TRIP)
    job = queue.submit(workflow="round-trip", inputs=[str(make_clip(tmp_path / "clip.mp4", frames=3))])
    queue.ask(lambda services: services.actions.job_action(job.id, "cancel"))
    options = ActionOptions(params=params)
    with pytest.raises(ProblemsError):
        queue.ask(lambda services: services.actions.prompt_action(1, "retry", options))
    assert queue.job(job.id).state is JobState.CANCELLED
