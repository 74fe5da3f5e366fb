"""Which pace holds for a phase of a workflow: learned from its own runs, else from similar phases of others.

Paces are kept in memory and learned again when enough runs have come; every function is part of a read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any, NamedTuple

from video_queue.db import timings
from video_queue.db.connection import Connection
from video_queue.db.timings import PUBLISHING, KeptRun
from video_queue.domain.media.phases import PhaseKind, kind_of, lane_of
from video_queue.domain.states import Lane
from video_queue.services.run_times import FEWEST_RUNS, Measures, Pace, Reach, Run, Span, learn

# Learned again when one in so many runs is new.
_RENEWED = 8
# Of a phase that never ran: so many runs of similar ones, and how much further off those may be.
_FEWEST_SIMILAR = 3
_SIMILAR_DOUBT = 0.4


class Step(NamedTuple):
    """One phase of a snapshot (or publishing): its name, what it uses and its lane.

    A gate takes nobody's time but the artist's.
    """

    name: str
    uses: str | None
    lane: Lane
    is_gate: bool = False


@dataclass(frozen=True, slots=True)
class PhasePace:
    """How long a phase takes, how many seconds more where it loads models, and how many bytes are published."""

    times: Pace
    load: float = 0.0
    sizes: Pace | None = None


@dataclass(slots=True)
class _Known:
    """What was learned of one workflow: a pace for each phase, with the newest run that it knows."""

    version: int = -1
    generation: int = 0
    runs: dict[str, list[int]] = field(default_factory=dict)
    paces: dict[tuple[str, str | None], tuple[int, PhasePace | None]] = field(default_factory=dict)


class Paces:
    """The paces of all workflows."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def refresh(self, conn: Connection, workflow: str) -> int:
        """A number that changes when some pace of the workflow is due to be learned again."""
        known = self._known.setdefault(workflow, _Known())
        version = timings.history_version(conn)
        if known.version == version:
            return known.generation
        known.version, known.runs = version, timings.run_numbers(conn, workflow)
        due = [
            key
            for key, (newest, pace) in known.paces.items()
            if _is_due(known.runs.get(key[0], []), newest, pace)
        ]
        for key in due:
            del known.paces[key]
        known.generation += bool(due)
        return known.generation

    def of_phase(self, conn: Connection, workflow: str, step: Step, family: str | None) -> PhasePace | None:
        """How long a phase takes whose render loads these models; None while that is not known."""
        known = self._known[workflow]
        numbers = known.runs.get(step.name, [])
        # Only a phase without runs of its own depends on what other phases with its models took.
        key = (step.name, None if len(numbers) >= FEWEST_RUNS else family)
        if key not in known.paces:
            pace = _learned(timings.read_runs(conn, workflow, step.name)) or _similar(conn, step, family)
            known.paces[key] = (numbers[-1] if numbers else 0, pace)
        return known.paces[key][1]


def measures_of_phase(measures: Measures, phase: str, family: str | None) -> Measures:
    """What a prompt's measures are to one of its phases: those of its graph by their plain names, and its models."""
    own = (
        {name.removeprefix(f"{phase}."): value for name, value in measures.items()}
        if phase
        else dict(measures)
    )
    return {**own, "models": family} if family else own


def steps_of(snapshot: str) -> tuple[Step, ...]:
    """The phases of a snapshot, and publishing."""
    phases: list[dict[str, Any]] = json.loads(snapshot).get("definition", {}).get("phases", [])
    steps = (
        Step(phase["name"], phase["uses"], lane_of(phase["uses"]), kind_of(phase["uses"]) is PhaseKind.REVIEW)
        for phase in phases
    )
    return (*steps, Step(PUBLISHING, None, Lane.MEDIA))


def families_of(text: str | None) -> dict[int, str | None]:
    """The models of each phase by its place, as `prompt.families` has them."""
    return dict(enumerate(json.loads(text))) if text else {}


def span_of(pace: PhasePace | None, step: Step, measures: Measures, family: str | None) -> Span | None:
    """What a phase takes with these measures; None while that is not known."""
    return pace.times.seconds(measures_of_phase(measures, step.name, family)) if pace else None


def _is_due(numbers: Sequence[int], newest: int, pace: PhasePace | None) -> bool:
    new = sum(1 for number in numbers if number > newest)
    return pace is None or new >= max(1, len(numbers) // _RENEWED)


def _learned(runs: Sequence[KeptRun]) -> PhasePace | None:
    plain = [run for run in runs if not run.loaded]
    pace = learn([_run(run) for run in (plain if len(plain) >= FEWEST_RUNS else runs)])
    if pace is None:
        return None
    loads = [run.seconds - pace.seconds(_run(run).measures).mid for run in runs if run.loaded]
    sizes = [_run(run)._replace(seconds=run.bytes) for run in runs if run.bytes is not None]
    return PhasePace(
        pace, max(0.0, median(loads)) if loads and len(plain) >= FEWEST_RUNS else 0.0, learn(sizes)
    )


def _similar(conn: Connection, step: Step, family: str | None) -> PhasePace | None:
    """From phases that use the same, or load the same models; publishing is like any publishing."""
    if step.lane is Lane.GPU and not family:
        return None
    runs = timings.similar_runs(conn, step.uses if step.name != PUBLISHING else None, family)
    pace = _learned(runs) if len(runs) >= _FEWEST_SIMILAR else None
    return pace and replace(pace, times=_doubted(pace.times), sizes=None)


def _doubted(pace: Pace) -> Pace:
    reach = Reach(pace.new.below + _SIMILAR_DOUBT, pace.new.above + _SIMILAR_DOUBT)
    return replace(pace, kinds={}, known=reach, new=reach)


def _run(run: KeptRun) -> Run:
    return Run(run.seconds, measures_of_phase(run.measures, run.phase, run.family))
