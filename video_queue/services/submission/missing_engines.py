"""Engines and models that a job's phases need and that are not here: said before an hour of other work is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Loc, Problem, VqError
from video_queue.domain.references import MissingReferenceError, resolve, whole_reference
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase, WorkflowDefinition
from video_queue.media.speech.identity import ENGINE_PHASES, engines_of
from video_queue.services.submission.prompt_builder import PlannedJob

_CHOICES = ("model", "language", "engine")
# What an error names, and the argument that it is about; of others it is the model.
_CHOSEN_BY = {"extra": "engine", "language": "language"}
_ANY = "-"  # a file that is not known yet


def missing_engines(workflow: LoadedWorkflow, planned: PlannedJob) -> list[Problem]:
    """One problem for each phase and engine that cannot run here with the values of some prompt."""
    phases = [phase for phase in workflow.definition.phases if phase.uses in ENGINE_PHASES]
    problems: dict[str, Problem] = {}
    for values in _each_values(planned) if phases else ():
        for phase in phases:
            arguments = _known_arguments(phase, {"params": values})
            if arguments is None:
                continue
            try:
                engines_of(phase.uses, {"source": _ANY, **arguments})
            except VqError as error:
                loc = _loc(workflow.definition, phase, values, error)
                item = problem("validation.engine", loc, detail=error.message, remedy=error.hint)
                problems.setdefault(item.message, item)
            except (OSError, ValueError):
                continue  # what is wrong with a value is said by the phase
    return list(problems.values())


def _each_values(planned: PlannedJob) -> Iterator[Mapping[str, Any]]:
    """The values of each prompt, the same ones once; without prompts yet, what all of them will share."""
    seen = set()
    for values in [plan.values for plan in planned.prompts] or [{}]:
        if (key := repr(values)) not in seen:
            seen.add(key)
            yield {**planned.params, **values}


def _known_arguments(phase: Phase, scope: Mapping[str, Any]) -> dict[str, Any] | None:
    """Its engine, model and language; None where they are not known yet, or it is skipped."""
    try:
        skipped = phase.when is not None and not resolve(phase.when, scope)
        arguments = {name: resolve(phase.with_.get(name), scope) for name in _CHOICES}
    except MissingReferenceError:
        return None
    return None if skipped else {name: value for name, value in arguments.items() if value is not None}


def _loc(definition: WorkflowDefinition, phase: Phase, values: Mapping[str, Any], error: VqError) -> Loc:
    """The parameter to change: that of the value, or, where it has its default, the one that asks for the phase."""
    chosen = next((name for key, name in _CHOSEN_BY.items() if key in error.details), "model")
    value, when = (_parameter(text) for text in (phase.with_.get(chosen), phase.when))
    if value is None or (when is not None and values.get(value) == definition.parameters[value].default):
        value = when or value
    return (phase.name,) if value is None else ("params", value)


def _parameter(text: Any) -> str | None:
    """The parameter that a text is the reference of."""
    reference = whole_reference(text)
    path = reference.paths[0] if reference else ()
    return path[1] if len(path) == 2 and path[0] == "params" else None
