"""Progress goes as the clock does: a restyle whose render takes almost all of its time is half done when that is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.db.claims import must_claim
from tests.db.conftest import NOW, add_job, conn
from tests.services.test_estimates import SNAPSHOT, At, history
from video_queue.db import phases, prompt_lists
from video_queue.db.connection import Connection
from video_queue.services.estimates import Estimates

__all__ = ["add_job", "conn", "history"]
AddJob = Callable[..., int]
# Seconds of each phase in the runs that were, and in the one that is replayed.
BEFORE = {"frames": [1.0, 1.2, 0.9], "render": [96.0, 104.0, 99.0]}
REPLAYED = (("frames", 0, 1.4), ("check", 1, 0.0), ("render", 2, 92.0))


def progress_of(conn: Connection, estimates: Estimates) -> float:
    """The progress of the running prompt, as the page sees it."""
    [prompt] = estimates.with_shares(conn, prompt_lists.running_prompts(conn))
    assert sum(phase.share for phase in prompt.phases) == pytest.approx(1, abs=0.001)
    return prompt.progress


def test_what_is_left_of_a_render_is_what_is_left_of_its_phases(
    conn: Connection, add_job: AddJob, history: Callable[..., None]
) -> None:
    history(frames=[2.0] * 3, render=[10.0] * 3)
    job, estimates = add_job(2, **SNAPSHOT), Estimates(2, At())
    claim = must_claim(conn)
    phases.start_phase(conn, claim.prompt_id, 1, 0, "frames", NOW)
    phases.set_phase_progress(conn, claim.prompt_id, 1, 0, 0.75)

    def left() -> list[tuple[float | None, list[float | None]]]:
        page = prompt_lists.list_prompts(conn, job, brief=True)
        return [
            (prompt.eta_seconds, [phase.eta_seconds for phase in prompt.phases])
            for prompt in estimates.with_shares(conn, page.items)
        ]

    assert left() == [(10.5, [0.5, None, 10.0]), (12.0, [2.0, None, 10.0])]
    # Renders of other lengths: nobody knows which one waits here.
    mixed = json.dumps([[1, {"work": 100.0}, None], [1, {"work": 900.0}, None]])
    conn.execute("UPDATE job SET sample = ? WHERE id = ?", (mixed, job))
    assert left()[1] == (None, [None, None, None])


def test_the_percent_of_a_replayed_restyle_is_that_of_its_time(
    conn: Connection, add_job: AddJob, history: Callable[..., None]
) -> None:
    history(**BEFORE)
    add_job(**SNAPSHOT)
    claim = must_claim(conn)
    estimates, whole, elapsed, off = (
        Estimates(2, At()),
        sum(seconds for _, _, seconds in REPLAYED),
        0.0,
        [0.0],
    )
    for name, seq, seconds in REPLAYED:
        phases.start_phase(conn, claim.prompt_id, claim.attempt, seq, name, NOW)
        for part in range(11):
            phases.set_phase_progress(conn, claim.prompt_id, claim.attempt, seq, part / 10)
            off.append(abs(progress_of(conn, estimates) - (elapsed + seconds * part / 10) / whole))
        conn.execute("UPDATE phase SET state = 'succeeded' WHERE seq = ?", (seq,))
        elapsed += seconds
    assert max(off) < 0.1


def test_a_workflow_that_never_ran_counts_its_render_for_most(conn: Connection, add_job: AddJob) -> None:
    add_job(**SNAPSHOT)
    must_claim(conn)
    [prompt] = Estimates(2, At()).with_shares(conn, prompt_lists.running_prompts(conn))
    assert [phase.share for phase in prompt.phases] == [
        pytest.approx(1 / 11, abs=0.001),
        0,
        pytest.approx(10 / 11, abs=0.001),
    ]
