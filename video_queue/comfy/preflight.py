"""A workflow's graphs checked against ComfyUI's own definitions before anything is submitted.

It finds what ComfyUI would refuse or ignore: unknown node classes, models and LoRAs that are not in the
list, bindings to inputs that a class does not have, numbers out of range.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from video_queue.comfy.node_catalogue import ObjectInfo, choices, input_spec
from video_queue.domain.catalogue import problem, similar
from video_queue.domain.errors import Problem
from video_queue.domain.references import whole_reference
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase

_NEAREST = 3
Values = Mapping[str, Iterable[Any]]


def preflight(workflow: LoadedWorkflow, values: Values, info: ObjectInfo) -> list[Problem]:
    """Everything that this ComfyUI would not do. `values`: for each parameter every value the job uses."""
    problems: list[Problem] = []
    for phase in workflow.definition.phases:
        if phase.name in workflow.graphs:
            graph = workflow.graphs[phase.name]
            problems += _unknown_classes(phase, graph, info)
            problems += _bindings(phase, graph, values, info)
            problems += _literals(phase, graph, info)
    return problems


def missing_classes(workflow: LoadedWorkflow, info: ObjectInfo) -> list[str]:
    """The node classes of a workflow's graphs that ComfyUI does not have."""
    nodes = [node for graph in workflow.graphs.values() for node in graph.values()]
    return sorted({str(node["class_type"]) for node in nodes if node["class_type"] not in info})


def _unknown_classes(phase: Phase, graph: Mapping[str, Any], info: ObjectInfo) -> Iterator[Problem]:
    for node_id, node in graph.items():
        if node["class_type"] not in info:
            near = _nearest(node["class_type"], info)
            yield problem(
                "comfy_rejected.unknown_class", (phase.name, node_id), name=node["class_type"], near=near
            )


def _bindings(phase: Phase, graph: Mapping[str, Any], values: Values, info: ObjectInfo) -> Iterator[Problem]:
    for binding, value in phase.set.items():
        node_id, _, name = binding.partition(".inputs.")
        node = graph.get(node_id)
        if node is None or node["class_type"] not in info:
            continue
        spec = input_spec(info, node["class_type"], name)
        # Dotted names belong to dynamic choices, whose inputs depend on another input's value.
        if spec is None and "." not in name and name not in node.get("inputs", {}):
            yield problem(
                "comfy_rejected.unknown_input", (phase.name, binding), name=name, node=node["class_type"]
            )
        kept = node.get("inputs", {}).get(name)
        for used in _used(value, values):
            # Without a value the graph's own stays; a loader without its LoRA is left out.
            judged = kept if used is None and name != "lora_name" and not isinstance(kept, list) else used
            yield from _judge(phase, node_id, node["class_type"], name, judged, info)


def _used(value: Any, values: Values) -> Iterable[Any]:
    """What a binding puts in, as far as it is known before the prompt runs."""
    reference = whole_reference(value)
    if reference is None:
        return [] if isinstance(value, str) and "{{" in value else [value]
    if len(reference.paths) == 1 and len(reference.paths[0]) == 2 and reference.paths[0][0] == "params":
        return values.get(reference.paths[0][1], ())
    return []


def _literals(phase: Phase, graph: Mapping[str, Any], info: ObjectInfo) -> Iterator[Problem]:
    """The graph's own choices and numbers, but for those that a binding replaces."""
    bound = {*phase.set, *phase.files}
    for node_id, node in graph.items():
        for name, value in node.get("inputs", {}).items():
            if not isinstance(value, list) and f"{node_id}.inputs.{name}" not in bound:
                yield from _judge(phase, node_id, node["class_type"], name, value, info)


def _judge(
    phase: Phase, node_id: str, class_type: str, name: str, value: Any, info: ObjectInfo
) -> Iterator[Problem]:
    if value is None:
        return
    where = (phase.name, node_id, name)
    listed = choices(info, class_type, name)
    if listed is not None:
        # An upload input lists the files that are there now; ours are brought later.
        if str(value) not in listed and not _takes_uploads(info, class_type, name):
            near = _nearest(str(value), listed)
            yield problem(
                "comfy_rejected.not_listed", where, name=name, value=value, node=class_type, near=near
            )
        return
    spec = input_spec(info, class_type, name)
    limits = spec[1] if spec and len(spec) > 1 and isinstance(spec[1], dict) else {}
    if isinstance(value, int | float) and not isinstance(value, bool):
        low, high = limits.get("min"), limits.get("max")
        if (low is not None and value < low) or (high is not None and value > high):
            yield problem(
                "comfy_rejected.out_of_range",
                where,
                name=name,
                value=value,
                node=class_type,
                low=low,
                high=high,
            )


def _takes_uploads(info: ObjectInfo, class_type: str, name: str) -> bool:
    spec = input_spec(info, class_type, name) or []
    options = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
    return any(key.endswith("_upload") and options[key] for key in options)


def _nearest(name: str, known: Iterable[str]) -> str:
    return ", ".join(similar(name, known, most=_NEAREST, cutoff=0.4)) or "nothing similar"
