"""A job that has not begun takes other inputs; one that has begun keeps its own."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.db.conftest import NOW
from video_queue.db import rebinding
from video_queue.db.connection import Connection
from video_queue.db.enqueue import NewPrompt
from video_queue.db.prompt_inputs import get_inputs, store_inputs

OTHER = [NewPrompt(idx=1, lane="media", plan='{"index": 1, "inputs": ["/in/new.mp4"]}', seed=None)]


def test_a_job_that_has_not_begun_takes_other_inputs(conn: Connection, add_job: Callable[..., int]) -> None:
    job = add_job(dedupe_key="k")
    assert rebinding.postpone_job(conn, job, 9e9)
    assert rebinding.rebind_job(conn, job, '{"x": 1}', "{}", OTHER, None, NOW)
    row = conn.execute("SELECT * FROM job WHERE id = ?", (job,)).fetchone()
    assert (row["submission"], row["dedupe_key"], row["not_before"]) == ('{"x": 1}', None, None)
    assert "new.mp4" in conn.execute("SELECT plan FROM prompt").fetchone()["plan"]


def test_a_job_that_has_begun_keeps_its_inputs(conn: Connection, add_job: Callable[..., int]) -> None:
    job = add_job()
    conn.execute("UPDATE prompt SET attempt = 1")
    assert not rebinding.postpone_job(conn, job, 9e9)
    assert not rebinding.rebind_job(conn, job, "{}", "{}", OTHER, None, NOW)
    rebinding.note_inputs(conn, job, "gone", NOW)
    assert "/in/1.mp4" in conn.execute("SELECT plan FROM prompt").fetchone()["plan"]
    assert conn.execute("SELECT message FROM prompt").fetchone()["message"] is None


def test_a_job_of_another_size_or_none_at_all_is_not_bound(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    assert not rebinding.rebind_job(conn, add_job(prompts=2), "{}", "{}", OTHER, None, NOW)
    assert not rebinding.is_untouched(conn, None)
    assert not rebinding.is_untouched(conn, 99)


def test_a_job_in_any_state_finds_its_inputs_where_they_were_moved(
    conn: Connection, add_job: Callable[..., int]
) -> None:
    job, other = add_job(), add_job()
    conn.execute("UPDATE job SET submission = ?", ('{"inputs": {"a": ["/in/1.mp4"]}, "note": "/in/1.mp4"}',))
    plan = '{"index": 1, "inputs": ["/in/1.mp4", "/x"], "slots": {"a": ["/in/1.mp4"]}, "sequence": {"folder": "/in"}}'
    conn.execute("UPDATE prompt SET plan = ?, state = 'failed'", (plan,))
    number = conn.execute("SELECT id FROM prompt WHERE job_id = ?", (job,)).fetchone()[0]
    store_inputs(conn, number, 1, '[{"path": "/in/1.mp4", "sha256": "0"}]')
    rebinding.move_inputs(conn, job, lambda path: path.replace("/in", "/done"), NOW)
    rebinding.move_inputs(conn, 99, str, NOW)
    submission = json.loads(conn.execute("SELECT submission FROM job WHERE id = ?", (job,)).fetchone()[0])
    assert submission == {"inputs": {"a": ["/done/1.mp4"]}, "note": "/in/1.mp4"}
    plans = [json.loads(row[0]) for row in conn.execute("SELECT plan FROM prompt ORDER BY job_id")]
    assert plans == [json.loads(plan.replace("/in", "/done")), json.loads(plan)], other
    stored = get_inputs(conn, number)
    assert stored is not None
    assert json.loads(stored.files) == [{"path": "/done/1.mp4", "sha256": "0"}]
