"""What an artist asks for, as rows: cancel, retry, hold, release, skip."""

from __future__ import annotations

from tests.db.claims import DONE, FAILED, AddJob, claim, counts_are_true, job_state, must_claim
from tests.db.conftest import NOW
from video_queue.db import actions, events, jobs, phases, prompts
from video_queue.db.connection import Connection
from video_queue.domain.states import PhaseState, PromptState

LANES = ["media", "media", "media"]


def test_cancelling_a_job_ends_what_waits_and_marks_what_runs(conn: Connection, add_job: AddJob) -> None:
    job = add_job(10_000)
    running = must_claim(conn)
    assert actions.cancel_job(conn, job, "enough", NOW) == 10_000
    assert jobs.get_job(conn, job).counts.cancelled == 9_999  # type: ignore[union-attr]  # it was just added
    assert prompts.cancel_requests(conn) == [(running.prompt_id, 1, "enough")]
    ended = prompts.PromptResult(PromptState.CANCELLED)
    phases.end_attempt(conn, running.prompt_id, running.attempt, 0, ended, NOW)
    assert job_state(conn, job) == ("cancelled", None)
    assert counts_are_true(conn)


def test_every_prompt_of_a_cancelled_job_is_told_to_have_ended(conn: Connection, add_job: AddJob) -> None:
    job = add_job(3)
    must_claim(conn)
    actions.cancel_job(conn, job, "enough", NOW)
    ends = [event for event in events.list_events(conn, 0, 100, job) if event.type == "prompt.finished"]
    assert [(event.prompt_id, event.data["state"]) for event in ends] == [(2, "cancelled"), (3, "cancelled")]


def test_a_job_without_prompts_is_cancelled_at_once(conn: Connection, add_job: AddJob) -> None:
    first = add_job()
    job = add_job(0, unexpanded=True, after=(first,))
    assert job_state(conn, job) == ("queued", None)
    actions.cancel_job(conn, job, "enough", NOW)
    assert job_state(conn, job) == ("cancelled", None)
    assert counts_are_true(conn)


def test_a_retry_keeps_finished_phases(conn: Connection, add_job: AddJob) -> None:
    job = add_job()
    claimed = must_claim(conn)
    phases.start_phase(conn, 1, 1, 0, "frames", NOW)
    phases.finish_phase(conn, 1, 1, 0, PhaseState.SUCCEEDED, {"n": 1}, {}, 1.0, "media", NOW)
    must_claim(conn)
    phases.start_phase(conn, 1, 1, 1, "video", NOW)
    phases.end_attempt(conn, claimed.prompt_id, 1, 1, FAILED, NOW)
    assert job_state(conn, job) == ("failed", None)
    assert actions.retry_prompts(conn, job, [1], LANES, NOW, None) == 1
    again = must_claim(conn)
    assert (again.phase_seq, again.attempt) == (1, 2)
    assert phases.phase_results(conn, 1) == {"frames": {"n": 1}}
    prompts.persist_prompt_result(conn, 1, 2, DONE, NOW)
    assert actions.retry_prompts(conn, job, [1], LANES, NOW, 0) == 1
    assert must_claim(conn).phase_seq == 0
    assert counts_are_true(conn)


def test_a_held_prompt_is_not_claimed_until_it_is_released(conn: Connection, add_job: AddJob) -> None:
    add_job()
    assert actions.hold_prompt(conn, 1, "user", NOW)
    assert not actions.hold_prompt(conn, 1, "user", NOW)
    assert claim(conn) is None
    assert actions.hold_prompt(conn, 1, None, NOW)
    assert claim(conn) is not None


def test_releasing_a_job_releases_all_its_prompts(conn: Connection, add_job: AddJob) -> None:
    job = add_job(3, pilot=1)
    prompts.persist_prompt_result(conn, must_claim(conn).prompt_id, 1, DONE, NOW)
    assert claim(conn) is None
    actions.release_job(conn, job, NOW)
    assert must_claim(conn).index == 2


def test_a_skipped_prompt_counts_as_done(conn: Connection, add_job: AddJob) -> None:
    job = add_job()
    assert actions.skip_prompt(conn, 1, NOW)
    assert job_state(conn, job) == ("succeeded", None)
    assert not actions.skip_prompt(conn, 1, NOW)
