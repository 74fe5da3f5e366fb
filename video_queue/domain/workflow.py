"""The workflow definition: what a NAME.yaml says, as pydantic models (docs/workflow-files.md).

Pure data and shape rules. Files, line numbers and graphs are read by `services/workflows`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from video_queue.domain.media.phases import PHASES, PhaseKind, kind_of

NAME_PATTERN = r"^[a-z0-9][a-z0-9_-]*$"
_DURATION = re.compile(r"^(\d+(?:\.\d+)?)(s|m|h)?$")
_UNIT_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def parse_duration(value: Any) -> Any:
    """`90s`, `10m`, `2h` or a number of seconds as seconds (float).

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _DURATION.match(value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError("a duration is written as 90s, 10m, 2h or seconds")
    return float(match[1]) * _UNIT_SECONDS[match[2] or "s"]


Duration = Annotated[float, BeforeValidator(parse_duration), Field(gt=0)]


class _Strict(BaseModel):
    """Unknown keys are errors in every part of a workflow file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InputKind(StrEnum):
    """What a workflow takes as its input."""

    VIDEO = "video"
    IMAGE = "image"
    AUDIO = "audio"
    MEDIA = "media"
    SEQUENCE = "sequence"
    NONE = "none"


class InputSpec(_Strict):
    """One input (or named slot): its kind, and how many files a prompt takes (`all`: every one at once)."""

    kind: InputKind = InputKind.NONE
    per_prompt: Annotated[int, Field(ge=1)] | Literal["all"] = 1


def split_binding(key: str) -> tuple[str, str]:
    """`12:3.inputs.seed` as the node's id and the input's name; both may hold dots and colons.

    Raises:
        ValueError: for any other form.
    """
    node, middle, name = key.partition(".inputs.")
    if not (node and middle and name):
        raise ValueError("a binding is written as NODE.inputs.NAME")
    return node, name


class ParameterType(StrEnum):
    """The types a parameter can have."""

    TEXT = "text"
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    CHOICE = "choice"
    MULTICHOICE = "multichoice"
    SEED = "seed"
    SIZE = "size"
    FILE = "file"
    FOLDER = "folder"
    COLOR = "color"


class Widget(StrEnum):
    """How the browser's form shows a parameter; never guessed from its name."""

    TEXT = "text"
    TEXTAREA = "textarea"
    NUMBER = "number"
    SLIDER = "slider"
    CHECKBOX = "checkbox"
    SELECT = "select"
    COMBOBOX = "combobox"
    MULTISELECT = "multiselect"
    SEED = "seed"
    RESOLUTION = "resolution"
    FILE = "file"
    FOLDER = "folder"
    COLOR = "color"
    HIDDEN = "hidden"


class Ui(_Strict):
    """What the form shows beside a parameter."""

    widget: Widget | None = None
    placeholder: str | None = None
    help: str | None = None
    group: str | None = None
    order: int | None = None
    advanced: bool = False
    unit: str | None = None
    multiline: bool = False
    visible_if: dict[str, Any] | None = None


class Parameter(_Strict):
    """One parameter: its type, default and limits. `step` counts from `min` (or 0)."""

    type: ParameterType
    default: Any = None
    required: bool | None = None
    min: float | None = None
    max: float | None = None
    step: Annotated[float, Field(gt=0)] | None = None
    pattern: str | None = None
    options: list[str | int | float] | None = None
    options_source: str | None = None
    sweepable: bool = True
    title: str | None = None
    ui: Ui = Ui()

    @model_validator(mode="after")
    def _limits_fit(self) -> Parameter:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is above max")
        if self.type in (ParameterType.CHOICE, ParameterType.MULTICHOICE) and not (
            self.options or self.options_source
        ):
            raise ValueError("a choice needs options or options_source")
        if self.pattern is not None:
            try:
                re.compile(self.pattern)
            except re.error as error:
                raise ValueError(f"the pattern is not a regular expression: {error}") from None
        return self

    @property
    def is_required(self) -> bool:
        """Whether a submission must give it: said so, or no default and not said otherwise."""
        if self.required is not None:
            return self.required and self.default is None
        return self.default is None and self.type not in (ParameterType.SEED, ParameterType.MULTICHOICE)


class OnOom(_Strict):
    """Overrides of `set`, used when freeing memory did not help."""

    set: dict[str, Any] = {}


class Phase(_Strict):
    """One phase: a `comfy` graph, a `media.*` step or a `review`."""

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    uses: str
    with_: dict[str, Any] = Field(default={}, alias="with")
    for_each: str | None = None
    when: str | None = None
    optional: bool = False
    graph: str | None = None
    set: dict[str, Any] = {}
    files: dict[str, Any] = {}
    on_oom: OnOom | None = None
    timeout: Duration | None = None
    stall: Duration | None = None
    retries: Annotated[int, Field(ge=0)] | None = None
    reuse: bool = True

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="after")
    def _keys_fit(self) -> Phase:
        comfy_only = {"graph": self.graph, "set": self.set, "files": self.files, "on_oom": self.on_oom}
        if self.kind is PhaseKind.COMFY:
            if not self.graph:
                raise ValueError("a comfy phase needs a graph")
            if self.with_:
                raise ValueError("a comfy phase takes set and files, not with")
        elif keys := [key for key, value in comfy_only.items() if value]:
            raise ValueError(f"{', '.join(keys)} belong to comfy phases")
        return self

    @property
    def kind(self) -> PhaseKind | None:
        """Who runs it; None where `uses` names no phase that is known."""
        return kind_of(self.uses)

    @property
    def makes_files(self) -> bool:
        """Whether its results can be published; taken for granted where `uses` is not known."""
        return self.uses not in PHASES or PHASES[self.uses].makes_files


