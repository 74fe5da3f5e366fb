"""Jobs as rows: the breaker, jobs that wait for others, places in the queue, duplicates, deleting."""

from __future__ import annotations

import pytest

from tests.db.claims import (
    DONE,
    FAILED,
    AddJob,
    claim,
    counts_are_true,
    fail_next,
    job_state,
    must_claim,
)
from tests.db.conftest import NOW
from video_queue.db import (
    actions,
    job_lists,
    jobs,
    prompts,
)
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter
from video_queue.domain.catalogue import fail
from video_queue.domain.states import (
    PromptState,
)


def test_breaker_opens_after_three_alike(conn: Connection, add_job: AddJob) -> None:
    job = add_job(10)
    for _ in range(3):
        fail_next(conn)
    assert job_state(conn, job) == ("running", "breaker")
    assert claim(conn) is None
    actions.release_job(conn, job, NOW)
    assert must_claim(conn).index == 4


def test_breaker_wants_five_when_they_differ(conn: Connection, add_job: AddJob) -> None:
    job = add_job(10)
    for code in ("input_missing.gone", "bad_output.unreadable", "input_missing.gone"):
        error = fail(code, path="/x", name="x", detail="x").info()
        claimed = must_claim(conn)
        result = prompts.PromptResult(PromptState.FAILED, error=error)
        prompts.persist_prompt_result(conn, claimed.prompt_id, 1, result, NOW)
    assert job_state(conn, job)[1] is None
    for _ in range(2):
        fail_next(conn)
    assert job_state(conn, job)[1] == "breaker"


def test_a_success_resets_the_breaker(conn: Connection, add_job: AddJob) -> None:
    job = add_job(10)
    prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, DONE, NOW)
    for _ in range(4):
        fail_next(conn)
    prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, DONE, NOW)
    fail_next(conn)
    assert job_state(conn, job)[1] is None


@pytest.mark.parametrize(("result", "held"), [(DONE, None), (FAILED, "dependency")])
def test_jobs_that_come_after(
    conn: Connection, add_job: AddJob, result: prompts.PromptResult, held: str | None
) -> None:
    first = add_job()
    second = add_job(after=(first,))
    claimed = must_claim(conn)
    assert claim(conn) is None
    prompts.persist_prompt_result(conn, claimed.prompt_id, 1, result, NOW)
    assert job_state(conn, second)[1] == held
    assert (claim(conn) is None) is (held is not None)


def test_find_idempotent_and_duplicate(conn: Connection, add_job: AddJob) -> None:
    job = add_job(idempotency_key="k", dedupe_key="d")
    assert jobs.find_idempotent(conn, "k") == job
    assert jobs.find_duplicate(conn, "d") == job
    actions.skip_prompt(conn, 1, NOW)
    assert jobs.find_idempotent(conn, "k") == job
    assert jobs.find_duplicate(conn, "d") is None


def test_move_job(conn: Connection, add_job: AddJob) -> None:
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


def test_delete_job(conn: Connection, add_job: AddJob) -> None:
    job = add_job(2)
    actions.cancel_job(conn, job, "x", NOW)
    jobs.delete_job(conn, job, NOW)
    assert jobs.get_job(conn, job) is None
    assert conn.execute("SELECT count(*) FROM prompt").fetchone()[0] == 0
    assert counts_are_true(conn)
