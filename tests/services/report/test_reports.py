"""The report of a night: what really ended, by cause, with pictures."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from video_queue.db import queue_state
from video_queue.db.connection import Connection
from video_queue.db.tracks import read_tracks
from video_queue.db.uptime import begin_uptime, note_alive
from video_queue.domain.report import NewOutputs, Visit, headline, work
from video_queue.domain.submission import Submission
from video_queue.services.clock import Clock
from video_queue.services.report.reports import Reports
from video_queue.wiring import Services


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
    assert (cause.code, cause.prompts, cause.examples, cause.ids) == ("input_missing", 1, ["2.1"], ["2.1"])
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


_NIGHT = "2026-03-01T22:00:00.000Z"


def _at(clock: str) -> str:
    """A moment of that night, or of the morning after."""
    return f"2026-03-0{1 if clock >= '12' else 2}T{clock}:00.000Z"


def _run(conn: Connection, prompt_id: int, begin: str, end: str) -> None:
    conn.execute(
        "UPDATE phase SET started_at = ?, finished_at = ? WHERE prompt_id = ?",
        (_at(begin), _at(end), prompt_id),
    )
    conn.execute("UPDATE prompt SET finished_at = ? WHERE id = ?", (_at(end), prompt_id))


def test_a_lane_that_stood_still_says_when_and_why(queue: Queue, tmp_path: Path) -> None:
    clips = [str(make_clip(tmp_path / f"{name}.mp4", 4)) for name in "abc"]
    queue.work({"workflow": "transcode", "inputs": clips})

    def write_a_night(conn: Connection) -> None:
        conn.execute("DELETE FROM event")
        conn.execute("DELETE FROM uptime")
        first = begin_uptime(conn, _at("21:00"))
        _run(conn, 1, "22:00", "23:00")
        queue_state.pause_queue(conn, "user", None, _at("23:00"))
        queue_state.resume_queue(conn, _at("23:30"))
        _run(conn, 2, "23:40", "01:00")
        note_alive(conn, first, _at("01:20"))
        begin_uptime(conn, _at("04:00"))
        _run(conn, 3, "04:00", "05:00")
        queue_state.pause_queue(conn, "user", None, _at("06:00"))

    queue.ask(lambda services: services.db.transact(write_a_night))
    [track] = queue.ask(lambda services: services.db.read(read_tracks, _NIGHT, "2026-03-02T08:00:00.000Z"))
    assert (track.lane, [stretch.renders for stretch in track.stretches]) == ("media", [1, 1, 1])
    assert [(gap.start, gap.end, gap.reason) for gap in track.gaps] == [
        (_at("23:00"), _at("23:30"), "user"),
        (_at("23:30"), _at("23:40"), "idle"),
        (_at("01:00"), _at("01:20"), "idle"),
        (_at("01:20"), _at("04:00"), "down"),
        (_at("05:00"), _at("08:00"), "idle"),  # all was done: a pause kept nothing up
    ]


class _Later(Clock):
    """A clock that the test sets forward."""

    def __init__(self) -> None:
        self.hours = 0.0

    def now(self) -> float:
        return super().now() + 3600 * self.hours


def test_the_page_opens_on_what_ended_after_two_hours_without_it(queue: Queue, tmp_path: Path) -> None:
    clip, clock = str(make_clip(tmp_path / "a.mp4", 4)), _Later()

    async def visit(services: Services) -> Visit:
        return await Reports(services.db, clock, services.settings.cache_dir).visit()

    assert queue.ask(visit) == Visit()
    queue.work({"workflow": "transcode", "inputs": [clip]})
    clock.hours = 1.9
    assert queue.ask(visit) == Visit()
    clock.hours = 4
    back = queue.ask(visit)
    assert (back.ended, back.away_since is not None) == (0, True)  # it ended before the page was used last
    assert queue.ask(visit) == Visit()  # a second tab, a refresh
    queue.work({"workflow": "transcode", "inputs": [clip]}, clock=clock)
    clock.hours = 8
    assert queue.ask(visit).ended == 1
    report = queue.ask(lambda services: Reports(services.db, clock, tmp_path).read(None))
    assert report.renders.succeeded == 1


def test_what_was_seen_is_new_again_when_its_job_makes_more(queue: Queue, tmp_path: Path) -> None:
    began = datetime.now(UTC)
    clips = [str(make_clip(tmp_path / f"{name}.mp4", 4)) for name in "abcdef"]
    late = tmp_path / "late.mp4"
    job = queue.submit(workflow="transcode", inputs=[*clips, str(make_clip(late, 4))])
    late.unlink()
    queue.work()

    def outputs() -> NewOutputs:
        [item] = queue.ask(lambda services: services.reports.read(began)).new_outputs
        return NewOutputs.model_validate(item)

    assert (outputs().files, len(outputs().artifacts), outputs().seen) == (6, 4, False)
    queue.ask(lambda services: services.reports.seen([job.id, 99]))
    assert outputs().seen
    make_clip(late, 4)
    queue.ask(lambda services: services.actions.job_action(job.id, "retry"))
    queue.work()
    assert (outputs().files, outputs().seen) == (7, False)
