"""Checks of a workflow definition beyond its shape: references, phase arguments, graphs, defaults, output.

Findings name their place as a path of keys; `workflow_files` adds file and line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from video_queue.comfy.file_bindings import gives_file
from video_queue.comfy.graph import input_place
from video_queue.comfy.node_inputs import takes_file
from video_queue.domain.catalogue import did_you_mean, problem
from video_queue.domain.errors import Loc
from video_queue.domain.media.phases import PHASES
from video_queue.domain.references import Reference, references_in, split_template, whole_reference
from video_queue.domain.resolution import parse_size
from video_queue.domain.workflow import (
    InputKind,
    InputSpec,
    Parameter,
    ParameterType,
    Phase,
    WorkflowDefinition,
    split_binding,
)
from video_queue.services.workflows.reference_rules import ReferenceRules
from video_queue.services.workflows.values import coerce, is_blank

Graphs = Mapping[str, Mapping[str, Any]]
SOURCES = (
    "loras", "checkpoints", "vaes", "upscalers", "samplers", "schedulers", "encoders", "caption_styles",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, and the keys that lead to its place."""

    where: Loc
    detail: str


def check_definition(definition: WorkflowDefinition, graphs: Graphs) -> list[Finding]:
    """Every finding about a definition whose shape is right. `graphs`: phase name to graph in API format."""
    return [
        *_inputs(definition),
        *_parameters(definition),
        *_phases(definition, graphs),
        *_output(definition),
    ]


def _inputs(definition: WorkflowDefinition) -> Iterator[Finding]:
    inputs = definition.inputs
    for slot, spec in inputs.items() if isinstance(inputs, dict) else ():
        if spec.kind in (InputKind.SEQUENCE, InputKind.NONE):
            yield Finding(("inputs", slot, "kind"), f"a named input cannot be of the kind {spec.kind.value}")
    if isinstance(inputs, InputSpec) and inputs.kind is InputKind.NONE and inputs.per_prompt != 1:
        yield Finding(("inputs",), "per_prompt needs a kind of file")
    for index, text in enumerate(definition.resolutions):
        if text != "input" and parse_size(text) is None:
            yield Finding(("resolutions", index), f"{text!r} is not a size such as 832x480, nor input")


def _parameters(definition: WorkflowDefinition) -> Iterator[Finding]:
    seeds = [
        name for name, parameter in definition.parameters.items() if parameter.type is ParameterType.SEED
    ]
    for name in seeds[1:]:
        yield Finding(("parameters", name, "type"), f"there is a seed parameter already: {seeds[0]}")
    for name, parameter in definition.parameters.items():
        where = ("parameters", name)
        if not name.isidentifier() or not name.isascii():
            yield Finding(where, "a parameter's name is letters, digits and _, beginning with a letter")
        if not is_blank(parameter, parameter.default):
            _, wrong_default = coerce(name, parameter, parameter.default)
            if wrong_default:
                yield Finding((*where, "default"), wrong_default.message)
        yield from _parameter_keys(definition, name, parameter)


def _parameter_keys(definition: WorkflowDefinition, name: str, parameter: Parameter) -> Iterator[Finding]:
    source = parameter.options_source
    if source is not None and source not in SOURCES and not source.startswith("comfy:"):
        where = ("parameters", name, "options_source")
        yield Finding(
            where, f"{source} is not known (the sources are {', '.join(SOURCES)}, comfy:Class.input)"
        )
    for other in parameter.ui.visible_if or ():
        if other not in definition.parameters:
            yield Finding(("parameters", name, "ui", "visible_if", other), f"there is no parameter {other}")


def _phases(definition: WorkflowDefinition, graphs: Graphs) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, phase in enumerate(definition.phases):
        where: Loc = ("phases", index)
        if phase.name in seen:
            yield Finding((*where, "name"), f"there is a phase {phase.name} already")
        seen.add(phase.name)
        rules = ReferenceRules(definition, phase)
        yield from _references(phase.with_, rules, (*where, "with"))
        yield from _for_each(phase, rules, where)
        if phase.when is not None:
            yield from _whole(phase.when, rules, (*where, "when"))
        yield from _arguments(phase, where)
        yield from _bindings(phase, graphs.get(phase.name), rules, where)


