"""Fan-out: seeds, sweeps and rows of a submission, resolved and counted before anything is expanded.

`prompt_builder` turns the result into prompts. Randomness is an argument.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from video_queue.domain.catalogue import nearest, problem
from video_queue.domain.errors import Problem
from video_queue.domain.submission import Submission
from video_queue.domain.workflow import Parameter, WorkflowDefinition
from video_queue.services.submission.seeds import (
    SeedRange,
    Seeds,
    counted_problem,
    listed_problem,
    parameter_range,
    parse_seeds,
)
from video_queue.services.workflows.parameters import resolve_params, unknown_parameter
from video_queue.services.workflows.values import RANDOM, coerce, is_blank

MAX_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class FanOut:
    """A submission's values. `common` is what all prompts share, `rows` runs beside the inputs (empty: no rows).

    `seeds` is None where the submission says nothing about seeds: then each prompt has the common (or row's, or
    swept) one.
    """

    common: dict[str, Any]
    sweep: dict[str, list[Any]]
    rows: list[dict[str, Any]]
    seed_name: str | None
    seeds: Seeds | None

    def value_sets(self, row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The values that differ from `common`, for one input or row: product(sweep) × seeds, in that nesting."""
        for combination in product(*self.sweep.values()):
            values = {**row, **dict(zip(self.sweep, combination, strict=True))}
            if self.seeds is None or self.seed_name is None:
                yield values
                continue
            first = values.get(self.seed_name, self.common[self.seed_name])
            for seed in self.seeds.listed or range(first, first + self.seeds.count):
                yield {**values, self.seed_name: seed}


def count_prompts(inputs: int, fan_out: FanOut) -> int:
    """How many prompts `inputs` groups (or rows) fan out to, without expanding anything."""
    return (
        inputs
        * math.prod(len(values) for values in fan_out.sweep.values())
        * (fan_out.seeds.count if fan_out.seeds else 1)
    )


def plan_fan_out(
    definition: WorkflowDefinition,
    submission: Submission,
    *,
    rng: random.Random,
    drawn_from: SeedRange | None = None,
) -> tuple[FanOut, list[Problem]]:
    """(the submission's resolved values, every problem with its params, sweep, rows and seeds).

    Random seeds are drawn from `drawn_from`, by default from what the seed parameter allows.
    """
    columns = {column for row in submission.rows for column in row}
    elsewhere = columns | submission.sweep.keys()
    common, problems = resolve_params(definition, submission.params, elsewhere=elsewhere)
    seeds, seed_problems = _resolve_seeds(definition, submission, columns)
    draw = _Draw(rng, drawn_from or parameter_range(definition), _counted(seeds), definition.seed_parameter)
    sweep, sweep_problems = _resolve_sweep(definition, submission, columns, draw)
    rows, row_problems = _resolve_rows(definition, submission, columns, draw)
    problems += [*sweep_problems, *row_problems, *seed_problems]
    name = definition.seed_parameter
    if name is not None:
        common[name] = draw.value(name, common[name])
    fan_out = FanOut(common, sweep, rows, name, seeds)
    return fan_out, problems or _seed_overflow(fan_out, parameter_range(definition))


@dataclass(frozen=True, slots=True)
class _Draw:
    """Random seeds of one submission, each one the first of `count`."""

    rng: random.Random
    seeds: SeedRange
    count: int
    seed_name: str | None

    def value(self, name: str, value: Any) -> Any:
        """The value of a parameter, drawn where it is a random seed."""
        return self.seeds.draw(self.rng, self.count) if name == self.seed_name and value == RANDOM else value


def _counted(seeds: Seeds | None) -> int:
    """How many seeds are counted from the first."""
    return seeds.count if seeds is not None and seeds.listed is None else 1


def _resolve_sweep(
    definition: WorkflowDefinition, submission: Submission, columns: set[str], draw: _Draw
) -> tuple[dict[str, list[Any]], list[Problem]]:
    sweep: dict[str, list[Any]] = {}
    problems: list[Problem] = []
    for name, values in submission.sweep.items():
        parameter = definition.parameters.get(name)
        if parameter is None:
            problems.append(unknown_parameter(definition, name, ("sweep",)))
            continue
        varied = name == definition.seed_parameter and submission.seeds is not None
        others = [("rows", name in columns), ("seeds", varied)]
        problems += _sweep_problems(
            name, parameter, values, [other for other, is_there in others if is_there]
        )
        coerced = [coerce(name, parameter, value, loc=("sweep", name, i)) for i, value in enumerate(values)]
        problems += [wrong_value for _, wrong_value in coerced if wrong_value][:MAX_PROBLEMS]
        sweep[name] = [draw.value(name, value) for value, _ in coerced]
    return sweep, problems


