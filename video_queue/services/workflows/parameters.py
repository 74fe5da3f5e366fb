"""A submission's values for the parameters of its workflow: defaults, unknown names, files that must exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import nearest, problem
from video_queue.domain.errors import Loc, Problem
from video_queue.domain.workflow import Parameter, ParameterType, WorkflowDefinition
from video_queue.services.workflows.values import RANDOM, coerce, is_blank

_PATHS = (ParameterType.FILE, ParameterType.FOLDER)


def resolve_params(
    definition: WorkflowDefinition, params: Mapping[str, Any], *, elsewhere: Collection[str] = ()
) -> tuple[dict[str, Any], list[Problem]]:
    """(a value for every parameter of the workflow, all problems with `params`).

    What is left out (or blank) takes its default, else None; a seed without one is "random". `elsewhere` names
    the parameters that have values in a sweep or in the rows, and so are not missing here.
    """
    values: dict[str, Any] = {}
    unknown = (name for name in params if name not in definition.parameters)
    problems = [unknown_parameter(definition, name, ("params",)) for name in unknown]
    for name, parameter in definition.parameters.items():
        values[name] = default_value(name, parameter)
        if is_blank(parameter, value := params.get(name)):
            if parameter.is_required and values[name] is None and name not in elsewhere:
                problems.append(problem("validation.required", ("params", name), name=name))
            continue
        values[name], wrong_value = coerce(name, parameter, value, loc=("params", name))
        if wrong_value:
            problems.append(wrong_value)
    return values, problems


def default_value(name: str, parameter: Parameter) -> Any:
    """The parameter's default as its type; "random" for a seed and [] for a multichoice without one."""
    if is_blank(parameter, parameter.default):
        return {ParameterType.SEED: RANDOM, ParameterType.MULTICHOICE: []}.get(parameter.type)
    return coerce(name, parameter, parameter.default)[0]


def unknown_parameter(definition: WorkflowDefinition, name: str, loc: Loc) -> Problem:
    """The problem with a name that the workflow does not have, with the nearest it has; `loc` is the place above."""
    name = name.encode(errors="replace").decode()
    loc = (*loc, name)
    known = ", ".join(definition.parameters) or "none"
    if near := nearest(name, definition.parameters):
        key = "validation.unknown_parameter_near"
        return problem(key, loc, workflow=definition.name, name=name, near=near, known=known)
    return problem("validation.unknown_parameter", loc, workflow=definition.name, name=name, known=known)


def file_problems(definition: WorkflowDefinition, values: Mapping[str, Any]) -> list[Problem]:
    """The file and folder parameters among resolved `values` that do not exist or are not what they should be.

    Apart from `resolve_params`, so that a caller can first refuse paths that a request may not name.
    """
    problems = []
    for name, value in values.items():
        parameter = definition.parameters.get(name)
        if parameter is None or not isinstance(value, str) or parameter.type not in _PATHS:
            continue
        path = Path(value)
        if parameter.type is ParameterType.FILE and not path.is_file():
            key = "input_unreadable.not_a_file" if path.exists() else "input_missing.file"
            problems.append(problem(key, ("params", name), path=value))
        elif parameter.type is ParameterType.FOLDER and not path.is_dir():
            key = "input_missing.not_a_folder" if path.exists() else "input_missing.folder"
            problems.append(problem(key, ("params", name), path=value))
    return problems