def _references(value: Any, rules: ReferenceRules, where: Loc) -> Iterator[Finding]:
    """The references anywhere inside a value that lead nowhere."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _references(inner, rules, (*where, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _references(inner, rules, (*where, index))
    elif isinstance(value, str):
        try:
            parts = split_template(value)
        except ValueError as error:
            yield Finding(where, str(error))
            return
        for part in parts:
            if isinstance(part, Reference):
                yield from _reference(part, rules, where)


def _reference(reference: Reference, rules: ReferenceRules, where: Loc) -> Iterator[Finding]:
    for path in reference.paths:
        if detail := rules.error(path):
            shown = "{{ " + ".".join(path) + " }}"
            yield Finding(where, problem("validation.reference", (), reference=shown, detail=detail).message)


def _whole(text: str, rules: ReferenceRules, where: Loc) -> Iterator[Finding]:
    findings = list(_references(text, rules, where))
    yield from findings
    if not findings and whole_reference(text) is None:
        yield Finding(where, "this must be one reference, as in {{ params.captions }}")


def _for_each(phase: Phase, rules: ReferenceRules, where: Loc) -> Iterator[Finding]:
    if phase.for_each is None:
        return
    at = (*where, "for_each")
    # There is no `item` yet in the reference that names the items.
    before = ReferenceRules(rules.definition, phase.model_copy(update={"for_each": None}))
    findings = list(_whole(phase.for_each, before, at))
    yield from findings
    reference = None if findings else whole_reference(phase.for_each)
    if reference and all(before.is_list(path) is False for path in reference.paths):
        yield Finding(at, f"{reference.text} is not a list")


def _arguments(phase: Phase, where: Loc) -> Iterator[Finding]:
    """Unknown phases, unknown or missing keys, plain values that do not fit."""
    if phase.uses not in PHASES:
        meant = did_you_mean(phase.uses, PHASES)
        yield Finding((*where, "uses"), f"{phase.uses} is not known{meant} (there are {', '.join(PHASES)})")
        return
    model = PHASES[phase.uses].params
    yield from _unknown_keys(phase, tuple(model.model_fields), where)
    known = {key: value for key, value in phase.with_.items() if key in model.model_fields}
    referring = {key for key, value in known.items() if _refers(value)}
    plain = {key: value for key, value in known.items() if key not in referring}
    for inner, detail in _literal_problems(model, plain, referring):
        missing = len(inner) == 1 and inner[0] not in known
        at = (*where, "with") if missing else (*where, "with", *inner)
        yield Finding(at, f"{inner[0]} is missing" if missing else detail)


def _literal_problems(
    model: type[BaseModel], values: Mapping[str, Any], references: set[str]
) -> list[tuple[tuple[str, ...], str]]:
    """(keys, text) of each problem with a phase's plain values; `values` leaves out the keys of `references`."""
    problems = []
    try:
        model.model_validate(dict(values))
    except ValidationError as error:
        for item in error.errors():
            where = tuple(str(part) for part in item["loc"])
            # What a reference will give is not known yet, nor then what the model says as a whole.
            if where[0] not in references if where else not references:
                problems.append((where, item["msg"].removeprefix("Value error, ")))
    return problems


def _refers(value: Any) -> bool:
    try:
        return next(references_in(value), None) is not None
    except ValueError:
        return True


def _unknown_keys(phase: Phase, known: tuple[str, ...], where: Loc) -> Iterator[Finding]:
    for key in phase.with_:
        if key not in known:
            detail = f"{phase.uses} takes no {key}{did_you_mean(key, known)} (it takes {', '.join(known)})"
            yield Finding((*where, "with", key), detail)


def _bindings(
    phase: Phase, graph: Mapping[str, Any] | None, rules: ReferenceRules, where: Loc
) -> Iterator[Finding]:
    groups: dict[Loc, Mapping[str, Any]] = {("set",): phase.set, ("files",): phase.files}
    if phase.on_oom:
        groups["on_oom", "set"] = phase.on_oom.set
    for part, bindings in groups.items():
        yield from _references(bindings, rules, (*where, *part))
        for key in bindings:
            if graph is not None and (detail := binding_error(key, graph)):
                yield Finding((*where, *part, key), detail)
    for key in phase.files.keys() & phase.set.keys():
        yield Finding((*where, "files", key), "this input is in set already")
    for key, value in phase.set.items():
        if graph is not None and not binding_error(key, graph) and _is_file_in_set(key, value, graph, rules):
            detail = "this node takes a file of ComfyUI's input folder: write it under files, which brings it there"
            yield Finding((*where, "set", key), detail)
    for key, value in phase.files.items():
        yield from _file_binding(value, rules, (*where, "files", key))


def binding_error(key: str, graph: Mapping[str, Any]) -> str | None:
    """The problem with `NODE.inputs.NAME` in a graph of the API format, or None."""
    try:
        node_id, name = split_binding(key)
    except ValueError as error:
        return str(error)
    node = graph.get(node_id)
    if not isinstance(node, Mapping):
        return f"the graph has no node {node_id} (it has {', '.join(list(graph)[:20])})"
    inputs = node.get("inputs", {})
    holder, field = input_place(inputs, name)
    if field not in holder:
        known = ", ".join(inputs) or "none"
        return f"the node {node_id} ({node.get('class_type')}) has no input {name} (it has {known})"
    return None


def _is_file_in_set(key: str, value: Any, graph: Mapping[str, Any], rules: ReferenceRules) -> bool:
    """Whether a path of this machine is given to a loader, which ComfyUI refuses."""
    node_id, name = split_binding(key)
    return takes_file(graph[node_id], name) and gives_file(value, rules.definition)


def _file_binding(value: Any, rules: ReferenceRules, where: Loc) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield Finding(where, "one file is due: a reference or a path")
        return
    try:
        reference = whole_reference(value)
    except ValueError:
        return
    if reference and any(not rules.error(path) and rules.is_list(path) for path in reference.paths):
        yield Finding(where, problem("validation.list_for_file", (), binding=reference.text).message)


def _output(definition: WorkflowDefinition) -> Iterator[Finding]:
    if "output" in definition.model_fields_set:
        yield from _output_phase(definition)
        yield from _output_name(definition)
    elif not any(phase.makes_files for phase in definition.phases):
        yield Finding(("phases",), "no phase makes files, so there is nothing to publish")


def _output_phase(definition: WorkflowDefinition) -> Iterator[Finding]:
    names = [phase.name for phase in definition.phases]
    for phase in definition.output.phases:
        if phase not in names:
            yield Finding(
                ("output", "phase"), f"there is no phase {phase} (the phases are {', '.join(names)})"
            )


def _output_name(definition: WorkflowDefinition) -> Iterator[Finding]:
    output, where = definition.output, ("output", "name")
    if "name" in output.model_fields_set:
        yield from _references(output.name, ReferenceRules(definition), where)
    try:
        literal = "".join(part for part in split_template(output.name) if isinstance(part, str))
    except ValueError:
        return
    if "/" in literal or "\\" in literal:
        yield Finding(where, problem("validation.output_name", (), name=output.name).message)
