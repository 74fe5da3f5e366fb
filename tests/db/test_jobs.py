"""Jobs as rows: those that wait for others, places in the queue, deleting."""

from __future__ import annotations

import pytest

from tests.db.claims import DONE, FAILED, AddJob, claim, counts_are_true, job_state, must_claim
from tests.db.conftest import NOW
from video_queue.db import actions, job_lists, jobs, prompts
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter


@pytest.mark.parametrize(("result", "held"), [(DONE, None), (FAILED, "dependency")])
def test_a_job_waits_for_another_and_is_held_when_that_fails(
    conn: Connection, add_job: AddJob, result: prompts.PromptResult, held: str | None
) -> None:
    first = add_job()
    second = add_job(after=(first,))
    claimed = must_claim(conn)
    assert claim(conn) is None
    prompts.persist_prompt_result(conn, claimed.prompt_id, 1, result, NOW)
    assert job_state(conn, second)[1] == held
    assert (claim(conn) is None) is (held is not None)


def test_a_moved_job_stands_where_it_was_put(conn: Connection, add_job: AddJob) -> None:
    first, second, third = (add_job() for _ in range(3))

    def order() -> list[int]:
        return [job.id for job in job_lists.list_jobs(conn, JobFilter(), sort="queue").items]

    jobs.move_job(conn, third, 0, 1, NOW)
    assert order() == [third, first, second]
    jobs.move_job(conn, third, 0, 2, NOW)
    assert order() == [first, third, second]
    jobs.move_job(conn, first, 0, 99, NOW)
    assert order() == [third, second, first]
    assert jobs.place_of(conn, second, 0, third) == 1


def test_a_deleted_job_leaves_nothing_behind(conn: Connection, add_job: AddJob) -> None:
    job = add_job(2)
    actions.cancel_job(conn, job, "x", NOW)
    jobs.delete_job(conn, job, NOW)
    assert jobs.get_job(conn, job) is None
    assert conn.execute("SELECT count(*) FROM prompt").fetchone()[0] == 0
    assert counts_are_true(conn)
