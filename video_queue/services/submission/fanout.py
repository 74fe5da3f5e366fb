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


@dataclass(frozen=True, slots=True)
class SharedValues:
    """A submission's values before its random seeds are drawn: the same for all that state the same.

    They are `FanOut`'s, with "random" where a seed is still to be drawn. `drawn_from` is what it is drawn from,
    `allowed` what the seed parameter takes.
    """

    common: dict[str, Any]
    sweep: dict[str, list[Any]]
    rows: list[dict[str, Any]]
    seed_name: str | None
    seeds: Seeds | None
    drawn_from: SeedRange
    allowed: SeedRange
    problems: list[Problem]

    def draw(self, rng: random.Random) -> tuple[FanOut, list[Problem]]:
        """(the values of one job, every problem with them)."""
        name, count = self.seed_name, _counted(self.seeds)
        if name is None:
            return FanOut(dict(self.common), self.sweep, self.rows, None, self.seeds), list(self.problems)

        def drawn(value: Any) -> Any:
            return self.drawn_from.draw(rng, count) if value == RANDOM else value

        sweep = self.sweep
        if name in sweep:
            sweep = {**sweep, name: [drawn(value) for value in sweep[name]]}
        rows = [{**row, name: drawn(row[name])} if name in row else row for row in self.rows]
        fan_out = FanOut({**self.common, name: drawn(self.common[name])}, sweep, rows, name, self.seeds)
        return fan_out, list(self.problems) or _seed_overflow(fan_out, self.allowed)


def resolve_values(
    definition: WorkflowDefinition, submission: Submission, *, drawn_from: SeedRange | None = None
) -> SharedValues:
    """The submission's values, with every problem with its params, sweep, rows and seeds.

    Random seeds are drawn from `drawn_from`, by default from what the seed parameter allows.
    """
    columns = {column for row in submission.rows for column in row}
    elsewhere = columns | submission.sweep.keys()
    common, problems = resolve_params(definition, submission.params, elsewhere=elsewhere)
    seeds, seed_problems = _resolve_seeds(definition, submission, columns)
    sweep, sweep_problems = _resolve_sweep(definition, submission, columns)
    rows, row_problems = _resolve_rows(definition, submission, columns)
    problems += [*sweep_problems, *row_problems, *seed_problems]
    allowed, name = parameter_range(definition), definition.seed_parameter
    return SharedValues(common, sweep, rows, name, seeds, drawn_from or allowed, allowed, problems)


def plan_fan_out(
    definition: WorkflowDefinition,
    submission: Submission,
    *,
    rng: random.Random,
    drawn_from: SeedRange | None = None,
) -> tuple[FanOut, list[Problem]]:
    """(the submission's values with its seeds drawn, every problem with them); see `resolve_values`."""
    return resolve_values(definition, submission, drawn_from=drawn_from).draw(rng)


def _counted(seeds: Seeds | None) -> int:
    """How many seeds are counted from the first."""
    return seeds.count if seeds is not None and seeds.listed is None else 1


def _resolve_sweep(
    definition: WorkflowDefinition, submission: Submission, columns: set[str]
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
        sweep[name] = [value for value, _ in coerced]
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
    definition: WorkflowDefinition, submission: Submission, columns: set[str]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    problems = _unknown_columns(definition, columns)
    needed = [
        name
        for name, parameter in definition.parameters.items()
        if name in columns and parameter.is_required and is_blank(parameter, submission.params.get(name))
    ]
    rows: list[dict[str, Any]] = []
    for index, row in enumerate(submission.rows):
        values, row_problems = _resolve_row(definition, row, index)
        rows.append(values)
        problems += row_problems
        for name in needed:
            if is_blank(definition.parameters[name], row.get(name)) and not row_problems:
                problems.append(problem("validation.required", ("rows", index, name), name=name))
        if len(problems) >= MAX_PROBLEMS:
            break
    return rows, problems


def _resolve_row(
    definition: WorkflowDefinition, row: Mapping[str, Any], index: int
) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, cell in row.items():
        parameter = definition.parameters.get(name)
        if parameter is None or name in input_columns(definition) or is_blank(parameter, cell):
            continue
        values[name], wrong_value = coerce(name, parameter, cell, loc=("rows", index, name))
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
