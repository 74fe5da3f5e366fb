"""Fan-out: seeds, sweeps and rows of a submission, resolved and counted before anything is expanded.

`prompt_builder` turns the result into prompts. Randomness is an argument.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from video_queue.domain.catalogue import nearest, problem
from video_queue.domain.errors import Problem
from video_queue.domain.submission import Submission
from video_queue.domain.workflow import Parameter, WorkflowDefinition
from video_queue.services.workflows.parameters import resolve_params, unknown_parameter
from video_queue.services.workflows.values import RANDOM, SEED_LIMIT, coerce, is_blank, shown

RANDOM_SEEDS = 2**50
MAX_PROBLEMS = 100
_RANGE = re.compile(r"\s*([0-9]{1,20})\s*\.\.\s*([0-9]{1,20})\s*")


@dataclass(frozen=True, slots=True)
class Seeds:
    """The seeds of every combination: those `listed`, else `count` of them from the seed parameter's value on."""

    count: int = 1
    listed: Sequence[int] | None = None


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
    definition: WorkflowDefinition, submission: Submission, *, rng: random.Random
) -> tuple[FanOut, list[Problem]]:
    """(the submission's resolved values, every problem with its params, sweep, rows and seeds)."""
    columns = {column for row in submission.rows for column in row}
    elsewhere = columns | submission.sweep.keys()
    common, problems = resolve_params(definition, submission.params, elsewhere=elsewhere)
    sweep, sweep_problems = _resolve_sweep(definition, submission, columns, rng)
    rows, row_problems = _resolve_rows(definition, submission, columns, rng)
    seeds, seed_problems = _resolve_seeds(definition, submission, columns)
    problems += [*sweep_problems, *row_problems, *seed_problems]
    name = definition.seed_parameter
    if name is not None and common.get(name) == RANDOM:
        common[name] = draw_seed(rng)
    fan_out = FanOut(common, sweep, rows, name, seeds)
    return fan_out, problems or _seed_overflow(fan_out)


def draw_seed(rng: random.Random) -> int:
    """A random seed below 2^50: every program reads it exactly, and a thousand more still fit."""
    return rng.randrange(RANDOM_SEEDS)


def _drawn(value: Any, rng: random.Random, is_seed: bool) -> Any:
    return draw_seed(rng) if is_seed and value == RANDOM else value


def _resolve_sweep(
    definition: WorkflowDefinition, submission: Submission, columns: set[str], rng: random.Random
) -> tuple[dict[str, list[Any]], list[Problem]]:
    sweep: dict[str, list[Any]] = {}
    problems: list[Problem] = []
    for name, values in submission.sweep.items():
        parameter = definition.parameters.get(name)
        if parameter is None:
            problems.append(unknown_parameter(definition, name, ("sweep",)))
            continue
        is_seed = name == definition.seed_parameter
        others = [("rows", name in columns), ("seeds", is_seed and submission.seeds is not None)]
        problems += _sweep_problems(
            name, parameter, values, [other for other, is_there in others if is_there]
        )
        coerced = [coerce(name, parameter, value, loc=("sweep", name, i)) for i, value in enumerate(values)]
        problems += [wrong_value for _, wrong_value in coerced if wrong_value][:MAX_PROBLEMS]
        sweep[name] = [_drawn(value, rng, is_seed) for value, _ in coerced]
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
    definition: WorkflowDefinition, submission: Submission, columns: set[str], rng: random.Random
) -> tuple[list[dict[str, Any]], list[Problem]]:
    problems = _unknown_columns(definition, columns)
    needed = [
        name
        for name, parameter in definition.parameters.items()
        if name in columns and parameter.is_required and is_blank(parameter, submission.params.get(name))
    ]
    rows: list[dict[str, Any]] = []
    for index, row in enumerate(submission.rows):
        values, row_problems = _resolve_row(definition, row, index, rng)
        rows.append(values)
        problems += row_problems
        for name in needed:
            if is_blank(definition.parameters[name], row.get(name)) and not row_problems:
                problems.append(problem("validation.required", ("rows", index, name), name=name))
        if len(problems) >= MAX_PROBLEMS:
            break
    return rows, problems


def _resolve_row(
    definition: WorkflowDefinition, row: Mapping[str, Any], index: int, rng: random.Random
) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, cell in row.items():
        parameter = definition.parameters.get(name)
        if parameter is None or name in input_columns(definition) or is_blank(parameter, cell):
            continue
        value, wrong_value = coerce(name, parameter, cell, loc=("rows", index, name))
        values[name] = _drawn(value, rng, name == definition.seed_parameter)
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
    return seeds, []


def parse_seeds(seeds: int | str | list[int | str]) -> tuple[Seeds, Problem | None]:
    """`N` (that many), a list of seeds, "1,5,9", "[1, 5]" or "1..4" (both ends included) as Seeds."""
    unreadable = problem("validation.seeds", ("seeds",), value=shown(seeds))
    if isinstance(seeds, str) and (match := _RANGE.fullmatch(seeds)):
        return _listed(range(int(match[1]), int(match[2]) + 1), unreadable)
    parsed = _parse_list(seeds) if isinstance(seeds, str) else seeds
    if isinstance(parsed, list):
        plain = [int(item) if isinstance(item, str) and item.strip().isdecimal() else item for item in parsed]
        if any(isinstance(item, bool) or not isinstance(item, int) for item in plain):
            return Seeds(), unreadable
        return _listed([int(item) for item in plain], unreadable)
    if parsed is None or isinstance(parsed, bool) or parsed < 1:
        return Seeds(), unreadable
    return Seeds(parsed), None


def _parse_list(text: str) -> int | list[int | str] | None:
    """A count, seeds with commas between, or a JSON list; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        try:
            items: list[int | str] = json.loads(text)
        except (ValueError, RecursionError):
            return None
        return items
    if "," in text:
        return [part.strip() for part in text.split(",") if part.strip()]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _listed(seeds: Sequence[int], unreadable: Problem) -> tuple[Seeds, Problem | None]:
    if not seeds:
        return Seeds(), unreadable
    ends = (seeds[0], seeds[-1]) if isinstance(seeds, range) else (min(seeds), max(seeds))
    for seed in ends:
        if not 0 <= seed < SEED_LIMIT:
            return Seeds(), problem("validation.seed_range", ("seeds",), value=str(seed)[:40])
    count = seeds[-1] - seeds[0] + 1 if isinstance(seeds, range) else len(seeds)
    return Seeds(count, seeds), None


def _seed_overflow(fan_out: FanOut) -> list[Problem]:
    """The problem of counting past the largest seed."""
    if fan_out.seeds is None or fan_out.seeds.listed is not None or fan_out.seed_name is None:
        return []
    name = fan_out.seed_name
    first = max([fan_out.common[name], *(row[name] for row in fan_out.rows if name in row)])
    if first + fan_out.seeds.count > SEED_LIMIT:
        return [problem("validation.seed_overflow", ("seeds",), first=first)]
    return []
