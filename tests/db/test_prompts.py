"""Ending and requeueing prompts: guards, counts, what a crash leaves."""

from __future__ import annotations

import itertools

import pytest

from tests.db.claims import DONE, FAILED, AddJob, claim, counts_are_true, must_claim, put_prompt, state_of
from tests.db.conftest import NOW
from video_queue.db import actions, children, gpu_need, jobs, phases, prompts, reviews
from video_queue.db.connection import Connection
from video_queue.domain.states import PROMPT_TRANSITIONS, JobState, PhaseState, PromptState


@pytest.mark.parametrize(("before", "after"), list(itertools.product(PromptState, PromptState)))
def test_a_prompt_changes_its_state_only_as_the_table_says(
    conn: Connection, add_job: AddJob, before: PromptState, after: PromptState
) -> None:
    add_job()
    put_prompt(conn, 1, before)
    if after in PROMPT_TRANSITIONS[before]:
        prompts.change_prompt_state(conn, 1, after)
    else:
        with pytest.raises(ValueError, match=f"cannot become {after}"):
            prompts.change_prompt_state(conn, 1, after)
    assert state_of(conn, 1) == (after if after in PROMPT_TRANSITIONS[before] else before)
    jobs.update_job_status(conn, 1, NOW)
    assert counts_are_true(conn)


def test_the_ends_of_prompts_make_the_state_of_their_job(conn: Connection, add_job: AddJob) -> None:
    job = add_job(2)
    first, second = must_claim(conn), must_claim(conn)
    prompts.persist_prompt_result(conn, first.prompt_id, first.attempt, DONE, NOW)
    assert jobs.update_job_status(conn, job, NOW) is JobState.RUNNING
    prompts.persist_prompt_result(conn, second.prompt_id, second.attempt, FAILED, NOW)
    view = jobs.get_job(conn, job)
    assert view is not None
    assert (view.state, view.counts.succeeded, view.counts.failed) == (JobState.PARTIAL, 1, 1)
    assert counts_are_true(conn)
    assert [event.type for event in conn.events][-2:] == ["prompt.finished", "job.finished"]


def test_a_requeued_prompt_keeps_its_finished_phases(conn: Connection, add_job: AddJob) -> None:
    add_job()
    first = must_claim(conn)
    phases.start_phase(conn, first.prompt_id, 1, 0, "frames", NOW)
    phases.finish_phase(conn, first.prompt_id, 1, 0, PhaseState.SUCCEEDED, {"n": 1}, {}, 1.0, "media", NOW)
    second = must_claim(conn)
    phases.start_phase(conn, second.prompt_id, 1, 1, "video", NOW)
    prompts.requeue(conn, second.prompt_id, 1, NOW, not_before=150.0, failure="comfy_lost", waiting="retry")
    assert claim(conn, now=149.0) is None
    again = claim(conn, now=151.0)
    assert again is not None
    assert (again.phase_seq, again.attempt, again.failures) == (1, 2, 1)
    assert phases.phase_results(conn, again.prompt_id) == {"frames": {"n": 1}}


def test_failures_count_for_the_phase_they_came_from(conn: Connection, add_job: AddJob) -> None:
    add_job()
    first = must_claim(conn)
    phases.start_phase(conn, first.prompt_id, 1, 0, "frames", NOW)
    prompts.requeue(conn, first.prompt_id, 1, NOW, failure="stalled")
    again = must_claim(conn)
    prompts.requeue(conn, again.prompt_id, again.attempt, NOW, failure="comfy_lost")
    third = must_claim(conn)
    assert prompts.phase_failures(conn, third.prompt_id) == {"stalled": 1, "comfy_lost": 1}
    phases.start_phase(conn, third.prompt_id, 3, 0, "frames", NOW)
    phases.finish_phase(conn, third.prompt_id, 3, 0, PhaseState.SUCCEEDED, {}, {}, 1.0, "media", NOW)
    assert prompts.phase_failures(conn, third.prompt_id) == {}
    assert must_claim(conn).failures == 2


