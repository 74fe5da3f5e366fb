"""Estimates from a made-up history: medians, scaling by work, lanes, ranges, and null until two runs are in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.db.conftest import NOW, add_job, conn
from tests.db.conftest import SNAPSHOT as SNAPSHOT_TEXT
from video_queue.db import actions, claims, jobs, phases, prompts, queue_state, timings
from video_queue.db.connection import Connection
from video_queue.db.timings import OpenWork
from video_queue.domain.states import PhaseState
from video_queue.services.clock import Clock
from video_queue.services.estimates import Estimates, some_of
from video_queue.services.run_times import Span
from video_queue.services.time_left import end_with_pauses, rest

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
                measures = json.dumps({"work": work}) if work else None
                timings.record_run(conn, first, phase, value, measures)
                timings.record_run(conn, first, timings.PUBLISHING, 0.0, measures, bytes_=10)

    return add


class At(Clock):
    """A clock that stands still, a little after the jobs were made."""

    def now(self) -> float:
        return datetime.fromisoformat(NOW).timestamp() + 1.5


def sample(work: float) -> str:
    """What a job keeps whose prompts are so much work."""
    return json.dumps([[1, {"work": work}, None]])


def eta(conn: Connection, job_id: int, slots: int = 2) -> tuple[float | None, tuple[float, float] | None]:
    job = jobs.get_job(conn, job_id)
    assert job is not None
    (job,) = Estimates(slots, At()).with_eta(conn, [job])
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


def test_the_range_holds_what_runs_took_and_one_far_off_moves_little(
    conn: Connection, add_job: AddJob, history: Callable[..., None]
) -> None:
    history(frames=[0.0, 0.0], render=[2.0, 3.0, 2.0, 100.0, 3.0, 3.0, 2.0])
    middle, range_ = eta(conn, add_job(**SNAPSHOT))
    assert middle is not None
    assert range_ is not None
    assert 2 < middle < 4
    assert range_[0] <= 2 < 3 <= range_[1]


def test_times_follow_the_work(conn: Connection, add_job: AddJob, history: Callable[..., None]) -> None:
    history(work=100.0, frames=[1.0, 1.0], render=[10.0, 10.0])
    history(work=300.0, frames=[3.0, 3.0], render=[30.0, 30.0])
    assert eta(conn, add_job(sample=sample(1000.0), **SNAPSHOT))[0] == 110.0
    nothing_known = eta(conn, add_job(**SNAPSHOT))[0]
    assert nothing_known is not None
    assert 11.0 < nothing_known < 33.0


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
    estimates = Estimates(2, At())
    history(work=10.0, frames=[2.0, 2.0], render=[10.0, 10.0])
    assert estimates.of_queue(conn) is None
    add_job(3, sample=sample(10.0), **SNAPSHOT)
    add_job(sample=sample(20.0), **SNAPSHOT)
    left = estimates.of_queue(conn)
    assert left is not None
    assert left.mid == pytest.approx(54.0, rel=0.05)
    add_job(held_reason="user", sample=sample(1e9), **SNAPSHOT)
    conn.execute(
        "UPDATE prompt SET held_reason = 'pilot' WHERE job_id = ?",
        (add_job(4, sample=sample(1e9), **SNAPSHOT),),
    )
    assert estimates.of_queue(conn) == left
    # What comes later counts at once: nothing stale is kept.
    history(work=10.0, render=[20.0] * 30)
    again = estimates.of_queue(conn)
    assert again is not None
    assert again.mid == pytest.approx(104.0, rel=0.05)
    add_job(workflow="other")
    assert estimates.of_queue(conn) is None


def test_a_new_job(conn: Connection, history: Callable[..., None]) -> None:
    history(work=10.0, frames=[2.0, 2.0], render=[10.0, 10.0])
    seconds, size = Estimates(2, At()).of_new_job(conn, "two", RENDER, sample(20.0), 4)
    assert seconds is not None
    assert (seconds.mid, size) == (pytest.approx(84.0, rel=0.06), pytest.approx(80.0, rel=0.06))
    assert Estimates(2, At()).of_new_job(conn, "new", RENDER, sample(20.0), 4) == (None, None)


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
    for number in range(100):
        history(work=float(number % 10 + 1), frames=[float(number)])
    runs = timings.read_runs(conn, "two", "frames")
    assert [run.seconds for run in runs] == [float(number) for number in range(40, 100)]
    # A job that goes leaves what was learned from it.
    actions.cancel_job(conn, 1, "cancelled", NOW)
    jobs.delete_job(conn, 1, NOW)
    assert len(timings.read_runs(conn, "two", "frames")) == timings.KEPT_RUNS


def test_a_long_job_does_not_push_out_what_others_taught(
    conn: Connection, history: Callable[..., None]
) -> None:
    history(work=7.0, frames=[1.0, 2.0])
    history(work=9.0, frames=[5.0] * 100)
    runs = timings.read_runs(conn, "two", "frames")
    assert [run.seconds for run in runs] == [1.0, 2.0] + [5.0] * timings.KEPT_ALIKE


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
    assert timings.run_numbers(conn, "two") == {}


def test_what_is_left_of_a_phase_narrows_as_it_goes() -> None:
    whole = Span(80.0, 100.0, 150.0, 102.0)
    begun, half, late = (
        rest(whole, progress, elapsed) for progress, elapsed in ((0.0, 1.0), (0.5, 60.0), (0.9, 108.0))
    )
    assert begun.mid == 99.0
    assert half.mid == pytest.approx(50.0)
    assert late.mid == pytest.approx(10.8, rel=0.1)
    assert begun.high - begun.low > half.high - half.low > late.high - late.low
    # One that runs for longer than expected and says nothing is about to end, nobody knows when.
    assert 0 < rest(whole, 0.0, 300.0).mid < rest(whole, 0.0, 300.0).high


def test_the_queue_ends_after_the_hours_in_which_it_pauses() -> None:
    day = datetime(2026, 3, 2).astimezone()
    evening = (day + timedelta(hours=21)).timestamp()
    at = (day + timedelta(hours=31)).timestamp()
    assert end_with_pauses(evening, 1800.0, "22:00-07:00") == evening + 1800
    assert end_with_pauses(evening, 3600.0 + 60, "22:00-07:00") == at + 60
    assert end_with_pauses(evening + 7200, 60.0, "22:00-07:00") == at + 60
    assert end_with_pauses(evening, 60.0, None) == evening + 60


def test_a_pause_with_an_end_comes_first(
    conn: Connection, add_job: AddJob, history: Callable[..., None]
) -> None:
    history(frames=[2.0, 2.0], render=[10.0, 10.0])
    add_job(**SNAPSHOT)
    queue_state.pause_queue(conn, "schedule", At().now() + 600, NOW)
    left = Estimates(2, At()).of_queue(conn)
    assert left is not None
    assert left.mid == pytest.approx(612.0, abs=0.1)


def test_models_are_loaded_once_for_a_job(conn: Connection, add_job: AddJob) -> None:
    families = json.dumps([None, None, "a model"])
    for number in range(4):
        done = add_job(families=families, **SNAPSHOT)
        prompt = conn.execute("SELECT id FROM prompt WHERE job_id = ?", (done,)).fetchone()["id"]
        for seq, (phase, seconds) in enumerate((("frames", 1.0), ("check", 0.0), ("render", 10.0))):
            conn.execute("UPDATE prompt SET phase_seq = ? WHERE id = ?", (seq, prompt))
            loaded = phase == "render" and not number
            timings.record_run(conn, prompt, phase, seconds + 50 * loaded, loaded=loaded)
        timings.record_run(conn, prompt, timings.PUBLISHING, 0.0, bytes_=10)
        conn.execute("UPDATE job SET held_reason = 'user' WHERE id = ?", (done,))
    kept = json.dumps([[1, {}, families]])
    assert eta(conn, add_job(3, sample=kept, **SNAPSHOT))[0] == pytest.approx(81.0, abs=1)


def test_a_new_workflow_is_judged_by_phases_like_its_own(
    conn: Connection, add_job: AddJob, history: Callable[..., None]
) -> None:
    first = conn.execute("SELECT id FROM prompt WHERE job_id = ?", (add_job(),)).fetchone()["id"]
    for phase, uses in (("frames", "media.extract_frames"), ("video", "media.encode")):
        measures = json.dumps({"uses": uses, "work": 10.0})
        for _ in range(3):
            timings.record_run(conn, first, phase, 4.0, measures)
            timings.record_run(conn, first, timings.PUBLISHING, 0.0, measures, bytes_=10)
    text = SNAPSHOT_TEXT.replace('"frames"', '"pictures"').replace('"video"', '"clip"')
    seconds, size = Estimates(2, At()).of_new_job(conn, "other", text, sample(10.0), 1)
    assert seconds is not None
    assert seconds.low < 7 < seconds.mid < 9 < seconds.high
    assert size is None


def test_jobs_that_are_alike_are_estimated_once(
    conn: Connection, add_job: AddJob, history: Callable[..., None]
) -> None:
    history(work=10.0, frames=[2.0, 2.0], render=[10.0, 10.0])
    for _ in range(20):
        add_job(10, sample=sample(10.0), **SNAPSHOT)
    assert len(timings.open_work(conn)) == 1


def test_some_kinds_of_waiting_prompts_stand_for_all_of_a_long_queue() -> None:
    work = [OpenWork("two", "hash", sample(float(number)), "by_prompt", 20, 0) for number in range(10_000)]
    some = some_of(work)
    assert len(some) <= 200
    assert sum(part.queued for part in some) == 200_000
    assert some_of(work[:5]) == work[:5]
