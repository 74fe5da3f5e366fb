"""The breaker: when a job whose prompts fail is held."""

from __future__ import annotations

from tests.db.claims import DONE, AddJob, claim, fail_next, job_state, must_claim
from tests.db.conftest import NOW
from video_queue.db import actions, prompts
from video_queue.db.connection import Connection
from video_queue.domain.catalogue import fail
from video_queue.domain.states import PromptState


def test_three_first_failures_alike_hold_the_job(conn: Connection, add_job: AddJob) -> None:
    job = add_job(10)
    for _ in range(3):
        fail_next(conn)
    assert job_state(conn, job) == ("running", "breaker")
    assert claim(conn) is None
    actions.release_job(conn, job, NOW)
    assert must_claim(conn).index == 4


def test_a_retry_lets_a_job_that_the_breaker_held_go_on(conn: Connection, add_job: AddJob) -> None:
    job = add_job(10)
    for _ in range(3):
        fail_next(conn)
    actions.retry_prompts(conn, job, [1, 2, 3], ["media"], NOW, None)
    assert job_state(conn, job)[1] is None
    assert must_claim(conn).index == 1


def test_failures_that_differ_hold_the_job_at_five(conn: Connection, add_job: AddJob) -> None:
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


def test_a_success_lets_failures_count_from_0(conn: Connection, add_job: AddJob) -> None:
    job = add_job(10)
    prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, DONE, NOW)
    for _ in range(4):
        fail_next(conn)
    prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, DONE, NOW)
    fail_next(conn)
    assert job_state(conn, job)[1] is None
