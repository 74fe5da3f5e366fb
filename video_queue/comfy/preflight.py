"""A workflow's graphs checked against ComfyUI's own definitions before anything is submitted.

It finds what ComfyUI would refuse or ignore: unknown node classes, models that are not in the list, bindings to inputs
that a class does not have, numbers out of range, links of the wrong type, missing inputs, files that are set as values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from video_queue.comfy.file_bindings import gives_file, is_local_path
from video_queue.comfy.graph import described_node, input_place, node_class
from video_queue.comfy.missing import not_listed, unknown_class
from video_queue.comfy.model_folders import Folders, model_folder
from video_queue.comfy.node_catalogue import ObjectInfo, is_source
from video_queue.comfy.node_inputs import (
    ANY,
    NodeInput,
    find_input,
    is_core_class,
    is_output_class,
    output_type,
    required_inputs,
    takes_file,
    used_nodes,
)
from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem
from video_queue.domain.references import whole_reference
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase, WorkflowDefinition, split_binding

Values = Mapping[str, Iterable[Any]]
# Problems with the values of one binding; a sweep can have thousands.
_MOST = 5
_LORA_INPUT = "lora_name"
_PREVIEWS = frozenset({"PreviewImage", "MaskPreview", "PreviewAudio"})
# In place of a value that is not known before the prompt runs.
_LATER = ["", 0]


def preflight(
    workflow: LoadedWorkflow, values: Values, info: ObjectInfo, folders: Folders | None = None
) -> list[Problem]:
    """Everything that this ComfyUI would not do. `values`: for each parameter every value the job uses.

    `folders` are ComfyUI's model folders, so that a missing model's is named.
    """
    problems: list[Problem] = []
    for phase in workflow.definition.phases:
        if graph := workflow.graphs.get(phase.name):
            check = _PhaseCheck(workflow.definition, phase, graph, values, info, folders or {})
            problems += check.problems()
    return problems


def previews_only(workflow: LoadedWorkflow, info: ObjectInfo) -> list[Problem]:
    """A warning for each graph whose only results are previews, which ComfyUI keeps for a while at most."""
    warnings = []
    for phase, graph in workflow.graphs.items():
        outputs = [node_id for node_id in graph if is_output_class(info, graph[node_id]["class_type"])]
        if outputs and all(graph[node_id]["class_type"] in _PREVIEWS for node_id in outputs):
            nodes = ", ".join(described_node(graph, node_id) for node_id in outputs)
            warnings.append(problem("no_output.previews", (phase,), nodes=nodes))
    return warnings


def unchecked(definition: WorkflowDefinition, values: Values) -> list[Problem]:
    """A warning for each choice of ComfyUI's that is made while no ComfyUI was ever seen."""
    return [
        problem("comfy_unreachable.unchecked", ("params", name), name=name, value=value)
        for name, parameter in definition.parameters.items()
        if parameter.options_source and is_source(parameter.options_source)
        for value in islice(values.get(name, ()), _MOST)
        if value is not None
    ]


def missing_classes(workflow: LoadedWorkflow, info: ObjectInfo) -> list[str]:
    """The node classes of a workflow's graphs that ComfyUI does not have."""
    nodes = [node for graph in workflow.graphs.values() for node in graph.values()]
    return sorted({str(node["class_type"]) for node in nodes if node["class_type"] not in info})


