"""New jobs: what is found of those that are there."""

from __future__ import annotations

from tests.db.claims import AddJob, must_claim
from tests.db.conftest import NOW
from video_queue.db import actions, enqueue
from video_queue.db.connection import Connection


def test_a_finished_job_is_no_duplicate_but_keeps_its_idempotency_key(
    conn: Connection, add_job: AddJob
) -> None:
    job = add_job(idempotency_key="k", dedupe_key="d")
    assert enqueue.find_idempotent(conn, "k") == job
    assert enqueue.find_duplicate(conn, "d") == job
    actions.skip_prompt(conn, 1, NOW)
    assert enqueue.find_idempotent(conn, "k") == job
    assert enqueue.find_duplicate(conn, "d") is None


def test_a_job_that_is_being_cancelled_is_no_duplicate(conn: Connection, add_job: AddJob) -> None:
    job = add_job(2, dedupe_key="d")
    must_claim(conn)
    assert enqueue.find_duplicate(conn, "d") == job
    actions.cancel_job(conn, job, "enough", NOW)
    assert enqueue.find_duplicate(conn, "d") is None


def test_a_job_of_which_one_render_is_cancelled_is_still_the_same_work(
    conn: Connection, add_job: AddJob
) -> None:
    job = add_job(2, dedupe_key="d")
    claimed = must_claim(conn)
    actions.cancel_prompt(conn, claimed.prompt_id, "enough", NOW)
    assert enqueue.find_duplicate(conn, "d") == job
