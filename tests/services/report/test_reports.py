"""The report of a night: what really ended, by cause, with pictures."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.domain.report import headline, work
from video_queue.domain.submission import Submission


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    """A queue on an empty home."""
    return Queue(tmp_path / "home")


_HELD = {"workflow": "transcode", "held": True, "name": "for <later>"}


def test_a_night_is_told_as_it_was(queue: Queue, tmp_path: Path) -> None:
    good, gone = make_clip(tmp_path / "good & fine.mp4", 4), make_clip(tmp_path / "gone.mp4", 4)

    began = datetime.now(UTC)
    queue.ask(lambda services: services.queue.pause())
    queue.submit(workflow="transcode", inputs=[str(good)])
    queue.submit(workflow="transcode", inputs=[str(gone)])
    gone.unlink()
    queue.ask(lambda services: services.queue.resume())
    queue.work()
    queue.submit(**_HELD, inputs=[str(good)])

    report = queue.ask(lambda services: services.reports.read(began))
    assert headline(report) == "1 render, 1 failed"
    assert [(job.state, job.counts.succeeded) for job in report.jobs] == [("succeeded", 1), ("failed", 0)]
    [cause] = report.failures
    assert (cause.code, cause.prompts, cause.examples) == ("input_missing", 1, ["2.1"])
    assert [(item.job_id, item.reason, item.prompts) for item in report.decisions] == [(3, "user", 1)]
    assert (report.gpu_seconds, report.media_seconds > 0) == (0, True)
    assert work(report).endswith("Nothing is left to do.")
    assert [Path(file.path).exists() for file in report.outputs] == [True]

    page = queue.ask(lambda services: services.reports.page(began))
    assert "good &amp; fine" in page
    assert "for &lt;later&gt;" in page
    assert len(re.findall(r'src="data:image/webp;base64,UklGR', page)) == 1
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_a_report_ends_where_it_is_asked_to(queue: Queue, tmp_path: Path) -> None:
    queue.work({"workflow": "transcode", "inputs": [str(make_clip(tmp_path / "a.mp4", 4))]})
    now = datetime.now(UTC)
    before = queue.ask(
        lambda services: services.reports.read(now - timedelta(days=1), now - timedelta(hours=1))
    )
    after = queue.ask(lambda services: services.reports.read(now))
    assert (headline(before), headline(after)) == ("0 renders", "0 renders")


def test_what_is_still_to_do_is_counted(queue: Queue, tmp_path: Path) -> None:
    clip = str(make_clip(tmp_path / "a.mp4", 4))
    queue.ask(lambda services: services.jobs.submit(Submission(workflow="transcode", inputs=[clip])))
    report = queue.ask(lambda services: services.reports.read(datetime.now(UTC)))
    assert work(report) == "GPU 0 min 00 s, media 0 min 00 s. 1 still to do."
