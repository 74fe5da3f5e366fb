"""The rows of a prompt whose review splits an item: what is kept, what runs again, and what a failure leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.db.claims import FAILED, counts_are_true, must_claim
from tests.db.conftest import NOW
from video_queue.db import actions, phases, review_edits, reviews
from video_queue.db.attempts import StaleAttemptError
from video_queue.db.connection import Connection
from video_queue.db.review_edits import EditedItems
from video_queue.domain.states import PhaseState

AddJob = Callable[..., int]
LANES = ("media",) * 5
# The list, a phase for each of it, one that has nothing to do with it, and the gate.
NAMES = ("list", "each", "other", "gate")
GATE: dict[str, Any] = {"items": ["a", "b"], "decisions": [{"item": 2, "do": "approve"}], "between": ["each"]}
EDIT = EditedItems(
    seq=0,
    result={"items": ["a1", "a2", "b"]},
    files="[]",
    moved={2: 3},
    parallel=[1],
    again=[],
    gate={"items": [], "count": 3, "decisions": [{"item": 3, "do": "approve"}], "original": ["a", "b"]},
    lane="media",
)


@pytest.fixture
def job(conn: Connection, add_job: AddJob) -> int:
    """A job whose prompt is at its gate with an edit to do, claimed for it in its second attempt."""
    job = add_job()
    for seq, name in enumerate(NAMES[:3]):
        must_claim(conn)
        phases.start_phase(conn, 1, 1, seq, name, NOW)
        if name == "each":
            for item in (1, 2):
                phases.finish_item(conn, 1, 1, seq, item, {"file": f"{name} {item}"}, "[]")
        phases.finish_phase(conn, 1, 1, seq, PhaseState.SUCCEEDED, {"n": seq}, {}, 1.0, "media", NOW)
    must_claim(conn)
    reviews.enter_review(conn, 1, 1, 3, "gate", GATE, NOW)
    reviews.edit(conn, 1, 3, {**GATE, "edits": [{"item": 1, "do": "split", "at_frame": 2}]}, "media", NOW)
    assert must_claim(conn).attempt == 2
    return job


def _states(conn: Connection) -> list[str]:
    return [str(row[0]) for row in conn.execute("SELECT state FROM phase WHERE prompt_id = 1 ORDER BY seq")]


def test_items_are_numbered_again_and_what_has_nothing_to_do_with_them_is_passed(
    conn: Connection, job: int
) -> None:
    review_edits.apply(conn, 1, 2, 3, EDIT, NOW)
    assert _states(conn) == ["succeeded", "pending", "succeeded", "pending"]
    assert phases.finished_items(conn, 1, 1) == {3: {"file": "each 2"}}
    assert must_claim(conn).phase_seq == 1
    phases.start_phase(conn, 1, 2, 1, "each", NOW)
    ahead = phases.finished_ahead(conn, 1, 1)
    phases.finish_phase(
        conn, 1, 2, 1, PhaseState.SUCCEEDED, {"n": 1}, {}, 1.0, LANES[2 + ahead], NOW, ahead=ahead
    )
    assert must_claim(conn).phase_seq == 3
    assert reviews.pending_gate(conn, 1, 3) == EDIT.gate
    assert counts_are_true(conn)


def test_a_new_item_that_fails_is_tried_again_with_all_that_was_decided(conn: Connection, job: int) -> None:
    review_edits.apply(conn, 1, 2, 3, EDIT, NOW)
    must_claim(conn)
    phases.start_phase(conn, 1, 2, 1, "each", NOW)
    phases.end_attempt(conn, 1, 2, 1, FAILED, NOW)
    assert actions.retry_prompts(conn, job, [1], LANES, NOW, None) == 1
    assert must_claim(conn).phase_seq == 1
    assert phases.finished_items(conn, 1, 1) == {3: {"file": "each 2"}}
    assert reviews.pending_gate(conn, 1, 3) == EDIT.gate
    assert counts_are_true(conn)


def test_an_edit_of_an_attempt_that_is_over_changes_nothing(conn: Connection, job: int) -> None:
    before = conn.execute("SELECT * FROM phase ORDER BY seq").fetchall()
    with pytest.raises(StaleAttemptError):
        review_edits.apply(conn, 1, 1, 3, EDIT, NOW)
    assert [tuple(row) for row in conn.execute("SELECT * FROM phase ORDER BY seq")] == [
        tuple(row) for row in before
    ]
