"""What is claimed next: order, what must wait, what stands prepared, when the next is due."""

from __future__ import annotations

import json

import pytest

from tests.db.claims import AddJob, claim, counts_are_true, must_claim, state_of
from tests.db.conftest import NOW
from video_queue.db import claims, phases, prompts, queue_state
from video_queue.db.choice import Gpu
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


def prepare_next(conn: Connection) -> int:
    """Let the media lane begin a prompt and prepare it for the GPU; its job."""
    claimed = must_claim(conn)
    phases.start_phase(conn, claimed.prompt_id, 1, 0, "frames", NOW)
    phases.finish_phase(conn, claimed.prompt_id, 1, 0, PhaseState.SUCCEEDED, {}, {}, 1.0, "gpu", NOW)
    return claimed.job_id


def test_only_a_few_prompts_are_prepared_ahead_for_the_gpu(conn: Connection, add_job: AddJob) -> None:
    add_job(4, uses_gpu=True)
    other = add_job(1)
    for _ in range(2):
        prepare_next(conn)
    assert must_claim(conn).job_id == other
    assert claim(conn) is None
    assert must_claim(conn, "gpu").index == 1
    assert must_claim(conn).index == 3
    assert counts_are_true(conn)


@pytest.mark.parametrize(
    "obstacle", ["held_reason = 'user'", "held_reason = 'breaker'", "blocked = 1", "not_before = 101"]
)
def test_prompts_prepared_for_a_job_that_must_wait_stop_no_other_job(
    conn: Connection, add_job: AddJob, obstacle: str
) -> None:
    first, second = add_job(3, uses_gpu=True), add_job(3, uses_gpu=True)
    assert [prepare_next(conn) for _ in range(2)] == [first, first]
    assert claim(conn) is None
    conn.execute(f"UPDATE job SET {obstacle} WHERE id = ?", (first,))
    assert [prepare_next(conn) for _ in range(2)] == [second, second]
    assert claim(conn) is None
    conn.execute("UPDATE job SET held_reason = NULL, blocked = 0, not_before = NULL WHERE id = ?", (first,))
    assert claim(conn) is None
    assert must_claim(conn, "gpu").job_id == first


def test_an_interrupted_encode_goes_before_the_encodes_that_came_after_it(
    conn: Connection, add_job: AddJob
) -> None:
    add_job(5, uses_gpu=True)

    def render_next() -> None:
        rendered = must_claim(conn, "gpu")
        phases.start_phase(conn, rendered.prompt_id, 1, 1, "render", NOW)
        end = (PhaseState.SUCCEEDED, {}, {}, 1.0, "media", NOW)
        phases.finish_phase(conn, rendered.prompt_id, 1, 1, *end, gpu_left=False)

    for _ in range(2):
        prepare_next(conn)
    render_next()
    encoding = must_claim(conn)
    prepare_next(conn)
    render_next()
    prompts.requeue(conn, encoding.prompt_id, 1, NOW)
    assert [(again.index, again.phase_seq) for again in (must_claim(conn), must_claim(conn))] == [
        (1, 2),
        (2, 2),
    ]
    assert counts_are_true(conn)


def test_a_job_of_higher_priority_is_prepared_at_once(conn: Connection, add_job: AddJob) -> None:
    low = add_job(4, uses_gpu=True)
    assert [prepare_next(conn) for _ in range(2)] == [low, low]
    high = add_job(3, uses_gpu=True, priority=10)
    assert [prepare_next(conn) for _ in range(2)] == [high, high]
    assert claim(conn) is None
    assert [must_claim(conn, "gpu").job_id for _ in range(4)] == [high, high, low, low]
    assert counts_are_true(conn)


def test_a_postponed_prompt_is_claimed_when_its_time_has_come(conn: Connection, add_job: AddJob) -> None:
    add_job(3)
    conn.execute("UPDATE prompt SET not_before = 130 WHERE idx < 3")
    assert must_claim(conn).index == 3
    assert claim(conn, now=129.0) is None
    first = claim(conn, now=130.0)
    assert first is not None
    assert first.index == 1
    assert counts_are_true(conn)


def test_a_clock_that_is_put_back_makes_no_short_wait_long(conn: Connection, add_job: AddJob) -> None:
    add_job(1)
    first = must_claim(conn)
    later = "9999-01-01T00:00:00.000Z"
    prompts.requeue(conn, first.prompt_id, first.attempt, later, not_before=3705.0, waiting="retry")
    again = must_claim(conn)
    assert (again.prompt_id, again.attempt) == (first.prompt_id, 2)
    prompts.requeue(conn, again.prompt_id, again.attempt, NOW, not_before=105.0, waiting="retry")
    assert claim(conn) is None
    assert claim(conn, now=105.0) is not None


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
    assert not claims.may_claim(conn, "media", 100.0, NOW, 2)
    assert claim(conn) is None
    assert state_of(conn, 1) == "queued"


def test_a_claimed_prompt_has_a_log(conn: Connection, add_job: AddJob) -> None:
    job = add_job()
    claimed = must_claim(conn)
    stored = conn.execute("SELECT log_path FROM prompt").fetchone()[0]
    assert stored == claimed.log_path == f"/logs/{job}/1.log"


def test_a_claim_of_a_job_of_ten_thousand_files_does_not_carry_all_their_names(
    conn: Connection, add_job: AddJob
) -> None:
    files = [f"/renders/{number:05}.png" for number in range(10_000)]
    add_job(
        submission=json.dumps({"workflow": "x", "inputs": files, "if_exists": "skip", "rows": [{"a": 1}]})
    )
    assert must_claim(conn).submission == {"workflow": "x", "if_exists": "skip"}


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
    ahead = claims.peek_ready(conn, 5, Gpu(100.0))
    assert [(claim.job_id, claim.index, claim.attempt) for claim in ahead] == [(first, 1, 1), (first, 3, 1)]
    claimed = [must_claim(conn, "gpu") for _ in ahead]
    assert [(claim.prompt_id, claim.attempt) for claim in claimed] == [
        (claim.prompt_id, claim.attempt) for claim in ahead
    ]
    assert [claim.job_id for claim in claims.peek_ready(conn, 1, Gpu(100.0))] == [1]


def test_an_interrupted_render_goes_before_those_that_were_prepared_after_it(
    conn: Connection, add_job: AddJob
) -> None:
    add_job(3, uses_gpu=True)
    for _ in range(2):
        prepared = must_claim(conn)
        prompts.pass_on(conn, prepared.prompt_id, prepared.attempt, 1, "gpu", NOW)
    first = must_claim(conn, "gpu")
    prompts.requeue(conn, first.prompt_id, first.attempt, NOW)
    assert [claim.index for claim in claims.peek_ready(conn, 2, Gpu(100.0))] == [1, 2]
    assert [must_claim(conn, "gpu").index for _ in range(2)] == [1, 2]