def test_a_finished_item_lets_failures_count_from_0(conn: Connection, add_job: AddJob) -> None:
    add_job()
    first = must_claim(conn)
    phases.start_phase(conn, first.prompt_id, 1, 0, "frames", NOW)
    prompts.requeue(conn, first.prompt_id, 1, NOW, failure="comfy_lost")
    again = must_claim(conn)
    phases.finish_item(conn, again.prompt_id, again.attempt, 0, 1, {})
    assert prompts.phase_failures(conn, again.prompt_id) == {}


def crashes_of(conn: Connection) -> list[int]:
    """How often the process died in each prompt's step."""
    return [row["crashes"] for row in conn.execute("SELECT crashes FROM prompt ORDER BY id")]


def test_a_crash_counts_for_what_the_process_read_itself_and_not_for_what_ffmpeg_ran(
    conn: Connection, add_job: AddJob
) -> None:
    add_job(4)
    first, second = must_claim(conn), must_claim(conn)
    phases.start_phase(conn, first.prompt_id, 1, 0, "frames", NOW)
    children.insert_child(conn, 4711, "now", "ffmpeg", first.prompt_id)
    prompts.set_prefetching(conn, [4], True)
    prompts.release_orphans(conn, NOW)
    assert crashes_of(conn) == [0, 1, 0, 1]
    first, second = must_claim(conn), must_claim(conn)
    phases.start_phase(conn, second.prompt_id, second.attempt, 0, "frames", NOW)
    phases.finish_phase(
        conn, second.prompt_id, second.attempt, 0, PhaseState.SUCCEEDED, {}, {}, 1.0, "media", NOW
    )
    prompts.release_orphans(conn, NOW)
    assert crashes_of(conn) == [1, 0, 0, 1]  # what nothing else explains counts for all that was active


def test_after_a_crash_what_ran_is_queued_again(conn: Connection, add_job: AddJob) -> None:
    job = add_job(3)
    for _ in range(2):
        claimed = must_claim(conn)
        phases.start_phase(conn, claimed.prompt_id, 1, 0, "frames", NOW)
    actions.cancel_prompt(conn, 2, "enough", NOW)
    assert prompts.release_orphans(conn, NOW) == []
    assert [state_of(conn, number) for number in (1, 2, 3)] == ["queued", "cancelled", "queued"]
    assert crashes_of(conn) == [1, 1, 0]
    assert must_claim(conn).attempt == 2
    assert counts_are_true(conn)
    assert jobs.get_job(conn, job) is not None


def test_after_a_crash_what_was_publishing_is_left_to_recovery(conn: Connection, add_job: AddJob) -> None:
    add_job()
    claimed = must_claim(conn)
    conn.execute("INSERT INTO publication VALUES (?, 1, '{}')", (claimed.prompt_id,))
    assert prompts.release_orphans(conn, NOW) == [(claimed.prompt_id, 1)]
    assert state_of(conn, claimed.prompt_id) == "running"


def test_a_prompt_marked_for_cancelling_ends_between_two_phases(conn: Connection, add_job: AddJob) -> None:
    add_job()
    claimed = must_claim(conn)
    phases.start_phase(conn, claimed.prompt_id, 1, 0, "frames", NOW)
    actions.cancel_prompt(conn, claimed.prompt_id, "enough", NOW)
    assert prompts.cancel_requests(conn) == [(claimed.prompt_id, 1, "enough")]
    phases.finish_phase(conn, claimed.prompt_id, 1, 0, PhaseState.SUCCEEDED, {}, {}, 1.0, "media", NOW)
    assert state_of(conn, claimed.prompt_id) == "cancelled"
    assert counts_are_true(conn)


@pytest.mark.parametrize("end", ["review", "render"])
def test_a_cancel_at_the_moment_a_step_ends_is_not_lost(conn: Connection, add_job: AddJob, end: str) -> None:
    """The worker did not see the mark, and nobody holds the prompt any more."""
    add_job(1)
    claimed = must_claim(conn)
    actions.cancel_prompt(conn, claimed.prompt_id, "enough", NOW)
    if end == "review":
        reviews.enter_review(
            conn, claimed.prompt_id, claimed.attempt, 0, "check", {"items": [], "decisions": []}, NOW
        )
    else:
        gpu_need.require_render(conn, claimed.prompt_id, claimed.attempt, NOW)
    assert state_of(conn, claimed.prompt_id) == "cancelled"
    assert counts_are_true(conn)
