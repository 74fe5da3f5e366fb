"""What the times of a prompt's phases may grow with: its measures, numbers and words by name.

`work` is pixels × frames (of sound, its seconds); `pixels`, `frames`, `seconds` and `files` are those of the inputs,
`density` is how many bytes a single one has for each of its pixels: how much there is to see; `params.NAME` are the
parameters, but for texts and seeds; `PHASE.steps`, `.size` and `.length` what a graph says of a render. They are known
before a prompt runs, so that what was learned from others holds for it. Numbers have three digits: a clip that is
opened and one that is counted are alike.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

from video_queue.comfy.model_family import ModelFamilies
from video_queue.domain.errors import VqError
from video_queue.domain.plan import PromptPlan
from video_queue.domain.references import MissingReferenceError, resolve
from video_queue.domain.resolution import Resolution, parse_size
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Parameter, ParameterType
from video_queue.media.facts import MediaFacts, probe
from video_queue.services.submission.prompt_builder import PlannedJob
from video_queue.system.files.sequences import run_images

Value = float | str
Read = Callable[[Path], MediaFacts]

# A job is measured by so many of its prompts, on so many inputs, spread evenly.
_SAMPLED = 12
_OPENED = 8
_GOLDEN = 0.618034
_LONGEST_WORD = 40
_WORDS = frozenset({ParameterType.CHOICE, ParameterType.BOOL, ParameterType.MULTICHOICE, ParameterType.COLOR})
_NUMBERS = frozenset({ParameterType.INT, ParameterType.FLOAT})


def measures_text(workflow: LoadedWorkflow, scope: Mapping[str, Any], uses: str) -> str:
    """The measures of a prompt as a phase that `uses` this keeps them (JSON)."""
    return json.dumps({"uses": uses, **measures_of(workflow, scope)}, sort_keys=True, separators=(",", ":"))


def measures_of(workflow: LoadedWorkflow, scope: Mapping[str, Any]) -> dict[str, Value]:
    """The measures of a prompt with this scope: `params`, `input`, `inputs` and maybe `resolution`."""
    measures = _input_measures(scope)
    renders = dict(_render_measures(workflow, scope))
    if "work" not in measures and (work := _largest(renders)):
        measures["work"] = work
    values = scope["params"]
    words = _parameter_measures(workflow.definition.parameters, values)
    return {name: _short(value) for name, value in (measures | dict(words) | renders).items()}


def sample_of(planned: PlannedJob, workflow: LoadedWorkflow, *, read: Read = probe) -> str | None:
    """A few prompts of a job measured, as `timings.read_sample` reads them; None where it has no prompts.

    `read` gives the facts of an input; by default it is opened.
    """
    families = ModelFamilies(workflow)
    opened: dict[tuple[Any, ...], dict[str, Any]] = {}
    kinds: Counter[tuple[str, str | None]] = Counter()
    for plan in _spread(planned.prompts):
        key = (plan.inputs, plan.sequence and plan.sequence.folder, *plan.slots.values())
        if key not in opened:
            opened[key] = _facts(plan, read) if len(opened) < _OPENED else next(iter(opened.values()))
        scope = _scope(planned, plan, opened[key])
        kinds[
            json.dumps(measures_of(workflow, scope), sort_keys=True), families.of_prompt(scope["params"])
        ] += 1
    alike = [[count, json.loads(measures), models] for (measures, models), count in kinds.items()]
    return json.dumps(alike, separators=(",", ":")) if alike else None


def _spread(plans: Sequence[PromptPlan]) -> Iterable[PromptPlan]:
    """Up to `_SAMPLED` of them; by the golden ratio, so that no sweep is met at one of its values only."""
    if len(plans) <= _SAMPLED:
        return plans
    return [plans[int(number * _GOLDEN % 1 * len(plans))] for number in range(_SAMPLED)]


def _scope(planned: PlannedJob, plan: PromptPlan, facts: dict[str, Any]) -> dict[str, Any]:
    scope = {
        "params": {**planned.params, **plan.values},
        "input": facts,
        "input_bytes": facts.get("bytes"),
        "inputs": plan.paths,
    }
    if planned.resolution is not None:
        scope["resolution"] = _sides(planned.resolution, facts)
    return scope


def _sides(resolution: Resolution, facts: Mapping[str, Any]) -> dict[str, Any]:
    width, height = resolution.size(facts.get("width"), facts.get("height"))
    return {"width": width, "height": height}


def _facts(plan: PromptPlan, read: Read) -> dict[str, Any]:
    """What is known of the first input; nothing where it cannot be read."""
    try:
        if plan.sequence:
            images = run_images(plan.sequence)
            return _fields(read(Path(images[0]["path"]))) | {"frames": len(images)}
        path = next(iter(plan.paths), None)
        return _fields(read(Path(path))) | {"bytes": Path(path).stat().st_size} if path else {}
    except (VqError, OSError, IndexError):
        return {}


def _fields(facts: MediaFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in ("width", "height", "fps", "frames", "duration")}


def _input_measures(scope: Mapping[str, Any]) -> dict[str, Value]:
    first, files = scope["input"], scope.get("inputs") or []
    size = scope.get("resolution") or first
    width, height, seconds = size.get("width"), size.get("height"), first.get("duration")
    frames = first.get("frames") or (first.get("fps") or 0) * (seconds or 0)
    measures: dict[str, Value] = {"files": sum(1 for _ in _files(files))}
    if width and height:
        measures |= {
            "work": width * height * max(frames, 1),
            "pixels": width * height,
            "frames": max(frames, 1),
        }
    elif seconds:
        measures["work"] = seconds
    if seconds:
        measures["seconds"] = seconds
    area = (first.get("width") or 0) * (first.get("height") or 0) * max(frames, 1)
    if area and measures["files"] == 1 and (bytes_ := scope.get("input_bytes")):
        measures["density"] = bytes_ / area
    return measures


def _files(inputs: Any) -> Iterator[Any]:
    for entry in inputs.values() if isinstance(inputs, dict) else inputs:
        if isinstance(entry, list):
            yield from entry
        else:
            yield entry


def _parameter_measures(
    parameters: Mapping[str, Parameter], values: Mapping[str, Any]
) -> Iterator[tuple[str, Value]]:
    for name, parameter in parameters.items():
        value = values.get(name)
        if parameter.type in _NUMBERS and isinstance(value, int | float):
            yield f"params.{name}", float(value)
        elif size := parse_size(value):
            yield f"params.{name}", float(prod(size))
        elif parameter.type in _WORDS or parameter.options or parameter.type in _NUMBERS:
            yield f"params.{name}", str(value)[:_LONGEST_WORD]


def _render_measures(workflow: LoadedWorkflow, scope: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    for phase, nodes in workflow.render_sizes.items():
        known = [{name: _number(value, scope) for name, value in node.items()} for node in nodes]
        steps = sum(node.get("steps") or 0 for node in known)
        sizes = [
            (node.get("width") or 0) * (node.get("height") or 0) * (node.get("batch_size") or 1)
            for node in known
        ]
        measures = {
            "steps": steps,
            "size": max(sizes, default=0),
            "length": max((node.get("length") or 0 for node in known), default=0),
        }
        yield from ((f"{phase}.{name}", value) for name, value in measures.items() if value)


def _number(value: Any, scope: Mapping[str, Any]) -> float | None:
    try:
        number = resolve(value, scope) if isinstance(value, str) else value
    except MissingReferenceError:
        return None
    return float(number) if isinstance(number, int | float) and not isinstance(number, bool) else None


def _largest(renders: Mapping[str, Value]) -> float | None:
    """Pixels × frames of the largest render."""
    sizes = {
        name.removesuffix(".size"): float(value) for name, value in renders.items() if name.endswith(".size")
    }
    return max(
        (size * float(renders.get(f"{phase}.length", 1)) for phase, size in sizes.items()), default=None
    )


def _short(value: Value) -> Value:
    return value if isinstance(value, str) else float(f"{value:.3g}")
