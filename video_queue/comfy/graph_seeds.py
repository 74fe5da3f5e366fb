"""The seed inputs of a workflow's graphs: the range of those that a parameter is bound to, and those that none is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from video_queue.comfy.graph import described_node
from video_queue.comfy.node_catalogue import ObjectInfo
from video_queue.comfy.node_inputs import find_input
from video_queue.domain.references import whole_reference
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase, split_binding

_SEED_NAMES = frozenset({"seed", "noise_seed", "rand_seed"})


def bound_range(workflow: LoadedWorkflow, parameter: str, info: ObjectInfo) -> tuple[int | None, int | None]:
    """The narrowest range of the inputs that a parameter is bound to; None for an end that is not known."""
    lows, highs = [], []
    for phase in workflow.definition.phases:
        graph = workflow.graphs.get(phase.name, {})
        for node_id, name in _bound_inputs(phase, parameter):
            declared = find_input(info, graph.get(node_id) or {}, name)
            low, high = declared.limits if declared else (None, None)
            lows += [int(low)] if low is not None else []
            highs += [int(high)] if high is not None else []
    return max(lows, default=None), min(highs, default=None)


def free_seed_input(workflow: LoadedWorkflow) -> tuple[str, str, str] | None:
    """(phase, binding, node in words) of the first seed in a graph that has a plain number."""
    for phase, graph in workflow.graphs.items():
        for node_id, node in graph.items():
            for name, value in (node.get("inputs") or {}).items():
                if name.rpartition(".")[2] in _SEED_NAMES and isinstance(value, int):
                    return phase, f"{node_id}.inputs.{name}", described_node(graph, node_id)
    return None


def _bound_inputs(phase: Phase, parameter: str) -> Iterator[tuple[str, str]]:
    """(node, input) of every binding that is one whole reference to the parameter, first or as an alternative."""
    lowered: Mapping[str, Any] = phase.on_oom.set if phase.on_oom else {}
    for binding, value in [*phase.set.items(), *lowered.items()]:
        reference = whole_reference(value)
        if reference and ("params", parameter) in reference.paths:
            yield split_binding(binding)
