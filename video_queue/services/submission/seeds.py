"""Seeds of a submission: how many or which, the range that they are drawn in, and those that do not fit."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from video_queue.comfy.graph_seeds import bound_range, free_seed_input
from video_queue.comfy.node_catalogue import ObjectInfo
from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.workflows.values import SEED_LIMIT, plain_number, shown

RANDOM_SEEDS = 2**50
_RANGE = re.compile(r"\s*([0-9]{1,20})\s*\.\.\s*([0-9]{1,20})\s*")


@dataclass(frozen=True, slots=True)
class Seeds:
    """The seeds of every combination: those `listed`, else `count` of them from the seed parameter's value on."""

    count: int = 1
    listed: Sequence[int] | None = None


@dataclass(frozen=True, slots=True)
class SeedRange:
    """The seeds that may be used, both ends included. A random one is below 2^50 where the range begins below."""

    low: int = 0
    high: int = SEED_LIMIT - 1

    def draw(self, rng: random.Random, count: int = 1) -> int:
        """A random seed that so many can be counted from; as far as they fit at all."""
        last = min(self.high, RANDOM_SEEDS - 1) if self.low < RANDOM_SEEDS else self.high
        last = min(last, self.high - count + 1)
        return rng.randrange(self.low, max(last, self.low) + 1)

    def within(self, low: int | None, high: int | None) -> SeedRange:
        """The part of it from `low` to `high`; the whole of it where nothing is left."""
        part = SeedRange(max(self.low, low or 0), self.high if high is None else min(self.high, high))
        return part if part.low <= part.high else self


def parameter_range(definition: WorkflowDefinition) -> SeedRange:
    """What the seed parameter's `min` and `max` allow."""
    name = definition.seed_parameter
    parameter = definition.parameters[name] if name is not None else None
    low, high = (parameter.min, parameter.max) if parameter else (None, None)
    return SeedRange().within(None if low is None else int(low), None if high is None else int(high))


def drawing_range(workflow: LoadedWorkflow, info: ObjectInfo) -> SeedRange:
    """What the seed parameter and every input that it is bound to allow."""
    seeds, name = parameter_range(workflow.definition), workflow.definition.seed_parameter
    return seeds if name is None else seeds.within(*bound_range(workflow, name, info))


def no_seed_problem(workflow: LoadedWorkflow) -> Problem:
    """That a workflow takes no seeds; where a graph has a seed, with the lines that make it a parameter."""
    name = workflow.definition.name
    if (free := free_seed_input(workflow)) is None:
        return problem("validation.no_seed_parameter", ("seeds",), workflow=name)
    phase, binding, node = free
    values = {"workflow": name, "phase": phase, "binding": binding, "node": node}
    return problem("validation.unbound_seed", ("seeds",), **values)


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


def listed_problem(name: str, seeds: Seeds, allowed: SeedRange) -> Problem | None:
    """The first listed seed outside the parameter's range."""
    if seeds.listed is None:
        return None
    first, last = _ends(seeds.listed)
    if first < allowed.low:
        return problem("validation.too_small", ("seeds",), name=name, value=first, limit=allowed.low)
    if last > allowed.high:
        return problem("validation.too_big", ("seeds",), name=name, value=last, limit=allowed.high)
    return None


def counted_problem(first: int, count: int, allowed: SeedRange) -> Problem | None:
    """The problem of counting past the largest seed."""
    if first + count - 1 <= allowed.high:
        return None
    limit = "2^64-1" if allowed.high == SEED_LIMIT - 1 else plain_number(allowed.high)
    return problem("validation.seed_overflow", ("seeds",), first=first, limit=limit)


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
    for seed in _ends(seeds):
        if not 0 <= seed < SEED_LIMIT:
            return Seeds(), problem("validation.seed_range", ("seeds",), value=str(seed)[:40])
    count = seeds[-1] - seeds[0] + 1 if isinstance(seeds, range) else len(seeds)
    return Seeds(count, seeds), None


def _ends(seeds: Sequence[int]) -> tuple[int, int]:
    """The smallest and the largest; of a range without counting it."""
    return (seeds[0], seeds[-1]) if isinstance(seeds, range) else (min(seeds), max(seeds))
