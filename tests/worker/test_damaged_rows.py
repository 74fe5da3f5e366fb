"""Bits that a disk flipped inside stored texts: a clear error that names the row, and everything else goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.workflows import ROUND_TRIP
from video_queue.db.connection import Connection
from video_queue.db.events import list_events
from video_queue.db.job_lists import JobFilter
from video_queue.domain.views import Job

CUT = "UPDATE {table} SET {column} = substr({column}, 1, length({column}) - 1) WHERE {where}"
FLIP = """
    UPDATE {table} SET {column} = CAST(substr(CAST({column} AS BLOB), 1, 5) || x'ff'
        || substr(CAST({column} AS BLOB), 7) AS TEXT)
    WHERE {where}
"""


@pytest.fixture
def jobs(queue: Queue, tmp_path: Path) -> list[Job]:
    """Two jobs that wait, of different workflows: the first with two renders, the second with one."""
    queue.workflow("round-trip", ROUND_TRIP)
    queue.workflow("another", ROUND_TRIP.replace("name: round-trip", "name: another"))
    clips = [str(make_clip(tmp_path / f"{name}.mp4", frames=3)) for name in "ab"]
    return [
        queue.submit(workflow="round-trip", inputs=clips),
        queue.submit(workflow="another", inputs=clips[:1]),
    ]


def ends(queue: Queue, job: Job) -> list[tuple[str, str]]:
    """State and error of a job's prompts, from the rows."""

    def read(conn: Connection) -> list[tuple[str, str]]:
        sql = "SELECT state, coalesce(error, '') FROM prompt WHERE job_id = ? ORDER BY idx"
        return [(row[0], row[1]) for row in conn.execute(sql, (job.id,))]

    rows: list[tuple[str, str]] = queue.ask(lambda services: services.db.read(read))
    return rows


@pytest.mark.parametrize("damage", [CUT, FLIP])
def test_a_render_whose_plan_is_damaged_fails_and_the_others_go_on(
    queue: Queue, jobs: list[Job], damage: str
) -> None:
    queue.execute(damage.format(table="prompt", column="plan", where="id = 1"))
    queue.work()
    (broken, error), (whole, _) = ends(queue, jobs[0])
    assert (broken, whole) == ("failed", "succeeded")
    assert "prompt 1.1" in error
    assert [state for state, _ in ends(queue, jobs[1])] == ["succeeded"]
    shown = queue.prompts(jobs[0].id)
    assert [prompt.state for prompt in shown] == ["failed", "succeeded"]
    assert shown[0].error
    assert "prompt 1.1" in shown[0].error.message


@pytest.mark.parametrize("damage", [CUT, FLIP])
@pytest.mark.parametrize("column", ["params", "submission"])
def test_a_job_with_damage_fails_and_the_others_go_on(
    queue: Queue, jobs: list[Job], damage: str, column: str
) -> None:
    queue.execute(damage.format(table="job", column=column, where="id = 1"))
    queue.work()
    assert [state for state, _ in ends(queue, jobs[0])] == ["failed"] * 2
    assert all("damage" in error for _, error in ends(queue, jobs[0]))
    assert [state for state, _ in ends(queue, jobs[1])] == ["succeeded"]


@pytest.mark.parametrize("damage", [CUT, FLIP])
@pytest.mark.parametrize("column", ["submission", "tags", "name", "note"])
def test_one_job_with_damage_leaves_the_list_of_jobs_readable(
    queue: Queue, jobs: list[Job], damage: str, column: str
) -> None:
    queue.execute("UPDATE job SET name = 'a long night', note = 'for the client' WHERE id = 1")
    queue.execute(damage.format(table="job", column=column, where="id = 1"))
    page = queue.ask(lambda services: services.lookup.jobs(JobFilter()))
    whole, broken = page.items
    assert (whole.id, broken.id, whole.error) == (2, 1, None)
    unreadable = (damage == CUT and column in ("submission", "tags")) or column == "tags"
    assert (broken.error is not None) == unreadable
    tagged = queue.ask(lambda services: services.lookup.jobs(JobFilter(tag="night")))
    assert tagged.items == []


@pytest.mark.parametrize("damage", [CUT, FLIP])
def test_an_event_with_damage_does_not_end_the_feed(queue: Queue, jobs: list[Job], damage: str) -> None:
    queue.execute(damage.format(table="event", column="data", where="id = 1"))
    events = queue.ask(lambda services: services.db.read(list_events, 0, 10))
    assert [event.id for event in events[:2]] == [1, 2]
    assert "name" not in events[0].data


def test_a_changed_letter_in_a_stored_workflow_is_seen(queue: Queue, jobs: list[Job]) -> None:
    where = f"hash = '{jobs[0].workflow_hash}'"
    queue.execute(f"UPDATE document SET body = replace(body, 'encode', 'emcode') WHERE {where}")
    queue.work()
    assert [state for state, _ in ends(queue, jobs[0])] == ["failed"] * 2
    assert all(jobs[0].workflow_hash[:12] in error for _, error in ends(queue, jobs[0]))
    assert [state for state, _ in ends(queue, jobs[1])] == ["succeeded"]
