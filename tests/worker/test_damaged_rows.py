"""Bits that a disk flipped inside stored texts: a clear error that names the row, and everything else goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.media_clips import make_clip
from tests.worker.conftest import Queue
from tests.worker.workflows import ROUND_TRIP
from video_queue.db.connection import Connection
from video_queue.domain.errors import VqError
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
    with pytest.raises(VqError, match="damage") as caught:
        queue.prompts(jobs[0].id)
    assert caught.value.code in ("internal", "locked")


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


def test_a_changed_letter_in_a_stored_workflow_is_seen(queue: Queue, jobs: list[Job]) -> None:
    where = f"hash = '{jobs[0].workflow_hash}'"
    queue.execute(f"UPDATE document SET body = replace(body, 'encode', 'emcode') WHERE {where}")
    queue.work()
    assert [state for state, _ in ends(queue, jobs[0])] == ["failed"] * 2
    assert all(jobs[0].workflow_hash[:12] in error for _, error in ends(queue, jobs[0]))
    assert [state for state, _ in ends(queue, jobs[1])] == ["succeeded"]
