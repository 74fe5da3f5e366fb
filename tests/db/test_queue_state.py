"""Pauses of the queue, and lanes that wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.db.claims import DONE, AddJob, claim, must_claim
from tests.db.conftest import NOW
from video_queue.db import prompts, queue_state, reviews
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.domain.states import LaneState


def test_a_waiting_lane_claims_nothing_until_it_runs(conn: Connection, add_job: AddJob) -> None:
    add_job()
    for _ in range(2):
        queue_state.set_lane(conn, "media", LaneState.WAITING, "disk_full", NOW)
    assert claim(conn) is None
    queue_state.set_lane(conn, "media", LaneState.RUNNING, None, NOW)
    assert claim(conn) is not None
    lane_events = [event.type for event in conn.events if event.type.startswith("lane.")]
    assert lane_events == ["lane.waiting", "lane.running"]


def _pass_on(conn: Connection, claimed: Claim) -> None:
    prompts.pass_on(conn, claimed.prompt_id, claimed.attempt, 1, "media", NOW)


def _succeed(conn: Connection, claimed: Claim) -> None:
    prompts.persist_prompt_result(conn, claimed.prompt_id, claimed.attempt, DONE, NOW)


def _cancel(conn: Connection, claimed: Claim) -> None:
    prompts.cancel(conn, claimed.prompt_id, claimed.attempt, "enough", NOW)


def _requeue(conn: Connection, claimed: Claim) -> None:
    prompts.requeue(conn, claimed.prompt_id, claimed.attempt, NOW)


def _enter_review(conn: Connection, claimed: Claim) -> None:
    reviews.enter_review(
        conn, claimed.prompt_id, claimed.attempt, 0, "check", {"items": [], "decisions": []}, NOW
    )


@pytest.mark.parametrize("end", [_pass_on, _succeed, _cancel, _requeue, _enter_review])
def test_a_pause_is_complete_however_the_last_prompt_ends(
    conn: Connection, add_job: AddJob, end: Callable[[Connection, Claim], None]
) -> None:
    add_job(3)
    first, last = must_claim(conn), must_claim(conn)
    queue_state.pause_queue(conn, "user", None, NOW)
    end(conn, first)
    assert queue_state.read_queue(conn)["state"] == "pausing"
    assert claim(conn) is None
    end(conn, last)
    assert queue_state.read_queue(conn)["state"] == "paused"
    queue_state.resume_queue(conn, NOW)
    assert claim(conn) is not None
