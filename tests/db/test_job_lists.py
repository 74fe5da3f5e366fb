"""The list of jobs: filters, pages, counts."""

from __future__ import annotations

from tests.db.claims import AddJob, state_of
from tests.db.conftest import NOW
from video_queue.db import actions, job_lists
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter
from video_queue.domain.states import JobState


def test_the_list_is_read_page_by_page_and_filtered(conn: Connection, add_job: AddJob) -> None:
    numbers = [add_job(name=f"job {n}", tags='["night"]' if n % 2 else "[]") for n in range(7)]
    conn.execute("UPDATE job SET note = 'weiß' WHERE id = ?", (numbers[2],))
    seen: list[int] = []
    cursor = None
    while True:
        page = job_lists.list_jobs(conn, JobFilter(), limit=3, cursor=cursor)
        seen += [job.id for job in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == numbers[::-1]
    assert page.counts["queued"] == 7
    tagged = job_lists.list_jobs(conn, JobFilter(tag="night", state=("cancelled",)))
    assert tagged.items == []
    assert tagged.counts["queued"] == 3
    assert [job.id for job in job_lists.list_jobs(conn, JobFilter(q="weiß")).items] == [numbers[2]]
    assert len(job_lists.matching_jobs(conn, JobFilter(tag="night"))) == 3


def test_the_list_of_a_state_holds_its_jobs(conn: Connection, add_job: AddJob) -> None:
    add_job()
    actions.skip_prompt(conn, 1, NOW)
    page = job_lists.list_jobs(conn, JobFilter(state=("succeeded",)))
    assert [job.state for job in page.items] == [JobState.SUCCEEDED]
    assert state_of(conn, 1) == "succeeded"
