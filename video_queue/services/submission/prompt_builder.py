"""From a submission to its prompts: (inputs | rows) × product(sweep) × seeds, in that nesting.

`resolve_settings`, then `plan_job` are the whole straight line without a write; the job service stores the result.
Settings are resolved once for many submissions that differ in their inputs alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem
from video_queue.domain.plan import InputGroup, PromptPlan
from video_queue.domain.references import Reference
from video_queue.domain.resolution import Resolution
from video_queue.domain.submission import Submission
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.services.submission.fanout import FanOut, SharedValues, count_prompts, resolve_values
from video_queue.services.submission.input_checks import Probe
from video_queue.services.submission.input_facts import input_facts
from video_queue.services.submission.inputs import InputCollection, collect_inputs
from video_queue.services.submission.output_names import FilledName, compile_name, fill_name, unique_names
from video_queue.services.submission.resolution import resolve_resolution
from video_queue.services.submission.seeds import SeedRange


@dataclass(slots=True)
class PlannedJob:
    """What a submission resolves to. `prompts` is empty where there are problems or references to other jobs' outputs.

    `params` are the values common to all prompts (a prompt's own are in its plan), `references` inputs such as
    `job:12`, to be put in place with `submission.with_outputs` before planning again.
    """

    params: dict[str, Any]
    resolution: Resolution | None
    count: int
    problems: list[Problem]
    references: list[str]
    inputs: InputCollection
    seed_name: str | None
    prompts: list[PromptPlan] = field(default_factory=list)

    def values_used(self) -> dict[str, set[Any]]:
        """For each parameter every plain value that some prompt of the job has."""
        used: dict[str, set[Any]] = {}
        for values in (self.params, *(plan.values for plan in self.prompts)):
            for name, value in values.items():
                if isinstance(value, str | int | float | bool | None):
                    used.setdefault(name, set()).add(value)
        return used

    def seed_of(self, plan: PromptPlan) -> int | None:
        """A prompt's seed, or None for a workflow without one."""
        if self.seed_name is None:
            return None
        return int(plan.values.get(self.seed_name, self.params[self.seed_name]))


@dataclass(frozen=True, slots=True)
class JobSettings:
    """What a submission comes to besides its inputs and random seeds: the same for all that state the same."""

    definition: WorkflowDefinition
    values: SharedValues
    resolution: Resolution | None
    name: Sequence[str | Reference]
    problems: list[Problem]


def resolve_settings(
    definition: WorkflowDefinition, submission: Submission, *, drawn_from: SeedRange | None = None
) -> JobSettings:
    """The submission's settings, with all problems with them. Random seeds are drawn from `drawn_from`."""
    values = resolve_values(definition, submission, drawn_from=drawn_from)
    resolution, problems = resolve_resolution(definition, submission.resolution, submission.flip)
    return JobSettings(definition, values, resolution, compile_name(definition.output.name), problems)


def plan_job(
    settings: JobSettings,
    submission: Submission,
    *,
    rng: random.Random,
    max_prompts: int,
    probe: Probe | None = None,
) -> PlannedJob:
    """What a submission with these settings resolves to, with all its problems at once; nothing is written.

    More than `max_prompts` prompts are a `too_large` problem before anything is expanded. `probe(path, kind)` opens
    inputs that were named one by one (see `collect_inputs`).
    """
    fan_out, problems = settings.values.draw(rng)
    problems += settings.problems
    collected = collect_inputs(settings.definition, submission, probe=probe)
    problems += collected.problems
    count = count_prompts(len(collected.groups), fan_out)
    if count > max_prompts:
        problems.append(problem("too_large.prompts", (), count=count, limit=max_prompts))
    planned = PlannedJob(
        params=fan_out.common,
        resolution=settings.resolution,
        count=count,
        problems=problems,
        references=collected.references,
        inputs=collected,
        seed_name=fan_out.seed_name,
    )
    if not problems and not collected.references:
        planned.prompts = build_prompts(settings, collected.groups, fan_out, job_name=submission.name)
    return planned


def build_prompts(
    settings: JobSettings, groups: Sequence[InputGroup], fan_out: FanOut, *, job_name: str = ""
) -> list[PromptPlan]:
    """One plan for each prompt, in order; `fan_out.rows`, where there are any, run beside `groups`."""
    filled: list[FilledName] = []
    owners: list[int] = []
    shared = list(fan_out.value_sets({})) if not fan_out.rows else []
    for number, group in enumerate(groups, start=1):
        scope = input_facts(settings.definition, group, number) | {"job": {"name": job_name}}
        for values in shared or fan_out.value_sets(fan_out.rows[number - 1]):
            scope["params"] = {**fan_out.common, **values}
            scope["prompt"] = {"index": len(filled) + 1}
            filled.append(FilledName(group.reldir, fill_name(settings.name, scope), values))
            owners.append(number)
    names = unique_names(filled, order=_value_order(fan_out))
    return [
        PromptPlan(index, group.inputs, group.slots, group.reldir, owner, group.sequence, own.values, name)
        for index, (own, name, owner) in enumerate(zip(filled, names, owners, strict=True), start=1)
        for group in (groups[owner - 1],)
    ]


def planned_names(
    definition: WorkflowDefinition,
    plans: Sequence[PromptPlan],
    common: Mapping[str, Any],
    *,
    order: Iterable[str],
    job_name: str = "",
) -> list[str]:
    """The output names that a job's prompts have with their values as they are now; `order` as in `unique_names`."""
    template = compile_name(definition.output.name)
    filled = []
    for plan in plans:
        scope = input_facts(definition, plan, plan.input_index) | {"job": {"name": job_name}}
        scope |= {"params": {**common, **plan.values}, "prompt": {"index": plan.index}}
        filled.append(FilledName(plan.reldir, fill_name(template, scope), plan.values))
    return unique_names(filled, order=dict.fromkeys(order))


def _value_order(fan_out: FanOut) -> list[str]:
    """The parameters that may differ between prompts: swept, then those of rows, the seed last."""
    order = dict.fromkeys([*fan_out.sweep, *(name for row in fan_out.rows for name in row)])
    if fan_out.seed_name is not None:
        order.pop(fan_out.seed_name, None)
        order[fan_out.seed_name] = None
    return list(order)
