"""A workflow ready to run: its definition, its graphs, and the texts and hashes under which a job keeps them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from video_queue.domain.media.phases import lane_of
from video_queue.domain.references import Reference, references_in
from video_queue.domain.states import Lane
from video_queue.domain.workflow import Phase, WorkflowDefinition

_FRAMES = "frames"
# Inputs of ComfyUI's nodes that say how large a render is.
_SIZES = {name: name for name in ("steps", "width", "height", "batch_size")} | dict.fromkeys(
    ("length", "num_frames", "video_frames", "frames_number", "frame_count"), "length"
)


@dataclass(frozen=True)
class LoadedWorkflow:
    """A definition with its graphs by phase name.

    `snapshot` is canonical JSON of the definition and of each graph's hash; `hash` is its SHA-256, so it names the
    content of everything. `documents` are the texts by hash that a job's row refers to.
    """

    definition: WorkflowDefinition
    graphs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def graph_texts(self) -> dict[str, str]:
        """Each phase's graph as canonical JSON."""
        return {phase: _canonical(graph, sort=True) for phase, graph in self.graphs.items()}

    @cached_property
    def graph_hashes(self) -> dict[str, str]:
        """Each phase's graph's SHA-256."""
        return {phase: _sha256(text) for phase, text in self.graph_texts.items()}

    @cached_property
    def snapshot(self) -> str:
        """The definition and the graphs' hashes. Keys keep their order, which is the form's."""
        definition = self.definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return _snapshot(definition, self.graph_hashes)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of `snapshot`, in hexadecimal."""
        return _sha256(self.snapshot)

    @property
    def documents(self) -> dict[str, str]:
        """The snapshot and the graphs by their hashes."""
        graphs = {self.graph_hashes[phase]: text for phase, text in self.graph_texts.items()}
        return {self.hash: self.snapshot} | graphs

    @cached_property
    def lanes(self) -> tuple[Lane, ...]:
        """What each phase occupies, and after the last what publishing does."""
        return (*(lane_of(phase.uses) for phase in self.definition.phases), Lane.MEDIA)

    @cached_property
    def counts_input_frames(self) -> bool:
        """Whether a reference needs the exact number of frames of an input, which takes reading the whole file."""
        paths = (path for reference in self.references() for path in reference.paths)
        return any(path[0] in ("input", "inputs") and path[-1] == _FRAMES for path in paths)

    @cached_property
    def render_sizes(self) -> dict[str, list[dict[str, Any]]]:
        """By comfy phase what its nodes say of the size of a render, numbers or references, after `set`.

        The names are `steps, width, height, batch_size, length`.
        """
        return {
            phase.name: [
                sizes for id_, node in self.graphs[phase.name].items() if (sizes := _sizes(id_, node, phase))
            ]
            for phase in self.definition.phases
            if phase.name in self.graphs
        }

    def first_phase_with(self, names: Collection[str]) -> int:
        """The place of the first phase that one of these parameters changes; that of publishing where none does."""
        for seq, phase in enumerate(self.definition.phases):
            paths = (path for reference in _references_of(phase) for path in reference.paths)
            if any(path[0] == "params" and (len(path) == 1 or path[1] in names) for path in paths):
                return seq
        return len(self.definition.phases)

    def references(self) -> Iterator[Reference]:
        """Every reference of the definition."""
        for phase in self.definition.phases:
            yield from _references_of(phase)
        yield from references_in(self.definition.output.name)


def _sizes(node_id: str, node: Mapping[str, Any], phase: Phase) -> dict[str, Any]:
    inputs = node.get("inputs", {})
    values = {
        name: phase.set.get(f"{node_id}.inputs.{name}", inputs[name]) for name in _SIZES if name in inputs
    }
    return {_SIZES[name]: value for name, value in values.items() if isinstance(value, int | float | str)}


def _references_of(phase: Phase) -> Iterator[Reference]:
    overrides = phase.on_oom.set if phase.on_oom else {}
    for part in (phase.with_, phase.set, phase.files, overrides, phase.for_each, phase.when):
        yield from references_in(part)


def from_snapshot(text: str, graphs: Mapping[str, str]) -> LoadedWorkflow:
    """The workflow that a job keeps: its snapshot, and the graphs' texts by phase name.

    Raises:
        ValueError: for texts that are no snapshot (pydantic's ValidationError is one).
    """
    definition = WorkflowDefinition.model_validate(json.loads(text)["definition"])
    return LoadedWorkflow(definition, {phase: json.loads(graph) for phase, graph in graphs.items()})


def written_out(
    definition: Mapping[str, Any], graphs: Mapping[str, Any], hash_: str
) -> LoadedWorkflow | None:
    """The workflow of a definition and graphs that were written down as JSON; None where `hash_` is not theirs.

    Raises:
        ValueError: for what is no definition (pydantic's ValidationError is one).
    """
    texts = {phase: _canonical(graph, sort=True) for phase, graph in graphs.items()}
    text = _snapshot(definition, {phase: _sha256(graph) for phase, graph in texts.items()})
    return from_snapshot(text, texts) if _sha256(text) == hash_ else None


def _snapshot(definition: Mapping[str, Any], graph_hashes: Mapping[str, str]) -> str:
    return _canonical({"definition": definition, "graphs": graph_hashes})


def _canonical(value: Any, *, sort: bool = False) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort, allow_nan=False)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
