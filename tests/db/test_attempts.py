"""A late report from an old attempt."""

from __future__ import annotations

import pytest

from tests.db.claims import DONE, FAILED, AddJob, must_claim, state_of
from tests.db.conftest import NOW
from video_queue.db import phases, prompts, publications, reviews
from video_queue.db.attempts import StaleAttemptError
from video_queue.db.connection import Connection


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
        reviews.enter_review(
            conn, old.prompt_id, old.attempt, 0, "frames", {"items": [], "decisions": []}, NOW
        )
    with pytest.raises(StaleAttemptError):
        publications.store_intent(conn, old.prompt_id, old.attempt, "{}")
    assert state_of(conn, new.prompt_id) == "running"
