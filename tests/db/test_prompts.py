"""Claiming and ending prompts: order, guards, attempts, counts."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.db.conftest import NOW
from video_queue.db import actions, claims, jobs, phases, prompts, publications, queue_state, reviews, tally
from video_queue.db.attempts import StaleAttemptError
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.prompts import PromptResult
from video_queue.domain.catalogue import fail
from video_queue.domain.states import (
    PHASE_TRANSITIONS,
    PROMPT_TRANSITIONS,
    JobState,
    LaneState,
    PhaseState,
    PromptState,
    derive_job_state,
    may_become,
    phase_may_become,
)

AddJob = Callable[..., int]
DONE = PromptResult(PromptState.SUCCEEDED)
FAILED = PromptResult(PromptState.FAILED, error=fail("input_missing.gone", path="/x").info())


def claim(conn: Connection, lane: str = "media", now: float = 100.0, lookahead: int = 2) -> Claim | None:
    return claims.claim_next_prompt(conn, lane, now, NOW, "/logs", lookahead)


def must_claim(conn: Connection, lane: str = "media") -> Claim:
    found = claim(conn, lane)
    assert found is not None
    return found


def state_of(conn: Connection, prompt_id: int) -> str:
    return str(conn.execute("SELECT state FROM prompt WHERE id = ?", (prompt_id,)).fetchone()[0])


def put_prompt(conn: Connection, prompt_id: int, state: PromptState) -> None:
    """Let a queued prompt be in `state`, its job and all counts too, past the transition table."""
    conn.execute("UPDATE prompt SET state = ? WHERE id = ?", (state, prompt_id))
    if state is not PromptState.QUEUED:
        prompts.count_state(conn, 1, PromptState.QUEUED, state)
    jobs.update_job_status(conn, 1, NOW)


def counts_are_true(conn: Connection) -> bool:
    """Whether the tally and the jobs' own counts equal what the rows say."""
    rows = conn.execute("SELECT state, count(*) FROM prompt GROUP BY state").fetchall()
    job_rows = conn.execute("SELECT state, count(*) FROM job GROUP BY state").fetchall()
    for job in conn.execute("SELECT * FROM job"):
        for state in PromptState:
            sql = "SELECT count(*) FROM prompt WHERE job_id = ? AND state = ?"
            if conn.execute(sql, (job["id"], state)).fetchone()[0] != job[state]:
                return False
    return tally.read_tally(conn, "prompt") == {r[0]: r[1] for r in rows} and tally.read_tally(
        conn, "job"
    ) == {r[0]: r[1] for r in job_rows}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(PromptState, PromptState)))
