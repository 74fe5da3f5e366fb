"""What the latest commits left to be done beside the lanes."""

from __future__ import annotations

from tests.db.claims import AddJob, must_claim
from video_queue.db import gpu_need
from video_queue.db.connection import Connection
from video_queue.db.pending import read_pending


def test_an_empty_queue_leaves_nothing_to_do(conn: Connection) -> None:
    pending = read_pending(conn, 2, 100.0)
    assert not pending.requests
    assert not any((pending.expandable, pending.unwanted, pending.undecided, *pending.upcoming.values()))


def test_what_is_cancelled_paused_undecided_and_next_is_all_there_at_once(
    conn: Connection, add_job: AddJob
) -> None:
    add_job(1)
    stopped = must_claim(conn)
    add_job(3, lane="gpu")
    conn.execute("UPDATE prompt SET cancel_reason = 'no more' WHERE id = ?", (stopped.prompt_id,))
    conn.execute("UPDATE prompt SET needs_gpu = NULL WHERE job_id = 2")
    pending = read_pending(conn, 2, 100.0)
    assert pending.requests.cancelled == [(stopped.prompt_id, stopped.attempt, "no more")]
    assert not pending.requests.paused
    assert pending.undecided
    assert len(gpu_need.undecided_prompts(conn, 5)) == 3
    assert [(prompt.attempt, prompt.phase_seq) for prompt in pending.upcoming["default"]] == [(1, 0), (1, 0)]
    conn.execute("UPDATE queue SET state = 'paused'")
    pending = read_pending(conn, 2, 100.0)
    assert pending.requests.paused
    assert not pending.undecided