class Output(_Strict):
    """Which phase's files are published, and under what name (without extension).

    Of several phases it is the first that was not skipped.
    """

    phase: str | Annotated[list[str], Field(min_length=1)]
    name: str = "{{ input.stem }}"

    @property
    def phases(self) -> list[str]:
        """Those whose files may be published, the wanted ones first."""
        return [self.phase] if isinstance(self.phase, str) else self.phase

    def published(self, results: Mapping[str, Any]) -> str:
        """The phase whose files are published with these results (a skipped phase has none); before any, the first."""
        return next((name for name in self.phases if results.get(name)), self.phases[0])


def _default_output(fields: dict[str, Any]) -> Output:
    """The last phase that makes files, else the last; without an input to name it by, by workflow and prompt."""
    phases: list[Phase] = fields["phases"]
    published = next((phase for phase in reversed(phases) if phase.makes_files), phases[-1])
    if fields["inputs"] == InputSpec(kind=InputKind.NONE):
        return Output(phase=published.name, name=f"{fields['name']}_{{{{ prompt.index }}}}")
    return Output(phase=published.name)


def _spec_or_slots(raw: Any) -> str:
    """`inputs` is a mapping of named slots when all it holds are mappings, else one spec."""
    if isinstance(raw, dict) and raw and all(isinstance(part, dict | InputSpec) for part in raw.values()):
        return "slots"
    return "spec"


class WorkflowDefinition(_Strict):
    """A whole workflow file. `inputs` is one spec, or a mapping of named slots; `output` may be left out."""

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    title: str = ""
    description: str = ""
    inputs: Annotated[
        Annotated[InputSpec, Tag("spec")] | Annotated[dict[str, InputSpec], Tag("slots")],
        Discriminator(_spec_or_slots),
    ] = InputSpec()
    resolutions: list[str] = []
    parameters: dict[str, Parameter] = {}
    phases: Annotated[list[Phase], Field(min_length=1)]
    output: Output = Field(default_factory=_default_output)

    @property
    def slots(self) -> dict[str, InputSpec]:
        """The named input slots; empty when the workflow has one unnamed input."""
        return self.inputs if isinstance(self.inputs, dict) else {}

    @property
    def takes_inputs(self) -> bool:
        """Whether a prompt takes files."""
        return self.inputs != InputSpec(kind=InputKind.NONE)

    @property
    def seed_parameter(self) -> str | None:
        """The name of the seed parameter, if there is one."""
        return next((n for n, p in self.parameters.items() if p.type is ParameterType.SEED), None)

    def phase(self, name: str) -> Phase | None:
        """The phase called `name`, or None."""
        return next((phase for phase in self.phases if phase.name == name), None)
