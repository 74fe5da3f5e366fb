"""The process is killed while a night is moved: it is whole on one of two machines, and is moved again from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forked import python_module
from tests.media_clips import make_clip
from tests.services.moving.killed_child import POINTS
from tests.services.moving.test_moving import COPY, bring, export, rows
from tests.worker.conftest import Queue
from video_queue.domain.states import JobState

EXPORTS = [point for point in POINTS if "extracted" not in point and "committed" not in point]
IMPORTS = [point for point in POINTS if point not in EXPORTS]


@pytest.fixture
def here(tmp_path: Path) -> Queue:
    """A home with a job of three renders."""
    queue = Queue(tmp_path / "here")
    queue.workflow("copy", COPY)
    queue.submit(workflow="copy", inputs=[str(make_clip(tmp_path / "a.mp4", frames=3))], seeds=3)
    return queue


def killed(queue: Queue, what: str, file: Path, point: str) -> None:
    child = python_module("tests.services.moving.killed_child", str(queue.home), what, str(file), point)
    assert child.wait(60) == 9


@pytest.mark.parametrize("point", EXPORTS)
def test_an_export_that_is_killed_leaves_the_night_here_and_held(
    here: Queue, tmp_path: Path, point: str
) -> None:
    file = tmp_path / "night.zip"
    killed(here, "export", file, point)
    job = here.job(1)
    assert (job.state, job.held, job.counts.queued) == (JobState.QUEUED, True, 3)
    assert file.exists() == (point == "the file is complete")
    file.unlink(missing_ok=True)
    assert export(here, file, with_inputs=True, then="cancel").prompts == 3
    assert here.job(1).state is JobState.CANCELLED


@pytest.mark.parametrize("point", IMPORTS)
def test_an_import_that_is_killed_has_made_nothing_and_is_done_again(
    here: Queue, tmp_path: Path, point: str
) -> None:
    file, there = tmp_path / "night.zip", Queue(tmp_path / "there")
    export(here, file, with_inputs=True)
    killed(there, "import", file, point)
    assert rows(there, "SELECT count(*) FROM job") == [(0,)]
    assert [job.reused for job in bring(there, file).jobs] == [False]
    there.work()
    assert there.job(1).counts.succeeded == 3
