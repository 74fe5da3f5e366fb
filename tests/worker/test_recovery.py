"""What a start does with a home that a crash left, whatever became of the folders meanwhile."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.own_process import kill_when
from tests.worker.workflows import ROUND_TRIP
from video_queue.domain.states import JobState, PromptState


def test_an_output_folder_that_cannot_be_read_keeps_no_other_job_from_running(
    queue: Queue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=5)
    queue.workflow("round-trip", ROUND_TRIP)
    lost = queue.submit(workflow="round-trip", inputs=[str(clip)], held=True)
    # A path that the system refuses to answer for, as it does for a dead network mount.
    unreadable = tmp_path / ("x" * 300)
    with pytest.raises(OSError, match="too long"):
        unreadable.is_dir()
    queue.execute(f"UPDATE job SET output_dir = '{unreadable}' WHERE id = {lost.id}")
    (job,) = queue.work({"workflow": "round-trip", "inputs": [str(clip)], "dedupe": False})
    assert job.state == JobState.SUCCEEDED
    assert str(unreadable) in caplog.text


def test_a_job_that_waits_for_another_is_still_there_and_runs_after_a_power_cut(
    queue: Queue, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=5)
    queue.workflow("round-trip", ROUND_TRIP)
    first = queue.submit(workflow="round-trip", inputs=[str(clip)], held=True)
    second = queue.submit(workflow="round-trip", inputs=[str(clip)], after=[first.id], dedupe=False)
    with closing(sqlite3.connect(queue.settings.db_path)) as db:
        # as a power cut leaves it: the next start checks the whole file
        db.execute("UPDATE soundness SET closed = 0, boot = NULL")
        db.execute("UPDATE job SET held_reason = NULL WHERE id = 1")
        db.commit()
    queue.work()
    jobs = [queue.ask(lambda services, id_=job.id: services.lookup.job(id_)) for job in (first, second)]
    assert [job.state for job in jobs] == [JobState.SUCCEEDED] * 2


FRAMES = """
inputs: {kind: video}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
output: {phase: frames}
"""


def test_an_input_in_which_the_process_dies_is_given_up_after_three_deaths_and_the_batch_goes_on(
    queue: Queue, tmp_path: Path
) -> None:
    clips = [make_clip(tmp_path / f"{name}.mp4", frames=5) for name in "ab"]
    (queue.home / "vq.toml").write_text("media_jobs = 1\n")
    queue.workflow("round-trip", ROUND_TRIP)
    job = queue.submit(workflow="round-trip", inputs=[str(clip) for clip in clips])
    os.truncate(clips[0], 2**36)  # reading it takes minutes: the kill comes before any phase has begun
    for attempt in (1, 2, 3):
        kill_when(queue, f"SELECT 1 FROM prompt WHERE claimed > 0 AND attempt = {attempt}")
    queue.work()
    first, second = queue.prompts(job.id)
    assert first.error is not None
    assert (first.error.code, first.error.phase) == ("poison", "frames")
    assert (second.state, second.error) == (PromptState.SUCCEEDED, None)


def test_an_output_in_which_the_process_dies_is_given_up_after_three_deaths(
    queue: Queue, tmp_path: Path
) -> None:
    queue.workflow("frames", FRAMES)
    clip = make_clip(tmp_path / "clip.mp4", frames=300)  # checking so many files takes a while
    job = queue.submit(workflow="frames", inputs=[str(clip)])
    for attempt in (1, 2, 3):
        publishing = f"claimed > 0 AND phase_seq = 1 AND attempt = {attempt}"
        kill_when(queue, f"SELECT 1 FROM prompt WHERE {publishing}")
    queue.work()
    (prompt,) = queue.prompts(job.id)
    assert prompt.error is not None
    assert (prompt.error.code, prompt.error.phase) == ("poison", "publish")
    assert not list(queue.settings.output_root.rglob("*.png"))
