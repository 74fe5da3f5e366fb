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


def test_what_needs_the_artist_and_what_is_over_is_listed_by_its_end(
    conn: Connection, add_job: AddJob
) -> None:
    ended = {
        add_job(): ("succeeded", "2026-03-01T10:00:00Z"),
        add_job(): ("failed", "2026-03-01T12:00:00Z"),
        add_job(): ("cancelled", "2026-03-01T11:00:00Z"),
        add_job(): ("review", None),
        add_job(held_reason="user"): ("queued", None),
        add_job(): ("queued", None),
        add_job(): ("running", None),
    }
    for number, (state, at) in ended.items():
        conn.execute("UPDATE job SET state = ?, finished_at = ? WHERE id = ?", (state, at, number))
    first, failed, cancelled, review, held, queued, running = ended

    def listed(section: str, sort: str) -> list[int]:
        seen: list[int] = []
        cursor = None
        while True:
            page = job_lists.list_jobs(conn, JobFilter(section=section), sort, 1, cursor)
            seen += [job.id for job in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return seen

    assert listed("needs", "ended") == [held, review, failed]
    assert listed("ended", "ended") == [cancelled, first]
    assert listed("now", "queue") == [running]
    assert listed("next", "queue") == [queued]


def test_the_list_of_a_state_holds_its_jobs(conn: Connection, add_job: AddJob) -> None:
    add_job()
    actions.skip_prompt(conn, 1, NOW)
    page = job_lists.list_jobs(conn, JobFilter(state=("succeeded",)))
    assert [job.state for job in page.items] == [JobState.SUCCEEDED]
    assert state_of(conn, 1) == "succeeded"
