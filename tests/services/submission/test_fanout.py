"""Seeds, sweeps and rows, resolved and counted before anything is expanded."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.services.definitions import STYLE, definition, submission
from video_queue.services.submission.fanout import FanOut, count_prompts, plan_fan_out
from video_queue.services.submission.seeds import parse_seeds

BIG = 2**64 - 1


def planned(**keys: Any) -> FanOut:
    fan_out, problems = plan_fan_out(definition(), submission(**keys), rng=random.Random(7))
    assert problems == []
    return fan_out


def locations(**keys: Any) -> list[tuple[str | int, ...]]:
    _, problems = plan_fan_out(definition(), submission(**keys), rng=random.Random(7))
    for problem in problems:
        problem.model_dump_json()
    return [problem.loc for problem in problems]


@pytest.mark.parametrize(
    ("value", "seeds"),
    [
        ([5, "6", BIG], [5, 6, BIG]),
        ("1..4", [1, 2, 3, 4]),
        (f"{BIG - 1} .. {BIG}", [BIG - 1, BIG]),
        ("1, 5,9", [1, 5, 9]),
        (f"[1, {BIG}]", [1, BIG]),
        ("7,", [7]),
    ],
)
def test_parse_seeds_listed(value: Any, seeds: list[int]) -> None:
    parsed, problem = parse_seeds(value)
    assert problem is None
    assert list(parsed.listed or []) == seeds
    assert parsed.count == len(seeds)


@pytest.mark.parametrize("value", [4, "4", " 4 "])
def test_parse_seeds_counted(value: Any) -> None:
    parsed, problem = parse_seeds(value)
    assert (parsed.count, parsed.listed, problem) == (4, None, None)


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        "0",
        "",
        "4..1",
        "a",
        [],
        ["x"],
        [1.5],
        "[1",
        "[" * 100_000,
        f"0..{BIG + 1}",
        [-1],
        [BIG + 1],
        "1..2..3",
    ],
)
def test_parse_seeds_refuses(value: Any) -> None:
    problem = parse_seeds(value)[1]
    assert problem is not None
    assert problem.loc == ("seeds",)


def test_a_huge_range_is_counted_without_expanding() -> None:
    fan_out = planned(seeds=f"0..{BIG}")
    assert count_prompts(10, fan_out) == 10 * 2**64


def test_a_random_seed_is_drawn_once_below_2_50() -> None:
    fan_out = planned()
    assert 0 <= fan_out.common["seed"] < 2**50
    assert list(fan_out.value_sets({})) == [{}]
    assert planned().common == fan_out.common
    other, _ = plan_fan_out(definition(), submission(), rng=random.Random(8))
    assert other.common["seed"] != fan_out.common["seed"]


def test_counted_seeds_go_on_from_the_parameter() -> None:
    fan_out = planned(params={"seed": 10}, seeds=3)
    assert [values["seed"] for values in fan_out.value_sets({})] == [10, 11, 12]
    drawn = planned(seeds=2)
    first = drawn.common["seed"]
    assert [values["seed"] for values in drawn.value_sets({})] == [first, first + 1]


def test_sweep_nests_outside_seeds() -> None:
    fan_out = planned(sweep={"denoise": ["0.3", 0.5], "prompt": ["a", "b"]}, seeds=[1, 2])
    combinations = [(v["denoise"], v["prompt"], v["seed"]) for v in fan_out.value_sets({})]
    assert combinations == [
        (denoise, prompt, seed) for denoise in (0.3, 0.5) for prompt in ("a", "b") for seed in (1, 2)
    ]
    assert count_prompts(5, fan_out) == 40


def test_sweeping_the_seed_draws_random_ones() -> None:
    fan_out = planned(sweep={"seed": [1, "random"]})
    first, second = (values["seed"] for values in fan_out.value_sets({}))
    assert first == 1
    assert 0 <= second < 2**50


def test_the_largest_seed_is_not_passed() -> None:
    assert planned(params={"seed": str(BIG - 1)}, seeds=2)
    assert locations(params={"seed": str(BIG - 1)}, seeds=3) == [("seeds",)]
    assert locations(rows=[{"seed": BIG, "input": "a"}], seeds=2) == [("seeds",)]


def test_rows_give_their_own_values() -> None:
    fan_out = planned(
        rows=[
            {"input": "a", "prompt": "one"},
            {"input": "b", "prompt": "", "denoise": "0.3"},
            {"input": "c", "seed": 9},
        ],
        seeds=2,
    )
    assert fan_out.rows == [{"prompt": "one"}, {"prompt": "", "denoise": 0.3}, {"seed": 9}]
    assert [values["seed"] for values in fan_out.value_sets(fan_out.rows[2])] == [9, 10]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"sweep": {"nope": [1]}}, [("sweep", "nope")]),
        ({"sweep": {"denoise": []}}, [("sweep", "denoise")]),
        ({"sweep": {"denoise": [0.5, 2, "x"]}}, [("sweep", "denoise", 1), ("sweep", "denoise", 2)]),
        ({"sweep": {"seed": [1]}, "seeds": 2}, [("sweep", "seed")]),
        ({"sweep": {"prompt": ["a"]}, "rows": [{"input": "a", "prompt": "b"}]}, [("sweep", "prompt")]),
        ({"rows": [{"input": "a", "seed": 1}], "seeds": [1]}, [("seeds",)]),
        ({"rows": [{"inptu": "a", "denoise": 7}]}, [("rows", "inptu"), ("rows", 0, "denoise")]),
        ({"seeds": "many"}, [("seeds",)]),
    ],
)
def test_problems_name_their_place(keys: dict[str, Any], expected: list[tuple[str | int, ...]]) -> None:
    assert locations(**keys) == expected


def test_all_problems_come_at_once() -> None:
    assert locations(params={"x": 1, "denoise": 9}, sweep={"y": [1]}, rows=[{"z": 1}], seeds=0) == [
        ("params", "x"),
        ("params", "denoise"),
        ("sweep", "y"),
        ("rows", "z"),
        ("seeds",),
    ]


def test_problems_of_many_rows_are_limited() -> None:
    assert len(locations(rows=[{"input": "a", "denoise": "x"}] * 5000)) == 100


def test_a_required_parameter_may_come_from_a_sweep_or_from_every_row() -> None:
    workflow = definition(parameters={"prompt": {"type": "int", "required": True}})
    for keys in ({"sweep": {"prompt": [1]}}, {"rows": [{"input": "a", "prompt": 1}]}):
        assert plan_fan_out(workflow, submission(**keys), rng=random.Random(1))[1] == []
    rows = [{"input": "a", "prompt": 1}, {"input": "b", "prompt": ""}]
    (problem,) = plan_fan_out(workflow, submission(rows=rows), rng=random.Random(1))[1]
    assert problem.loc == ("rows", 1, "prompt")


def test_seeds_need_a_seed_parameter_and_sweeps_a_sweepable_one() -> None:
    workflow = definition(parameters={"prompt": {"type": "text", "default": "", "sweepable": False}})
    request = submission(seeds=2, sweep={"prompt": ["a"]})
    assert [problem.loc for problem in plan_fan_out(workflow, request, rng=random.Random(1))[1]] == [
        ("sweep", "prompt"),
        ("seeds",),
    ]


def test_a_workflow_without_parameters_fans_out_to_its_inputs() -> None:
    fan_out, problems = plan_fan_out(definition(parameters={}), submission(), rng=random.Random(1))
    assert problems == []
    assert count_prompts(3, fan_out) == 3
    assert STYLE["seed"]["type"] == "seed"
