"""What is claimed next: order, what must wait, what stands prepared, when the next is due."""

from __future__ import annotations

import pytest

from tests.db.claims import AddJob, claim, counts_are_true, must_claim, state_of
from tests.db.conftest import NOW
from video_queue.db import claims, phases, queue_state
from video_queue.db.connection import Connection
from video_queue.domain.states import PhaseState


def test_prompts_are_claimed_by_priority_then_by_place(conn: Connection, add_job: AddJob) -> None:
    low = add_job(2)
    high = add_job(1, priority=5)
    front = add_job(1, front=True)
    order = [(claimed.job_id, claimed.index) for _ in range(4) if (claimed := claim(conn))]
    assert order == [(high, 1), (front, 1), (low, 1), (low, 2)]
    assert claim(conn) is None
    assert counts_are_true(conn)


def test_what_has_begun_is_claimed_before_what_has_not(conn: Connection, add_job: AddJob) -> None:
    add_job(2)
    first = must_claim(conn)
    phases.start_phase(conn, first.prompt_id, 1, 0, "frames", NOW)
    phases.finish_phase(
        conn, first.prompt_id, 1, 0, PhaseState.SUCCEEDED, {"images": []}, {}, 1.0, "media", NOW
    )
    again = must_claim(conn)
    assert (again.prompt_id, again.attempt, again.phase_seq) == (first.prompt_id, 1, 1)


def test_only_a_few_prompts_are_prepared_ahead_for_the_gpu(conn: Connection, add_job: AddJob) -> None:
    add_job(4, uses_gpu=True)
    other = add_job(1)
    for _ in range(2):
        claimed = must_claim(conn)
        phases.start_phase(conn, claimed.prompt_id, 1, 0, "frames", NOW)
        phases.finish_phase(conn, claimed.prompt_id, 1, 0, PhaseState.SUCCEEDED, {}, {}, 1.0, "gpu", NOW)
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
def test_what_must_wait_is_not_claimed(conn: Connection, add_job: AddJob, obstacle: str) -> None:
    add_job()
    conn.execute(obstacle)
    assert claim(conn) is None
    assert state_of(conn, 1) == "queued"


def test_a_claimed_prompt_has_a_log(conn: Connection, add_job: AddJob) -> None:
    job = add_job()
    claimed = must_claim(conn)
    stored = conn.execute("SELECT log_path FROM prompt").fetchone()[0]
    assert stored == claimed.log_path == f"/logs/{job}/1.log"


def test_the_next_wake_is_when_the_first_thing_is_due(conn: Connection, add_job: AddJob) -> None:
    add_job()
    assert claims.next_wake(conn, 100.0) is None
    conn.execute("UPDATE prompt SET not_before = 130")
    assert claims.next_wake(conn, 100.0) == 130.0
    queue_state.pause_queue(conn, "user", 120.0, NOW)
    assert claims.next_wake(conn, 100.0) == 120.0


def test_what_is_held_is_no_work(conn: Connection, add_job: AddJob) -> None:
    assert not claims.has_work(conn)
    add_job()
    assert claims.has_work(conn)
    conn.execute("UPDATE prompt SET held_reason = 'user'")
    assert not claims.has_work(conn)


def test_peek_ready_says_what_will_be_claimed(conn: Connection, add_job: AddJob) -> None:
    add_job(2, lane="gpu")
    first = add_job(3, lane="gpu", priority=5)
    conn.execute("UPDATE prompt SET held_reason = 'user' WHERE job_id = ? AND idx = 2", (first,))
    ahead = claims.peek_ready(conn, "gpu", 100.0, 5)
    assert [(claim.job_id, claim.index, claim.attempt) for claim in ahead] == [(first, 1, 1), (first, 3, 1)]
    claimed = [must_claim(conn, "gpu") for _ in ahead]
    assert [(claim.prompt_id, claim.attempt) for claim in claimed] == [
        (claim.prompt_id, claim.attempt) for claim in ahead
    ]
    assert claims.peek_ready(conn, "media", 100.0, 5) == []
