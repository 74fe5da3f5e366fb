"""Which models the phases of a prompt load: prompts of one family follow each other without a load.

Pure: values come from the graphs as they are stored and from the prompt's parameters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from video_queue.comfy.model_folders import names_model
from video_queue.domain.media.phases import PhaseKind
from video_queue.domain.references import MissingReferenceError, references_in, resolve
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase

_NO_MODEL = ""
# Of the node's class, the input's name, and what is set there: a value, or a reference to one.
_Loader = tuple[str, str, Any]


class ModelFamilies:
    """The families of a workflow's prompts. Each set of values is worked out once: jobs have many prompts alike."""

    def __init__(self, workflow: LoadedWorkflow) -> None:
        self._phases = workflow.definition.phases
        self._loaders = {
            phase.name: list(_loaders(phase, workflow.graphs[phase.name]))
            for phase in self._phases
            if phase.kind is PhaseKind.COMFY
        }
        self._names = self._parameters()
        self._known: dict[str, str | None] = {}

    def depends_on(self, names: Iterable[str]) -> bool:
        """Whether other values of these parameters may make other families."""
        return not set(self._names).isdisjoint(names)

    def of_prompt(self, params: Mapping[str, Any]) -> str | None:
        """A JSON list by phase: the family, "" where a phase loads no model, null where it renders nothing.

        None where no phase of the workflow renders.
        """
        key = json.dumps([params.get(name) for name in self._names], default=str)
        if key not in self._known:
            self._known[key] = self._worked_out(params)
        return self._known[key]

    def models(self, params: Mapping[str, Any]) -> dict[str, list[_Loader]]:
        """The models that a prompt's phases load, by family: class, input and name of each."""
        loaded: dict[str, list[_Loader]] = {}
        for phase in self._phases:
            family = self._family(phase, {"params": params})
            if family is not None:
                loaded[family] = self._loaded(phase, {"params": params})
        return loaded

    def _loaded(self, phase: Phase, scope: Mapping[str, Any]) -> list[_Loader]:
        return sorted(
            {
                (class_, name, str(model))
                for class_, name, value in self._loaders[phase.name]
                if (model := _resolved(value, scope))
            }
        )

    def _parameters(self) -> list[str]:
        """The parameters that families depend on."""
        values = [
            (loaders, phase.when)
            for phase in self._phases
            for loaders in [self._loaders.get(phase.name)]
            if loaders
        ]
        paths = [path for reference in references_in(values) for path in reference.paths]
        return sorted({path[1] for path in paths if path[0] == "params" and len(path) > 1})

    def _worked_out(self, params: Mapping[str, Any]) -> str | None:
        if not self._loaders:
            return None
        scope = {"params": params}
        return json.dumps([self._family(phase, scope) for phase in self._phases])

    def _family(self, phase: Phase, scope: Mapping[str, Any]) -> str | None:
        loaders = self._loaders.get(phase.name)
        if loaders is None or (phase.when is not None and not _resolved(phase.when, scope)):
            return None
        models = self._loaded(phase, scope)
        return hashlib.sha256(json.dumps(models).encode()).hexdigest()[:16] if models else _NO_MODEL


def _loaders(phase: Phase, graph: Mapping[str, Any]) -> Iterator[_Loader]:
    """Every input of a graph that names a model's file."""
    for node_id, node in graph.items():
        class_ = str(node.get("class_type", ""))
        for name, value in node.get("inputs", {}).items():
            bound = phase.set.get(f"{node_id}.inputs.{name}")
            for text in _texts(value):
                if names_model(class_, name, text):
                    yield class_, name, text if bound is None else bound


def _texts(value: Any) -> Iterator[str]:
    """A text, or those of a node's own object (a LoRA with its strength, say) unless that is switched off."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping) and value.get("on") is not False:
        for inner in value.values():
            yield from _texts(inner)


def _resolved(value: Any, scope: Mapping[str, Any]) -> Any:
    """The value of a parameter; what only the run can tell stays as it is written."""
    try:
        return resolve(value, scope)
    except MissingReferenceError:
        return value
