"""Renders go on with the models that are loaded: within a job, across jobs, and no further than is allowed."""

from __future__ import annotations

import json

import pytest

from tests.db.claims import DONE, AddJob
from tests.db.conftest import NOW
from video_queue.db import affinity, claims, jobs, phases, prompts, renders
from video_queue.db.affinity import Bound
from video_queue.db.choice import Gpu
from video_queue.db.claims import Claim
from video_queue.db.connection import Connection
from video_queue.db.renders import Render
from video_queue.domain.states import PhaseState
from video_queue.domain.views import Job

A_THEN_B = json.dumps(["A", "B"])


def render_next(conn: Connection, now: float = 100.0, bound: Bound = affinity.DEFAULT_BOUND) -> Claim | None:
    """Claim a prompt for the gpu and render its phase; a prompt of two phases then waits for its second."""
    claim = claims.claim_next_prompt(conn, "gpu", now, NOW, "/logs", 2, bound)
    if claim is None:
        return None
    id_, attempt, seq = claim.prompt_id, claim.attempt, claim.phase_seq
    render = Render(id_, attempt, seq, 0)
    renders.begin_phase(conn, render, f"phase {seq}", None, f"{id_}-{seq}", NOW)
    renders.note_outputs(conn, render, {}, last=True)
    families = json.loads(conn.execute("SELECT families FROM prompt WHERE id = ?", (id_,)).fetchone()[0])
    if seq + 1 < len(families):
        phases.finish_phase(conn, id_, attempt, seq, PhaseState.SUCCEEDED, {}, {}, 1.0, "gpu", NOW)
    else:
        prompts.persist_prompt_result(conn, id_, attempt, DONE, NOW)
    return claim


def render_all(
    conn: Connection, now: float = 100.0, bound: Bound = affinity.DEFAULT_BOUND
) -> list[tuple[int, int, int]]:
    """(job, prompt, phase) of every render in its order."""
    order = []
    while claim := render_next(conn, now, bound):
        order.append((claim.job_id, claim.index, claim.phase_seq))
    return order


def loads(conn: Connection) -> int:
    return int(
        conn.execute("SELECT count FROM tally WHERE scope = 'model' AND state = 'loads'").fetchone()[0]
    )


def job_of(conn: Connection, job_id: int) -> Job:
    job = jobs.get_job(conn, job_id)
    assert job is not None
    return job


def test_forty_prompts_with_two_models_load_two_models(conn: Connection, add_job: AddJob) -> None:
    job_id = add_job(40, lane="gpu", families=A_THEN_B)
    order = render_all(conn)
    assert order == [(job_id, n, seq) for seq in (0, 1) for n in range(1, 41)]
    assert loads(conn) == 2
    assert affinity.loads_saved(conn) == 78
    job = job_of(conn, job_id)
    assert (job.run_order, job.model_loads_saved) == ("by_phase", 78)


def test_by_prompt_renders_each_prompt_whole(conn: Connection, add_job: AddJob) -> None:
    job_id = add_job(3, lane="gpu", families=A_THEN_B, run_order="by_prompt")
    assert render_all(conn) == [(job_id, n, seq) for n in (1, 2, 3) for seq in (0, 1)]
    assert (loads(conn), affinity.loads_saved(conn)) == (6, 0)
    assert job_of(conn, job_id).run_order == "by_prompt"


def test_a_job_of_one_model_is_rendered_prompt_by_prompt(conn: Connection, add_job: AddJob) -> None:
    job_id = add_job(2, lane="gpu", families=json.dumps(["A", "A"]))
    assert render_all(conn) == [(job_id, n, seq) for n in (1, 2) for seq in (0, 1)]
    assert job_of(conn, job_id).run_order == "by_prompt"


def test_jobs_that_take_turns_with_two_models_are_rendered_model_by_model(
    conn: Connection, add_job: AddJob
) -> None:
    ids = [add_job(1, lane="gpu", families=json.dumps([family])) for family in "ABABAB"]
    assert [job_id for job_id, _, _ in render_all(conn)] == [ids[n] for n in (0, 2, 4, 1, 3, 5)]
    assert (loads(conn), affinity.loads_saved(conn)) == (2, 4)


def test_a_job_of_higher_priority_goes_first_whatever_is_loaded(conn: Connection, add_job: AddJob) -> None:
    add_job(2, lane="gpu", families='["A"]')
    render_next(conn)
    urgent = add_job(1, lane="gpu", families='["B"]', priority=5)
    assert render_all(conn)[0][0] == urgent


@pytest.mark.parametrize(
    ("bound", "overtaking"), [(Bound(3, 600.0), 3), (Bound(0, 600.0), 0), (Bound(32, 0.0), 1)]
)
def test_a_job_is_overtaken_only_so_often(
    conn: Connection, add_job: AddJob, bound: Bound, overtaking: int
) -> None:
    first = add_job(1, lane="gpu", families='["A"]')
    assert render_all(conn) == [(first, 1, 0)]
    waiting, other = add_job(1, lane="gpu", families='["B"]'), add_job(9, lane="gpu", families='["A"]')
    order = [job_id for job_id, _, _ in render_all(conn, bound=bound)]
    assert order.index(waiting) == overtaking
    assert order.count(other) == 9


def test_a_job_by_prompt_is_not_preferred_for_a_later_prompt(conn: Connection, add_job: AddJob) -> None:
    add_job(1, lane="gpu", families='["A"]')
    render_next(conn)
    first = add_job(1, lane="gpu", families='["C"]')
    second = add_job(2, lane="gpu", families=A_THEN_B, run_order="by_prompt")
    order = render_all(conn)
    assert order == [(second, 1, 0), (first, 1, 0), (second, 1, 1), (second, 2, 0), (second, 2, 1)]


def test_after_comfyui_went_away_nothing_counts_as_loaded(conn: Connection, add_job: AddJob) -> None:
    add_job(1, lane="gpu", families='["A"]')
    render_next(conn)
    affinity.forget_loaded(conn)
    add_job(1, lane="gpu", families='["B"]')
    add_job(1, lane="gpu", families='["A"]')
    assert [job_id for job_id, _, _ in render_all(conn)] == [2, 3]
    assert loads(conn) == 3


def test_what_is_prepared_ahead_is_what_is_claimed(conn: Connection, add_job: AddJob) -> None:
    add_job(3, lane="gpu", families=A_THEN_B)
    for family in "BA":
        add_job(1, lane="gpu", families=json.dumps([family]))
    while ahead := claims.peek_ready(conn, 1, Gpu(100.0)):
        claim = render_next(conn)
        assert claim is not None
        assert (claim.prompt_id, claim.phase_seq, claim.attempt) == (
            ahead[0].prompt_id, ahead[0].phase_seq, ahead[0].attempt,
        )  # fmt: skip