def _sweep_problems(name: str, parameter: Parameter, values: list[Any], others: list[str]) -> list[Problem]:
    """The problems of a sweep as a whole; `others` are the keys that vary the same parameter."""
    loc = ("sweep", name)
    problems = []
    if not parameter.sweepable:
        problems.append(problem("validation.not_sweepable", loc, name=name))
    if not values:
        problems.append(problem("validation.sweep_empty", loc, name=name))
    twice = ({"name": name, "first": "sweep", "second": other} for other in others)
    return problems + [problem("validation.swept_twice", loc, **texts) for texts in twice]


def _resolve_rows(
    definition: WorkflowDefinition, submission: Submission, columns: set[str], draw: _Draw
) -> tuple[list[dict[str, Any]], list[Problem]]:
    problems = _unknown_columns(definition, columns)
    needed = [
        name
        for name, parameter in definition.parameters.items()
        if name in columns and parameter.is_required and is_blank(parameter, submission.params.get(name))
    ]
    rows: list[dict[str, Any]] = []
    for index, row in enumerate(submission.rows):
        values, row_problems = _resolve_row(definition, row, index, draw)
        rows.append(values)
        problems += row_problems
        for name in needed:
            if is_blank(definition.parameters[name], row.get(name)) and not row_problems:
                problems.append(problem("validation.required", ("rows", index, name), name=name))
        if len(problems) >= MAX_PROBLEMS:
            break
    return rows, problems


def _resolve_row(
    definition: WorkflowDefinition, row: Mapping[str, Any], index: int, draw: _Draw
) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, cell in row.items():
        parameter = definition.parameters.get(name)
        if parameter is None or name in input_columns(definition) or is_blank(parameter, cell):
            continue
        value, wrong_value = coerce(name, parameter, cell, loc=("rows", index, name))
        values[name] = draw.value(name, value)
        if wrong_value:
            problems.append(wrong_value)
    return values, problems


def input_columns(definition: WorkflowDefinition) -> list[str]:
    """The columns of a row that name files: `input`, or the workflow's slots."""
    return list(definition.slots) or ["input"]


def _unknown_columns(definition: WorkflowDefinition, columns: set[str]) -> list[Problem]:
    known = [*input_columns(definition), *definition.parameters]
    names = ", ".join(known)
    problems = []
    for name in sorted(columns - set(known)):
        plain = name.encode(errors="replace").decode()
        hint = f"{names} (did you mean {near}?)" if (near := nearest(plain, known)) else names
        values = {"name": plain, "workflow": definition.name, "known": hint}
        problems.append(problem("validation.column", ("rows", plain), **values))
    return problems


def _resolve_seeds(
    definition: WorkflowDefinition, submission: Submission, columns: set[str]
) -> tuple[Seeds | None, list[Problem]]:
    if submission.seeds is None:
        return None, []
    name = definition.seed_parameter
    if name is None:
        return None, [problem("validation.no_seed_parameter", ("seeds",), workflow=definition.name)]
    seeds, wrong_seeds = parse_seeds(submission.seeds)
    if wrong_seeds:
        return None, [wrong_seeds]
    if seeds.listed is not None and name in columns:
        return seeds, [problem("validation.swept_twice", ("seeds",), name=name, first="seeds", second="rows")]
    outside = listed_problem(name, seeds, parameter_range(definition))
    return seeds, [outside] if outside else []


def _seed_overflow(fan_out: FanOut, allowed: SeedRange) -> list[Problem]:
    """The problem of counting past the largest seed."""
    if fan_out.seeds is None or fan_out.seeds.listed is not None or fan_out.seed_name is None:
        return []
    name = fan_out.seed_name
    first = max([fan_out.common[name], *(row[name] for row in fan_out.rows if name in row)])
    overflow = counted_problem(first, fan_out.seeds.count, allowed)
    return [overflow] if overflow else []
