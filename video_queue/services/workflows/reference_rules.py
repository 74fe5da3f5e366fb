"""Where a reference may lead (docs/workflow-files.md, "References"), checked when a workflow is loaded."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from typing import Any

from video_queue.domain.catalogue import did_you_mean
from video_queue.domain.media.phases import PHASES
from video_queue.domain.workflow import InputKind, InputSpec, ParameterType, Phase, WorkflowDefinition

Path = tuple[str, ...]
FILE_FIELDS = (
    "path", "stem", "name", "ext", "reldir", "index", "width", "height", "fps", "frames", "duration",
)  # fmt: skip
ROOTS = ("params", "input", "inputs", "job", "prompt", "item", "resolution", "phases")
_FIXED = {"job": ("id", "name"), "prompt": ("index",), "resolution": ("width", "height")}


def result_fields(uses: str) -> dict[str, bool]:
    """What a phase of this kind returns: field name to whether it is a list."""
    fields = PHASES[uses].result.model_fields if uses in PHASES else {}
    return {name: _is_list(field.annotation) for name, field in fields.items()}


def _is_list(annotation: Any) -> bool:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return any(_is_list(part) for part in typing.get_args(annotation))
    return origin is list or annotation is list


@dataclass(frozen=True)
class ReferenceRules:
    """The names that references may use at one place of a workflow: in phase `at`, or after all (`at` None)."""

    definition: WorkflowDefinition
    at: Phase | None = None

    def error(self, path: Path) -> str | None:
        """The problem with a dotted path, or None."""
        root = path[0]
        if root not in ROOTS:
            return _unknown(root, ROOTS, "references begin with")
        if root in _FIXED:
            return self._fixed(path)
        rule = {
            "params": self._params,
            "input": self._input,
            "inputs": self._inputs,
            "item": self._item,
            "phases": self._phases,
        }[root]
        return rule(path)

    def is_list(self, path: Path) -> bool | None:
        """True for what is known to be a list, False for a single thing, None where only a run can tell."""
        if "*" in path:
            return True
        match path:
            case ("params", name):
                return self.definition.parameters[name].type is ParameterType.MULTICHOICE
            case ("input", "images"):
                return True
            case ("inputs",):
                return not self.definition.slots
            case ("inputs", slot) if slot in self.definition.slots:
                return self.definition.slots[slot].per_prompt != 1
            case ("phases", name, field) if phase := self.definition.phase(name):
                return phase.for_each is not None or result_fields(phase.uses).get(field)
            case ("item", *_) | ("phases", *_):
                return None
        return False

    def _fixed(self, path: Path) -> str | None:
        root, known = path[0], _FIXED[path[0]]
        if root == "resolution" and not self.definition.resolutions:
            return "the workflow declares no resolutions"
        if len(path) == 1:
            return None if root == "resolution" else f"name one of {_dotted(root, known)}"
        return None if len(path) == 2 and path[1] in known else _unknown(path[1], known, f"{root} has")

    def _params(self, path: Path) -> str | None:
        names = self.definition.parameters
        if len(path) == 1:
            return "name a parameter, as in params.NAME"
        if path[1] not in names:
            return _unknown(path[1], names, "the parameters are")
        if len(path) == 2:
            return None
        if names[path[1]].type is ParameterType.SIZE and path[2:] in (("width",), ("height",)):
            return None
        return f"params.{path[1]} has nothing below it"

    def _input(self, path: Path) -> str | None:
        inputs = self.definition.inputs
        spec = next(iter(inputs.values())) if isinstance(inputs, dict) else inputs
        if spec.kind is InputKind.NONE:
            return "the workflow takes no inputs"
        return self._file(path[1:], spec, "input")

    def _file(self, rest: Path, spec: InputSpec, name: str) -> str | None:
        known = (*FILE_FIELDS, "images") if spec.kind is InputKind.SEQUENCE else FILE_FIELDS
        if not rest:
            return None
        if rest[0] not in known:
            return _unknown(rest[0], known, f"{name} has")
        return None if len(rest) == 1 or rest[0] == "images" else f"{name}.{rest[0]} has nothing below it"

    def _inputs(self, path: Path) -> str | None:
        inputs, rest = self.definition.inputs, path[1:]
        if isinstance(inputs, dict):
            if not rest or rest[0] == "*":
                return self._file(rest[1:], next(iter(inputs.values())), "inputs.*")
            if rest[0] not in inputs:
                return _unknown(rest[0], inputs, "the inputs are")
            spec = inputs[rest[0]]
            if spec.per_prompt != 1:
                return self._numbered(rest[1:], spec, path)
            return self._file(rest[1:], spec, f"inputs.{rest[0]}")
        if inputs.kind is InputKind.NONE:
            return "the workflow takes no inputs"
        return self._numbered(rest, inputs, path)

    def _numbered(self, rest: Path, spec: InputSpec, path: Path) -> str | None:
        """`1.path` or `*.path` behind a list of files."""
        if not rest:
            return None
        if rest[0] != "*" and not rest[0].isdigit():
            return f"{'.'.join(path)}: a number from 1 or * is due instead of {rest[0]}"
        if rest[0].isdigit():
            most = spec.per_prompt if isinstance(spec.per_prompt, int) else None
            if int(rest[0]) == 0 or (most is not None and int(rest[0]) > most):
                return f"inputs are counted from 1{f' to {most}' if most else ''}"
        return self._file(rest[1:], spec, "an input")

    def _item(self, _: Path) -> str | None:
        if self.at is None or self.at.for_each is None:
            return "item is there only in a phase with for_each"
        return None

    def _phases(self, path: Path) -> str | None:
        if len(path) == 1:
            return "name a phase, as in phases.NAME.FIELD"
        names = [phase.name for phase in self.definition.phases]
        if path[1] not in names:
            return _unknown(path[1], names, "the phases are")
        if self.at is not None and names.index(path[1]) >= names.index(self.at.name):
            return f"the phase {path[1]} does not come before {self.at.name}"
        phase = self.definition.phases[names.index(path[1])]
        known = result_fields(phase.uses)
        if len(path) > 2 and known and path[2] not in known:
            return _unknown(path[2], known, f"{phase.uses} returns")
        return None


def _dotted(root: str, names: tuple[str, ...]) -> str:
    return " or ".join(f"{root}.{name}" for name in names)


def _unknown(name: str, known: Any, lead: str) -> str:
    """`phases.X is not known; ...` with the nearest name."""
    return f"{name} is not known{did_you_mean(name, known)} ({lead} {', '.join(known) or 'none'})"
