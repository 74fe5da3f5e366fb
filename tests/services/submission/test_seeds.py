"""Seeds within what the parameter and the inputs of the graph allow."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.services.definitions import definition, submission
from video_queue.domain.errors import Problem
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.services.submission.fanout import FanOut, plan_fan_out
from video_queue.services.submission.seeds import SeedRange, drawing_range, no_seed_problem

SAMPLERS = {
    "KSampler": {"input": {"required": {"seed": ["INT", {"min": 0, "max": 2**64 - 1}]}}},
    "Noise": {"input": {"required": {"noise_seed": ["INT", {"min": 1, "max": 2**31 - 1}]}}},
}
GRAPH = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 5}, "_meta": {"title": "First pass"}},
    "12:4": {"class_type": "Noise", "inputs": {"noise_seed": 7}},
}


def workflow(*bound: str, **seed: Any) -> LoadedWorkflow:
    """A workflow whose seed parameter, if it has one, is bound to these inputs."""
    phase = {
        "name": "render",
        "uses": "comfy",
        "graph": "g.json",
        "set": dict.fromkeys(bound, "{{ params.seed }}"),
    }
    parameters = {"seed": {"type": "seed", **seed}} if bound or seed else {}
    keys = {"parameters": parameters, "phases": [phase], "output": {"phase": "render"}, "inputs": {}}
    return LoadedWorkflow(definition(**keys), {"render": GRAPH})


def planned(
    loaded: LoadedWorkflow, draw: int = 7, info: dict[str, Any] | None = None, **keys: Any
) -> tuple[FanOut, list[Problem]]:
    drawn_from = drawing_range(loaded, SAMPLERS if info is None else info)
    return plan_fan_out(loaded.definition, submission(**keys), rng=random.Random(draw), drawn_from=drawn_from)


def test_random_seeds_stay_within_the_narrowest_input() -> None:
    both = workflow("3.inputs.seed", "12:4.inputs.noise_seed")
    assert drawing_range(both, SAMPLERS) == SeedRange(1, 2**31 - 1)
    seeds = [planned(both, draw)[0].common["seed"] for draw in range(200)]
    assert all(1 <= seed < 2**31 for seed in seeds)
    assert len(set(seeds)) == 200
    assert seeds == [planned(both, draw)[0].common["seed"] for draw in range(200)]


def test_a_wide_input_and_an_unknown_one_leave_seeds_below_2_50() -> None:
    for info in (SAMPLERS, {}):
        seeds = [planned(workflow("3.inputs.seed"), draw, info)[0].common["seed"] for draw in range(200)]
        assert 2**32 < max(seeds) < 2**50


def test_min_and_max_of_the_parameter_hold_for_drawn_seeds() -> None:
    seeds = {planned(workflow("3.inputs.seed", min=10, max=12), draw)[0].common["seed"] for draw in range(60)}
    assert seeds == {10, 11, 12}
    high = workflow("3.inputs.seed", min=2**60, max=2**60 + 4096)
    assert 2**60 <= planned(high)[0].common["seed"] <= 2**60 + 4096


def test_counted_seeds_fit_behind_a_drawn_one() -> None:
    loaded = workflow("3.inputs.seed", min=1, max=10)
    firsts = {planned(loaded, draw, seeds=8)[0].common["seed"] for draw in range(60)}
    assert firsts == {1, 2, 3}


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"seeds": 11}, "would pass 10"),
        ({"params": {"seed": 8}, "seeds": 4}, "the seeds from 8 on would pass 10"),
        ({"seeds": [1, 2, 30]}, "seed=30 is above the maximum 10"),
        ({"seeds": "0..4"}, "seed=0 is below the minimum 1"),
        ({"params": {"seed": 11}}, "seed=11 is above the maximum 10"),
    ],
)
def test_seeds_outside_the_parameters_range_are_refused(keys: dict[str, Any], text: str) -> None:
    (problem,) = planned(workflow("3.inputs.seed", min=1, max=10), **keys)[1]
    assert text in problem.message


def test_a_graph_with_a_seed_that_is_no_parameter_says_which_lines_to_add() -> None:
    message = no_seed_problem(workflow()).message
    assert "First pass (node 3, KSampler)" in message
    assert "seed: {type: seed}" in message
    assert '"3.inputs.seed": "{{ params.seed }}"' in message
    plain = no_seed_problem(LoadedWorkflow(definition(parameters={}), {})).message
    assert "has no seed parameter" in plain
