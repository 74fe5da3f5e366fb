"""Jobs as rows: those that wait for others, places in the queue, deleting."""

from __future__ import annotations

import pytest

from tests.db.claims import DONE, FAILED, AddJob, claim, counts_are_true, fail_next, job_state, must_claim
from tests.db.conftest import NOW
from video_queue.db import actions, job_lists, jobs, prompts, reviews
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter

LANES = ["media", "media", "media"]


def order(conn: Connection) -> list[int]:
    return [job.id for job in job_lists.list_jobs(conn, JobFilter(), sort="queue").items]


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


def test_a_job_goes_on_when_the_failed_one_before_it_was_retried_and_succeeded(
    conn: Connection, add_job: AddJob
) -> None:
    first = add_job()
    second = add_job(after=(first,))
    prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, FAILED, NOW)
    third = add_job(after=(first,))
    assert [job_state(conn, job)[1] for job in (second, third)] == ["dependency", "dependency"]
    actions.retry_prompts(conn, first, [1], LANES, NOW, None)
    assert [job_state(conn, job)[1] for job in (second, third)] == [None, None]
    again = must_claim(conn)
    assert (again.job_id, claim(conn)) == (first, None)
    prompts.persist_prompt_result(conn, again.prompt_id, again.attempt, DONE, NOW)
    assert {must_claim(conn).job_id, must_claim(conn).job_id} == {second, third}


def test_a_job_stays_held_while_another_one_before_it_has_failed(conn: Connection, add_job: AddJob) -> None:
    first, other = add_job(), add_job()
    job = add_job(after=(first, other))
    for _ in range(2):
        prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, FAILED, NOW)
    actions.retry_prompts(conn, first, [1], LANES, NOW, None)
    assert job_state(conn, job)[1] == "dependency"


def test_a_released_job_runs_though_the_one_before_it_failed_or_was_deleted(
    conn: Connection, add_job: AddJob
) -> None:
    first, other, running = add_job(), add_job(), add_job()
    job = add_job(after=(first, other, running))
    for _ in range(2):
        prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, FAILED, NOW)
    jobs.delete_job(conn, other, NOW)
    actions.release_job(conn, job, NOW)
    last = must_claim(conn)
    assert (last.job_id, claim(conn)) == (running, None)
    prompts.persist_prompt_result(conn, last.prompt_id, 1, DONE, NOW)
    assert must_claim(conn).job_id == job


def test_a_retried_job_runs_though_the_one_before_it_failed(conn: Connection, add_job: AddJob) -> None:
    first = add_job()
    second, third = add_job(after=(first,)), add_job(after=(first,))
    actions.cancel_job(conn, third, "x", NOW)
    prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, FAILED, NOW)
    actions.cancel_job(conn, second, "x", NOW)
    assert [job_state(conn, job)[1] for job in (second, third)] == [None, None]
    for job, prompt in ((second, 2), (third, 3)):
        actions.retry_prompts(conn, job, [prompt], LANES, NOW, None)
        assert must_claim(conn).job_id == job


def test_a_moved_job_stands_where_it_was_put(conn: Connection, add_job: AddJob) -> None:
    first, second, third = (add_job() for _ in range(3))
    jobs.move_jobs(conn, [third], 0, 1, NOW)
    assert order(conn) == [third, first, second]
    jobs.move_jobs(conn, [third], 0, 2, NOW)
    assert order(conn) == [first, third, second]
    jobs.move_jobs(conn, [first], 0, 99, NOW)
    assert order(conn) == [third, second, first]
    assert jobs.place_of(conn, second, 0, [third]) == 1


def test_a_move_has_an_effect_where_two_jobs_have_the_same_position(
    conn: Connection, add_job: AddJob
) -> None:
    first, second, third = (add_job() for _ in range(3))
    conn.execute("UPDATE job SET position = 1")
    jobs.move_jobs(conn, [third], 0, jobs.place_of(conn, second, 0, [third]), NOW)
    assert order(conn) == [first, third, second]


def test_jobs_can_be_moved_between_each_other_for_ever(conn: Connection, add_job: AddJob) -> None:
    first, second, third = (add_job() for _ in range(3))
    for _ in range(60):
        jobs.move_jobs(conn, [third], 0, 2, NOW)
        assert order(conn) == [first, third, second]
        jobs.move_jobs(conn, [second], 0, 2, NOW)
        assert order(conn) == [first, second, third]


def test_a_job_of_another_priority_is_the_last_there(conn: Connection, add_job: AddJob) -> None:
    moved, kept = add_job(), add_job()
    others = [add_job(priority=5) for _ in range(3)]
    jobs.edit_job(conn, moved, {"priority": 5}, NOW)
    assert order(conn) == [*others, moved, kept]
    jobs.edit_job(conn, others[0], {"priority": 5, "note": "the same"}, NOW)
    assert order(conn) == [*others, moved, kept]


def test_a_retried_job_is_the_last_of_its_priority(conn: Connection, add_job: AddJob) -> None:
    retried = add_job()
    fail_next(conn)
    waiting = [add_job(), add_job()]
    actions.retry_prompts(conn, retried, [1], ["media", "media", "media"], NOW, None)
    assert order(conn) == [*waiting, retried]


def test_a_job_that_has_begun_is_running_until_it_ends(conn: Connection, add_job: AddJob) -> None:
    job = add_job()
    assert job_state(conn, job)[0] == "queued"
    claimed = must_claim(conn)
    prompts.requeue(conn, claimed.prompt_id, claimed.attempt, NOW)
    assert job_state(conn, job)[0] == "running"
    claimed = must_claim(conn)
    reviews.enter_review(
        conn, claimed.prompt_id, claimed.attempt, 0, "check", {"items": [], "decisions": []}, NOW
    )
    assert job_state(conn, job)[0] == "review"
    reviews.approve(conn, claimed.prompt_id, ("media", "media"), {}, NOW)
    assert job_state(conn, job)[0] == "running"
    fail_next(conn)
    actions.retry_prompts(conn, job, [1], ["media", "media", "media"], NOW, None)
    assert job_state(conn, job)[0] == "queued"


def test_a_number_counts_only_the_waiting_jobs(conn: Connection, add_job: AddJob) -> None:
    running, first, second, third = (add_job() for _ in range(4))
    must_claim(conn)
    jobs.move_jobs(conn, [third], 0, jobs.waiting_place(conn, 2, 0, [third]), NOW)
    assert order(conn) == [running, first, third, second]
    jobs.move_jobs(conn, [second], 0, jobs.waiting_place(conn, 1, 0, [second]), NOW)
    assert order(conn) == [running, second, first, third]
    jobs.move_jobs(conn, [second], 0, jobs.waiting_place(conn, 9, 0, [second]), NOW)
    assert order(conn) == [running, first, third, second]


def test_a_deleted_job_leaves_nothing_behind(conn: Connection, add_job: AddJob) -> None:
    job = add_job(2)
    actions.cancel_job(conn, job, "x", NOW)
    jobs.delete_job(conn, job, NOW)
    assert jobs.get_job(conn, job) is None
    assert conn.execute("SELECT count(*) FROM prompt").fetchone()[0] == 0
    assert counts_are_true(conn)
