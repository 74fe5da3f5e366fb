"""What an artist asks for, as rows: cancel, retry, hold, release, skip, the breaker, dependencies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.db.conftest import NOW
from tests.db.test_prompts import DONE, FAILED, claim, counts_are_true, must_claim, state_of
from video_queue.db import actions, job_lists, jobs, phases, prompts
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter
from video_queue.domain.catalogue import fail
from video_queue.domain.states import JobState, PhaseState, PromptState

AddJob = Callable[..., int]
LANES = ["media", "media", "media"]


def job_state(conn: Connection, job_id: int) -> tuple[str, str | None]:
    job = jobs.get_job(conn, job_id)
    assert job is not None
    return job.state, job.held_reason


def fail_next(conn: Connection, code: str = "input_missing.gone") -> None:
    found = must_claim(conn)
    error = fail(code, path="/x", detail="x").info()
    prompts.persist_prompt_result(
        conn, found.prompt_id, found.attempt, prompts.PromptResult(PromptState.FAILED, error=error), NOW
    )


def test_cancel_job(conn: Connection, add_job: AddJob) -> None:
    job = add_job(10_000)
    running = must_claim(conn)
    assert actions.cancel_job(conn, job, "enough", NOW) == 10_000
    assert jobs.get_job(conn, job).counts.cancelled == 9_999  # type: ignore[union-attr]  # it was just added
    assert prompts.cancel_requests(conn) == [(running.prompt_id, 1, "enough")]
    ended = prompts.PromptResult(PromptState.CANCELLED)
    phases.end_attempt(conn, running.prompt_id, running.attempt, 0, ended, NOW)
    assert job_state(conn, job) == ("cancelled", None)
    assert counts_are_true(conn)


def test_cancel_job_without_prompts(conn: Connection, add_job: AddJob) -> None:
    first = add_job()
    job = add_job(0, unexpanded=True, after=(first,))
    assert job_state(conn, job) == ("queued", None)
    actions.cancel_job(conn, job, "enough", NOW)
    assert job_state(conn, job) == ("cancelled", None)
    assert counts_are_true(conn)


def test_retry_prompts_keeps_finished_phases(conn: Connection, add_job: AddJob) -> None:
    job = add_job()
    found = must_claim(conn)
    phases.start_phase(conn, 1, 1, 0, "frames", NOW)
    phases.finish_phase(conn, 1, 1, 0, PhaseState.SUCCEEDED, {"n": 1}, {}, 1.0, "media", NOW)
    must_claim(conn)
    phases.start_phase(conn, 1, 1, 1, "video", NOW)
    phases.end_attempt(conn, found.prompt_id, 1, 1, FAILED, NOW)
    assert job_state(conn, job) == ("failed", None)
    assert actions.retry_prompts(conn, job, [1], LANES, NOW, None) == 1
    again = must_claim(conn)
    assert (again.phase_seq, again.attempt) == (1, 2)
    assert phases.phase_results(conn, 1) == {"frames": {"n": 1}}
    prompts.persist_prompt_result(conn, 1, 2, DONE, NOW)
    assert actions.retry_prompts(conn, job, [1], LANES, NOW, 0) == 1
    assert must_claim(conn).phase_seq == 0
    assert counts_are_true(conn)


def test_hold_prompt(conn: Connection, add_job: AddJob) -> None:
    add_job()
    assert actions.hold_prompt(conn, 1, "user", NOW)
    assert not actions.hold_prompt(conn, 1, "user", NOW)
    assert claim(conn) is None
    assert actions.hold_prompt(conn, 1, None, NOW)
    assert claim(conn) is not None


def test_release_job_frees_pilots(conn: Connection, add_job: AddJob) -> None:
    job = add_job(3, pilot=1)
    prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, DONE, NOW)
    assert claim(conn) is None
    actions.release_job(conn, job, NOW)
    assert must_claim(conn).index == 2


def test_skip_prompt(conn: Connection, add_job: AddJob) -> None:
    job = add_job()
    assert actions.skip_prompt(conn, 1, NOW)
    assert job_state(conn, job) == ("succeeded", None)
    assert not actions.skip_prompt(conn, 1, NOW)


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
        found = must_claim(conn)
        result = prompts.PromptResult(PromptState.FAILED, error=error)
        prompts.persist_prompt_result(conn, found.prompt_id, 1, result, NOW)
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
    found = must_claim(conn)
    assert claim(conn) is None
    prompts.persist_prompt_result(conn, found.prompt_id, 1, result, NOW)
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


def test_list_jobs(conn: Connection, add_job: AddJob) -> None:
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


def test_state_is_in_the_list(conn: Connection, add_job: AddJob) -> None:
    add_job()
    actions.skip_prompt(conn, 1, NOW)
    page = job_lists.list_jobs(conn, JobFilter(state=("succeeded",)))
    assert [job.state for job in page.items] == [JobState.SUCCEEDED]
    assert state_of(conn, 1) == "succeeded"
