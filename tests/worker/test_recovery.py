"""What a start does with a home that a crash left, whatever became of the folders meanwhile."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.workflows import ROUND_TRIP
from video_queue.domain.states import JobState


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


def test_a_job_that_waits_for_another_is_still_there_and_runs_after_a_kill(
    queue: Queue, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=5)
    queue.workflow("round-trip", ROUND_TRIP)
    first = queue.submit(workflow="round-trip", inputs=[str(clip)], held=True)
    second = queue.submit(workflow="round-trip", inputs=[str(clip)], after=[first.id], dedupe=False)
    with closing(sqlite3.connect(queue.settings.db_path)) as db:
        db.execute(
            "UPDATE soundness SET closed = 0"
        )  # as a kill leaves it: the next start checks the whole file
        db.execute("UPDATE job SET held_reason = NULL WHERE id = 1")
        db.commit()
    queue.work()
    jobs = [queue.ask(lambda services, id_=job.id: services.lookup.job(id_)) for job in (first, second)]
    assert [job.state for job in jobs] == [JobState.SUCCEEDED] * 2