def test_change_prompt_state(
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


@pytest.mark.parametrize(("before", "after"), list(itertools.product(PhaseState, PhaseState)))
def test_phase_transitions(before: PhaseState, after: PhaseState) -> None:
    assert (before in phase_may_become(after)) is (after in PHASE_TRANSITIONS[before])


def test_may_become() -> None:
    assert set(may_become(PromptState.RUNNING)) == {PromptState.QUEUED}


def test_claim_next_prompt(conn: Connection, add_job: AddJob) -> None:
    low = add_job(2)
    high = add_job(1, priority=5)
    front = add_job(1, front=True)
    order = [(found.job_id, found.index) for _ in range(4) if (found := claim(conn))]
    assert order == [(high, 1), (front, 1), (low, 1), (low, 2)]
    assert claim(conn) is None
    assert counts_are_true(conn)


def test_claim_next_prompt_prefers_what_has_begun(conn: Connection, add_job: AddJob) -> None:
    add_job(2)
    first = must_claim(conn)
    phases.start_phase(conn, first.prompt_id, 1, 0, "frames", NOW)
    phases.finish_phase(
        conn, first.prompt_id, 1, 0, PhaseState.SUCCEEDED, {"images": []}, {}, 1.0, "media", NOW
    )
    again = must_claim(conn)
    assert (again.prompt_id, again.attempt, again.phase_seq) == (first.prompt_id, 1, 1)


def test_claim_next_prompt_prepares_few_ahead_for_the_gpu(conn: Connection, add_job: AddJob) -> None:
    add_job(4, uses_gpu=True)
    other = add_job(1)
    for _ in range(2):
        found = must_claim(conn)
        phases.start_phase(conn, found.prompt_id, 1, 0, "frames", NOW)
        phases.finish_phase(conn, found.prompt_id, 1, 0, PhaseState.SUCCEEDED, {}, {}, 1.0, "gpu", NOW)
    assert must_claim(conn).job_id == other
    assert claim(conn) is None
    assert must_claim(conn, "gpu").index == 1
    assert must_claim(conn).index == 3


@pytest.mark.parametrize(
    "obstacle",
    [
        "UPDATE job SET held_reason = 'user'",
        "UPDATE prompt SET held_reason = 'user'",
        "UPDATE prompt SET not_before = 101",
        "UPDATE job SET not_before = 101",
        "UPDATE job SET blocked = 1",
        "UPDATE queue SET state = 'paused'",
        "UPDATE lane SET state = 'waiting'",
    ],
)
def test_claim_next_prompt_leaves_what_must_wait(conn: Connection, add_job: AddJob, obstacle: str) -> None:
    add_job()
    conn.execute(obstacle)
    assert claim(conn) is None
    assert state_of(conn, 1) == "queued"


def test_set_prompt_log_path(conn: Connection, add_job: AddJob) -> None:
    job = add_job()
    found = must_claim(conn)
    stored = conn.execute("SELECT log_path FROM prompt").fetchone()[0]
    assert stored == found.log_path == f"/logs/{job}/1.log"


def test_persist_prompt_result(conn: Connection, add_job: AddJob) -> None:
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


def test_late_reports_change_nothing(conn: Connection, add_job: AddJob) -> None:
    add_job()
    old = must_claim(conn)
    prompts.requeue(conn, old.prompt_id, old.attempt, NOW)
    new = must_claim(conn)
    assert new.attempt == old.attempt + 1
    with pytest.raises(StaleAttemptError):
        prompts.persist_prompt_result(conn, old.prompt_id, old.attempt, DONE, NOW)
    with pytest.raises(StaleAttemptError):
        prompts.requeue(conn, old.prompt_id, old.attempt, NOW)
    with pytest.raises(StaleAttemptError):
        prompts.pass_on(conn, old.prompt_id, old.attempt, 1, "media", NOW)
    with pytest.raises(StaleAttemptError):
        phases.end_attempt(conn, old.prompt_id, old.attempt, 0, FAILED, NOW)
    with pytest.raises(StaleAttemptError):
        phases.start_phase(conn, old.prompt_id, old.attempt, 0, "frames", NOW)
    with pytest.raises(StaleAttemptError):
        phases.finish_item(conn, old.prompt_id, old.attempt, 0, 1, {})
    with pytest.raises(StaleAttemptError):
        reviews.enter_review(conn, old.prompt_id, old.attempt, 0, "frames", [], NOW)
    with pytest.raises(StaleAttemptError):
        publications.store_intent(conn, old.prompt_id, old.attempt, "{}")
    assert state_of(conn, new.prompt_id) == "running"


def test_requeue_keeps_finished_phases(conn: Connection, add_job: AddJob) -> None:
    add_job()
    first = must_claim(conn)
    phases.start_phase(conn, first.prompt_id, 1, 0, "frames", NOW)
    phases.finish_phase(conn, first.prompt_id, 1, 0, PhaseState.SUCCEEDED, {"n": 1}, {}, 1.0, "media", NOW)
    second = must_claim(conn)
    phases.start_phase(conn, second.prompt_id, 1, 1, "video", NOW)
    prompts.requeue(conn, second.prompt_id, 1, NOW, not_before=150.0, failures=1, waiting="retry")
    assert claim(conn, now=149.0) is None
    again = claim(conn, now=151.0)
    assert again is not None
    assert (again.phase_seq, again.attempt, again.failures) == (1, 2, 1)
    assert phases.phase_results(conn, again.prompt_id) == {"frames": {"n": 1}}


def test_release_orphans(conn: Connection, add_job: AddJob) -> None:
    job = add_job(3)
    for _ in range(2):
        found = must_claim(conn)
        phases.start_phase(conn, found.prompt_id, 1, 0, "frames", NOW)
    actions.cancel_prompt(conn, 2, "enough", NOW)
    assert prompts.release_orphans(conn, NOW) == []
    assert [state_of(conn, number) for number in (1, 2, 3)] == ["queued", "cancelled", "queued"]
    crashes = conn.execute("SELECT crashes FROM phase WHERE prompt_id = 1").fetchone()[0]
    assert crashes == 1
    assert must_claim(conn).attempt == 2
    assert counts_are_true(conn)
    assert jobs.get_job(conn, job) is not None


def test_release_orphans_leaves_publications(conn: Connection, add_job: AddJob) -> None:
    add_job()
    found = must_claim(conn)
    conn.execute("INSERT INTO publication VALUES (?, 1, '{}')", (found.prompt_id,))
    assert prompts.release_orphans(conn, NOW) == [(found.prompt_id, 1)]
    assert state_of(conn, found.prompt_id) == "running"


def test_cancel_mark_is_heeded_between_phases(conn: Connection, add_job: AddJob) -> None:
    add_job()
    found = must_claim(conn)
    phases.start_phase(conn, found.prompt_id, 1, 0, "frames", NOW)
    actions.cancel_prompt(conn, found.prompt_id, "enough", NOW)
    assert prompts.cancel_requests(conn) == [(found.prompt_id, 1, "enough")]
    phases.finish_phase(conn, found.prompt_id, 1, 0, PhaseState.SUCCEEDED, {}, {}, 1.0, "media", NOW)
    assert state_of(conn, found.prompt_id) == "cancelled"
    assert counts_are_true(conn)


def test_next_wake(conn: Connection, add_job: AddJob) -> None:
    add_job()
    assert claims.next_wake(conn, 100.0) is None
    conn.execute("UPDATE prompt SET not_before = 130")
    assert claims.next_wake(conn, 100.0) == 130.0
    queue_state.pause_queue(conn, "user", 120.0, NOW)
    assert claims.next_wake(conn, 100.0) == 120.0


def test_has_work(conn: Connection, add_job: AddJob) -> None:
    assert not claims.has_work(conn)
    add_job()
    assert claims.has_work(conn)
    conn.execute("UPDATE prompt SET held_reason = 'user'")
    assert not claims.has_work(conn)


def test_lanes_wait_and_go_on(conn: Connection, add_job: AddJob) -> None:
    add_job()
    for _ in range(2):
        queue_state.set_lane(conn, "media", LaneState.WAITING, "disk_full", NOW)
    assert claim(conn) is None
    queue_state.set_lane(conn, "media", LaneState.RUNNING, None, NOW)
    assert claim(conn) is not None
    lane_events = [event.type for event in conn.events if event.type.startswith("lane.")]
    assert lane_events == ["lane.waiting", "lane.running"]


def test_pause_queue(conn: Connection, add_job: AddJob) -> None:
    add_job(2)
    found = must_claim(conn)
    queue_state.pause_queue(conn, "user", None, NOW)
    assert queue_state.read_queue(conn)["state"] == "pausing"
    assert claim(conn) is None
    prompts.persist_prompt_result(conn, found.prompt_id, found.attempt, DONE, NOW)
    queue_state.finish_pause(conn, NOW)
    assert queue_state.read_queue(conn)["state"] == "paused"
    queue_state.resume_queue(conn, NOW)
    assert claim(conn) is not None


@pytest.mark.parametrize(
    ("counts", "started", "expected"),
    [
        ({"running": 1, "failed": 3}, True, "running"),
        ({"review": 1, "succeeded": 3}, True, "review"),
        ({"review": 1, "queued": 3}, True, "running"),
        ({"queued": 3}, False, "queued"),
        ({"queued": 3, "succeeded": 1}, True, "running"),
        ({"failed": 1, "succeeded": 1, "cancelled": 1}, True, "partial"),
        ({"failed": 1, "cancelled": 1}, True, "failed"),
        ({"cancelled": 1, "succeeded": 5}, True, "cancelled"),
        ({"succeeded": 5}, True, "succeeded"),
        ({}, False, "queued"),
    ],
)
def test_derive_job_state(counts: dict[str, int], started: bool, expected: str) -> None:
    assert derive_job_state({PromptState(k): v for k, v in counts.items()}, started=started) == expected
