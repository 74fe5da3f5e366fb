"""Pauses of the queue, and lanes that wait."""

from __future__ import annotations

from tests.db.claims import DONE, AddJob, claim, must_claim
from tests.db.conftest import NOW
from video_queue.db import prompts, queue_state
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


def test_a_pause_is_complete_when_the_last_prompt_ends(conn: Connection, add_job: AddJob) -> None:
    add_job(2)
    claimed = must_claim(conn)
    queue_state.pause_queue(conn, "user", None, NOW)
    assert queue_state.read_queue(conn)["state"] == "pausing"
    assert claim(conn) is None
    prompts.persist_prompt_result(conn, claimed.prompt_id, claimed.attempt, DONE, NOW)
    queue_state.finish_pause(conn, NOW)
    assert queue_state.read_queue(conn)["state"] == "paused"
    queue_state.resume_queue(conn, NOW)
    assert claim(conn) is not None
