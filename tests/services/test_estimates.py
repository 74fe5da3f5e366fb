"""Estimates from a made-up history: medians, scaling by work, lanes, ranges, and null until two runs are in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest

from tests.db.conftest import NOW, add_job, conn
from video_queue.db import actions, claims, jobs, phases, prompts, timings
from video_queue.db.connection import Connection
from video_queue.domain.states import PhaseState
from video_queue.services.estimates import Estimates

__all__ = ["add_job", "conn"]
AddJob = Callable[..., int]
RENDER = json.dumps(
    {
        "definition": {
            "name": "two",
            "phases": [
                {"name": "frames", "uses": "media.extract_frames"},
                {"name": "check", "uses": "review"},
                {"name": "render", "uses": "comfy"},
            ],
            "output": {"phase": "render"},
        },
        "graphs": {},
    }
)
RENDER_HASH = hashlib.sha256(RENDER.encode()).hexdigest()
SNAPSHOT = {"workflow_hash": RENDER_HASH, "documents": {RENDER_HASH: RENDER}}


@pytest.fixture
def history(conn: Connection, add_job: AddJob) -> Callable[..., None]:
    """`history(frames=[1, 2], render=[...], work=100)` adds runs; publishing takes nothing and gives 10 bytes."""
    done = add_job(**SNAPSHOT)
    first = conn.execute("SELECT id FROM prompt WHERE job_id = ?", (done,)).fetchone()["id"]
    conn.execute("UPDATE job SET held_reason = 'user' WHERE id = ?", (done,))

    def add(work: float | None = None, **seconds: list[float]) -> None:
        for phase, values in seconds.items():
            for value in values:
                timings.record_run(conn, first, phase, value, work)
                timings.record_run(conn, first, timings.PUBLISHING, 0.0, work, 10)

    return add


def eta(conn: Connection, job_id: int, slots: int = 2) -> tuple[float | None, tuple[float, float] | None]:
    job = jobs.get_job(conn, job_id)
    assert job is not None
    (job,) = Estimates(slots).with_eta(conn, [job])
    return job.eta_seconds, job.eta_range


def test_unknown_until_two_runs_are_in(
    conn: Connection, add_job: AddJob, history: Callable[..., None]
) -> None:
    job = add_job(**SNAPSHOT)
    history(frames=[2.0, 2.0], render=[10.0])
    assert eta(conn, job) == (None, None)
    history(render=[10.0])
    assert eta(conn, job) == (12.0, (12.0, 12.0))


def test_lanes_work_side_by_side(conn: Connection, add_job: AddJob, history: Callable[..., None]) -> None:
    history(frames=[2.0] * 3, render=[10.0] * 3)
    # One prompt after the other on the GPU; the first one's frames come before it.
    assert eta(conn, add_job(5, **SNAPSHOT))[0] == 52.0
    history(frames=[50.0] * 30)
    # Five prompts on two slots take three rounds.
    assert eta(conn, add_job(5, **SNAPSHOT))[0] == 160.0
    assert eta(conn, add_job(5, **SNAPSHOT), slots=1)[0] == 260.0


def test_ranges_are_quartiles(conn: Connection, add_job: AddJob, history: Callable[..., None]) -> None:
    history(frames=[0.0, 0.0], render=[1.0, 2.0, 3.0, 4.0, 100.0])
    assert eta(conn, add_job(**SNAPSHOT)) == (3.0, (2.0, 4.0))


def test_times_follow_the_work(conn: Connection, add_job: AddJob, history: Callable[..., None]) -> None:
    history(work=100.0, frames=[1.0, 1.0], render=[10.0, 10.0])
    history(work=300.0, frames=[3.0, 3.0], render=[30.0, 30.0])
    assert eta(conn, add_job(work=1000.0, **SNAPSHOT))[0] == 110.0
    assert eta(conn, add_job(**SNAPSHOT))[0] == 22.0


def test_what_is_done_is_not_counted(conn: Connection, add_job: AddJob, history: Callable[..., None]) -> None:
    history(frames=[2.0, 2.0], render=[10.0, 10.0])
    job = add_job(**SNAPSHOT)
    claim = claims.claim_next_prompt(conn, "media", 0.0, NOW, "/logs", 2)
    assert claim is not None
    phases.start_phase(conn, claim.prompt_id, 1, 0, "frames", NOW)
    phases.set_phase_progress(conn, claim.prompt_id, 1, 0, 0.75)
    assert eta(conn, job)[0] == 10.5
    phases.finish_phase(conn, claim.prompt_id, 1, 0, PhaseState.SUCCEEDED, {}, {}, 2.0, "gpu", NOW)
    assert eta(conn, job)[0] == 10.0


def test_the_queue(conn: Connection, add_job: AddJob, history: Callable[..., None]) -> None:
    estimates = Estimates(2)
    history(work=10.0, frames=[2.0, 2.0], render=[10.0, 10.0])
    assert estimates.of_queue(conn) is None
    add_job(3, work=10.0, **SNAPSHOT)
    add_job(work=20.0, **SNAPSHOT)
    left = estimates.of_queue(conn)
    assert left is not None
    assert left.mid == 54.0
    add_job(held_reason="user", work=1e9, **SNAPSHOT)
    conn.execute(
        "UPDATE prompt SET held_reason = 'pilot' WHERE job_id = ?", (add_job(4, work=1e9, **SNAPSHOT),)
    )
    assert estimates.of_queue(conn) == left
    # What comes later counts at once: nothing stale is kept.
    history(work=10.0, render=[20.0] * 30)
    again = estimates.of_queue(conn)
    assert again is not None
    assert again.mid == 104.0
    add_job(workflow="other")
    assert estimates.of_queue(conn) is None


def test_a_new_job(conn: Connection, history: Callable[..., None]) -> None:
    history(work=10.0, frames=[2.0, 2.0], render=[10.0, 10.0])
    seconds, size = Estimates(2).of_new_job(conn, "two", RENDER, 20.0, 4)
    assert seconds is not None
    assert (seconds.mid, size) == (84.0, 80.0)
    assert Estimates(2).of_new_job(conn, "new", RENDER, 20.0, 4) == (None, None)


def test_a_phase_left_out_takes_no_time(
    conn: Connection, add_job: AddJob, history: Callable[..., None]
) -> None:
    history(render=[10.0, 10.0])
    for _ in range(2):
        add_job(**SNAPSHOT)
        claim = claims.claim_next_prompt(conn, "media", 0.0, NOW, "/logs", 9)
        assert claim is not None
        phases.skip_phase(conn, claim.prompt_id, 1, 0, "frames", "gpu", NOW)
    assert eta(conn, add_job(**SNAPSHOT))[0] == 10.0


def test_only_the_newest_runs_are_kept(
    conn: Connection, add_job: AddJob, history: Callable[..., None]
) -> None:
    history(frames=[float(n) for n in range(100)])
    runs = timings.read_runs(conn, "two")["frames"]
    assert [run.seconds for run in runs] == [float(n) for n in range(70, 100)]
    # A job that goes leaves what was learned from it.
    actions.cancel_job(conn, 1, "cancelled", NOW)
    jobs.delete_job(conn, 1, NOW)
    assert len(timings.read_runs(conn, "two")["frames"]) == timings.KEPT_RUNS


def test_an_attempt_that_went_on_is_no_measure(conn: Connection, add_job: AddJob) -> None:
    add_job()
    claim = claims.claim_next_prompt(conn, "media", 0.0, NOW, "/logs", 2)
    assert claim is not None
    phases.start_phase(conn, claim.prompt_id, 1, 0, "frames", NOW)
    phases.finish_item(conn, claim.prompt_id, 1, 0, 1, {})
    prompts.requeue(conn, claim.prompt_id, 1, NOW)
    assert claims.claim_next_prompt(conn, "media", 0.0, NOW, "/logs", 2) is not None
    phases.start_phase(conn, claim.prompt_id, 2, 0, "frames", NOW)
    phases.finish_phase(conn, claim.prompt_id, 2, 0, PhaseState.SUCCEEDED, {}, {}, 2.0, "media", NOW)
    assert timings.read_runs(conn, "two") == {}
