"""Which states follow which, and the state of a job with such prompts."""

from __future__ import annotations

import itertools

import pytest

from video_queue.domain.states import (
    PHASE_TRANSITIONS,
    PhaseState,
    PromptState,
    derive_job_state,
    may_become,
    phase_may_become,
)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(PhaseState, PhaseState)))
def test_a_phase_changes_its_state_only_as_the_table_says(before: PhaseState, after: PhaseState) -> None:
    assert (before in phase_may_become(after)) is (after in PHASE_TRANSITIONS[before])


def test_only_a_queued_prompt_may_run() -> None:
    assert set(may_become(PromptState.RUNNING)) == {PromptState.QUEUED}


@pytest.mark.parametrize(
    ("counts", "started", "expected"),
    [
        ({"running": 1, "failed": 3}, True, "running"),
        ({"review": 1, "succeeded": 3}, True, "review"),
        ({"review": 1, "queued": 3}, True, "running"),
        ({"queued": 3}, False, "queued"),
        ({"queued": 3, "succeeded": 1}, True, "running"),
        ({"failed": 1, "succeeded": 1, "cancelled": 1}, True, "partial"),
        ({"failed": 1, "cancelled": 1}, True, "failed"),
        ({"cancelled": 1, "succeeded": 5}, True, "cancelled"),
        ({"succeeded": 5}, True, "succeeded"),
        ({}, False, "queued"),
    ],
)
def test_the_prompts_of_a_job_make_its_state(counts: dict[str, int], started: bool, expected: str) -> None:
    assert derive_job_state({PromptState(k): v for k, v in counts.items()}, started=started) == expected