@dataclass(frozen=True, slots=True)
class _PhaseCheck:
    """The checks of one phase's graph."""

    definition: WorkflowDefinition
    phase: Phase
    graph: Mapping[str, Any]
    values: Values
    info: ObjectInfo
    folders: Folders

    def problems(self) -> Iterator[Problem]:
        bound = {**self.phase.set, **self.phase.files}
        yield from self._output()
        for binding, value in self._all_set():
            yield from self._binding(binding, value)
        for node_id in self.graph:
            if node_class(self.graph, node_id) not in self.info:
                yield unknown_class((self.phase.name, node_id), self.graph, node_id, self.info)
        for node_id in used_nodes(self.graph, self.info):
            node = self.graph[node_id]
            used = self._as_used(node_id)
            yield from self._missing_inputs(node_id, used)
            for name, value in node.get("inputs", {}).items():
                if f"{node_id}.inputs.{name}" in bound:
                    continue
                declared = find_input(self.info, used, name)
                if declared is not None:
                    yield from self._judge(node_id, name, declared, value)

    def _output(self) -> Iterator[Problem]:
        """The problem of a graph without any result: ComfyUI does not run it."""
        classes = [node["class_type"] for node in self.graph.values()]
        if all(name in self.info and not is_output_class(self.info, name) for name in classes):
            yield problem("comfy_rejected.no_save_node", (self.phase.name,), phase=self.phase.name)

    def _all_set(self) -> Iterator[tuple[str, Any]]:
        lowered = self.phase.on_oom.set if self.phase.on_oom else {}
        return chain(self.phase.set.items(), lowered.items())

    def _binding(self, binding: str, value: Any) -> Iterator[Problem]:
        """The problems of one `set`: no such input, a file, or values that ComfyUI would refuse."""
        node_id, name = split_binding(binding)
        node = self.graph.get(node_id)
        if node is None or node["class_type"] not in self.info:
            return
        where = (self.phase.name, binding)
        declared = find_input(self.info, self._as_used(node_id), name)
        if declared is None:
            holder, field = input_place(node.get("inputs", {}), name)
            if field not in holder or "." in field:
                node_text = described_node(self.graph, node_id)
                yield problem("comfy_rejected.unknown_input", where, name=name, node=node_text)
            return
        if takes_file(node, name, self.info) and gives_file(value, self.definition):
            yield self._file_problem(where, node_id, name)
            return
        kept = node.get("inputs", {}).get(name)
        # Without a value the graph's own stays; a loader without its LoRA is left out.
        stays = name != _LORA_INPUT and not isinstance(kept, list)
        used = (kept if item is None and stays else item for item in self._used(value))
        problems = (item for value in used for item in self._judge(node_id, name, declared, value))
        yield from islice(problems, _MOST)

    def _used(self, value: Any) -> Iterable[Any]:
        """What a binding puts in, as far as it is known before the prompt runs."""
        reference = whole_reference(value)
        if reference is None:
            return [] if isinstance(value, str) and "{{" in value else [value]
        if len(reference.paths) == 1 and len(reference.paths[0]) == 2 and reference.paths[0][0] == "params":
            return self.values.get(reference.paths[0][1], ())
        return []

    def _as_used(self, node_id: str) -> dict[str, Any]:
        """A node with the values that this job puts in: they decide which inputs dynamic choices have."""
        node = self.graph[node_id]
        inputs = dict(node.get("inputs", {}))
        for binding, value in self.phase.set.items():
            bound_id, name = split_binding(binding)
            if bound_id == node_id and input_place(inputs, name)[0] is inputs:
                used = [item for item in islice(self._used(value), 2) if item is not None]
                inputs[name] = used[0] if len(used) == 1 else _LATER if used else inputs.get(name, _LATER)
        return {**node, "inputs": inputs}

    def _missing_inputs(self, node_id: str, used: Mapping[str, Any]) -> Iterator[Problem]:
        known = {
            *used["inputs"],
            *(split_binding(key)[1] for key in self.phase.files if key.startswith(f"{node_id}.")),
        }
        for name in required_inputs(self.info, used["class_type"]):
            if name not in known:
                values = {"name": name, "node": described_node(self.graph, node_id)}
                yield problem("comfy_rejected.missing_input", (self.phase.name, node_id, name), **values)

    def _judge(self, node_id: str, name: str, declared: NodeInput, value: Any) -> Iterator[Problem]:
        """The problem with one value of an input, literal or a link."""
        where = (self.phase.name, node_id, name)
        node = described_node(self.graph, node_id)
        if isinstance(value, list):
            yield from self._link(node_id, name, declared, value)
        elif value is None or declared.takes_many:
            return
        elif takes_file(self.graph[node_id], name, self.info):
            # What it lists are the files that are there now; ours are brought later.
            if is_local_path(value):
                yield self._file_problem((self.phase.name, f"{node_id}.inputs.{name}"), node_id, name)
        elif declared.choices is not None:
            if not _is_offered(value, declared, self.graph[node_id]["class_type"], name):
                yield not_listed(where, self.graph, node_id, name, value, declared.choices, self.folders)
        elif declared.kind in ("INT", "FLOAT"):
            yield from self._number(where, node, name, declared, value)

    def _number(
        self, where: tuple[str, ...], node: str, name: str, declared: NodeInput, value: Any
    ) -> Iterator[Problem]:
        low, high = declared.limits
        number = _number(value)
        values = {"name": name, "value": value, "node": node}
        if number is None:
            yield problem("comfy_rejected.not_a_number", where, **values)
        elif (low is not None and number < low) or (high is not None and number > high):
            yield problem("comfy_rejected.out_of_range", where, **values, low=low, high=high)

    def _link(self, node_id: str, name: str, declared: NodeInput, link: list[Any]) -> Iterator[Problem]:
        """The problem with a link: its node or output is not there, or is of another type."""
        if len(link) != 2 or link == _LATER:
            return
        source, where = str(link[0]), (self.phase.name, node_id, name)
        values = {"name": name, "node": described_node(self.graph, node_id)}
        if source not in self.graph:
            yield problem("comfy_rejected.link_to_nothing", where, **values, source=f"node {source}")
            return
        class_type = self.graph[source]["class_type"]
        if class_type not in self.info:
            return
        values["source"] = described_node(self.graph, source)
        source_type = output_type(self.info, class_type, link[1])
        if source_type is None:
            values["source"] += f", output {link[1]}"
            yield problem("comfy_rejected.link_to_nothing", where, **values)
        elif not _fits(source_type, declared.kind) and is_core_class(
            self.info, self.graph[node_id]["class_type"]
        ):
            yield problem(
                "comfy_rejected.link_type", where, **values, source_type=source_type, wanted=declared.kind
            )

    def _file_problem(self, where: tuple[str, ...], node_id: str, name: str) -> Problem:
        values = {"name": name, "node": described_node(self.graph, node_id), "phase": self.phase.name}
        return problem("comfy_rejected.file_in_set", where, **values, binding=f"{node_id}.inputs.{name}")


def _is_offered(value: Any, declared: NodeInput, class_type: str, name: str) -> bool:
    """Whether a value is among the choices. Without any, only a model is known to be missing: other lists grow."""
    choices = declared.choices or ()
    if not choices and model_folder(class_type, name) is None:
        return True
    return str(value) in map(str, choices)


def _number(value: Any) -> int | float | None:
    """A number, or a text that ComfyUI would read as one."""
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _fits(source_type: str, wanted: str) -> bool:
    """Whether an output may feed an input: the same type, or one in common of several; not all types are plain."""
    types, accepted = ({part.strip() for part in text.split(",")} for text in (source_type, wanted))
    open_ended = {ANY, "COMBO"}
    if types & open_ended or accepted & open_ended or any("COMFY_" in text for text in types | accepted):
        return True
    return bool(types & accepted)
