"""How long it will take: from medians of past runs, scaled by the work there is; null until two runs are in.

Times are seconds of work left, as if nothing else were waiting: one GPU, `media_jobs` media slots, all lanes at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import quantiles
from typing import NamedTuple

from video_queue.db import documents, timings
from video_queue.db.connection import Connection
from video_queue.db.timings import PUBLISHING, Begun, Run
from video_queue.domain.media.phases import PhaseKind, kind_of, lane_of
from video_queue.domain.states import FINISHED_JOB, Lane
from video_queue.domain.views import Job

_FEWEST_RUNS = 2
_REMEMBERED = 1000
_START = Begun(0, 0.0)


class Span(NamedTuple):
    """Low, middle and high: the quartiles of what is likely."""

    low: float
    mid: float
    high: float

    def times(self, factor: float) -> Span:
        """The span scaled."""
        return Span(self.low * factor, self.mid * factor, self.high * factor)


class Step(NamedTuple):
    """One phase of a snapshot (or publishing): its name and lane; a gate takes nobody's time but the artist's."""

    name: str
    lane: Lane
    is_gate: bool


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a phase is: seconds for one unit of work where known, else seconds. Null with too few runs."""

    plain: Span | None
    by_work: Span | None
    bytes_plain: Span | None = None
    bytes_by_work: Span | None = None

    def seconds(self, work: float | None) -> Span | None:
        """What a prompt of this work takes."""
        return self.by_work.times(work) if work and self.by_work else self.plain

    def bytes(self, work: float | None) -> Span | None:
        """How much a prompt of this work publishes."""
        return self.bytes_by_work.times(work) if work and self.bytes_by_work else self.bytes_plain


class Load(NamedTuple):
    """Some equal prompts: how many, and what each still takes in each lane."""

    prompts: int
    lanes: Mapping[Lane, Span]


@dataclass(slots=True)
class _Known:
    """What is true while no further run is remembered: paces by workflow, and whole prompts by snapshot and work."""

    version: int
    paces: dict[str, dict[str, Pace]] = field(default_factory=dict)
    prompts: dict[tuple[str, float | None], dict[Lane, Span] | None] = field(default_factory=dict)


class Estimates:
    """Estimates for jobs and the queue. Its functions take a connection: they are part of a read.

    Paces are kept in memory for as long as no further run is remembered.
    """

    def __init__(self, media_slots: int) -> None:
        self._slots = {Lane.GPU: 1, Lane.MEDIA: media_slots}
        self._steps: dict[str, tuple[Step, ...]] = {}
        self._known = _Known(-1)

    def with_eta(self, conn: Connection, jobs: Sequence[Job]) -> list[Job]:
        """The jobs, the unfinished ones with `eta_seconds` and `eta_range` where those are known."""
        open_ids = [job.id for job in jobs if job.state not in FINISHED_JOB]
        if not open_ids:
            return list(jobs)
        self._refresh(conn)
        work, begun = timings.job_work(conn, open_ids), timings.begun_prompts(conn)
        for job in jobs:
            if job.id in work:
                _set_span(job, self._of_job(conn, job, work[job.id], begun.get(job.id, ())))
        return list(jobs)

    def of_queue(self, conn: Connection) -> Span | None:
        """What is left in all jobs that are not held."""
        self._refresh(conn)
        loads: list[Load] = []
        for part in timings.open_work(conn):
            full = self._prompt(conn, part.workflow, part.workflow_hash, part.work, _START)
            if full is None and part.queued:
                return None
            loads += [Load(part.queued, full)] if full and part.queued else []
        begun = timings.begun_prompts(conn)
        for job in timings.begun_work(conn):
            for prompt in begun.get(job["id"], ()):
                left = self._prompt(conn, job["workflow"], job["workflow_hash"], job["work"], prompt)
                if left is None:
                    return None
                loads.append(Load(1, left))
        return self._end_of(loads)

    def of_new_job(
        self, conn: Connection, workflow: str, snapshot: str, work: float | None, prompts: int
    ) -> tuple[Span | None, float | None]:
        """(seconds, bytes) of a job that is not there yet."""
        self._refresh(conn)
        full = self._left(conn, workflow, _steps_of(snapshot), work, _START)
        pace = self._pace(conn, workflow).get(PUBLISHING)
        size = pace.bytes(work) if pace else None
        return (
            self._end_of([Load(prompts, full)]) if full and prompts else None,
            size.mid * prompts if size else None,
        )

    def _of_job(self, conn: Connection, job: Job, work: float | None, begun: Iterable[Begun]) -> Span | None:
        places = [(1, prompt) for prompt in begun]
        places += [(job.counts.queued, _START)] if job.counts.queued else []
        loads = []
        for count, place in places:
            left = self._prompt(conn, job.workflow, job.workflow_hash, work, place)
            if left is None:
                return None
            loads.append(Load(count, left))
        return self._end_of(loads)

    def _prompt(
        self, conn: Connection, workflow: str, snapshot_hash: str, work: float | None, place: Begun
    ) -> dict[Lane, Span] | None:
        key = (snapshot_hash, work)
        if place is _START and key in self._known.prompts:
            return self._known.prompts[key]
        if snapshot_hash not in self._steps:
            self._steps[snapshot_hash] = _steps_of(documents.read_document(conn, snapshot_hash) or "{}")
        left = self._left(conn, workflow, self._steps[snapshot_hash], work, place)
        if place is _START and len(self._known.prompts) < _REMEMBERED:
            self._known.prompts[key] = left
        return left

    def _refresh(self, conn: Connection) -> None:
        version = timings.history_version(conn)
        if self._known.version != version:
            self._known = _Known(version)

    def _left(
        self, conn: Connection, workflow: str, steps: Sequence[Step], work: float | None, place: Begun
    ) -> dict[Lane, Span] | None:
        """What a prompt still takes in each lane from `place` on; None while some phase is unknown."""
        paces = self._pace(conn, workflow)
        lanes = dict.fromkeys(Lane, Span(0.0, 0.0, 0.0))
        for seq, step in enumerate(steps):
            if seq < place.phase_seq or step.is_gate:
                continue
            span = paces[step.name].seconds(work) if step.name in paces else None
            if span is None:
                return None
            span = span.times(1 - place.progress) if seq == place.phase_seq else span
            lanes[step.lane] = Span(*(sum(pair) for pair in zip(lanes[step.lane], span, strict=True)))
        return lanes

    def _pace(self, conn: Connection, workflow: str) -> dict[str, Pace]:
        known = self._known.paces
        if workflow not in known:
            known[workflow] = {
                phase: _pace(runs) for phase, runs in timings.read_runs(conn, workflow).items()
            }
        return known[workflow]

    def _end_of(self, loads: Sequence[Load]) -> Span | None:
        """When all lanes are done: the busiest lane, and what the others take before and after it."""
        if not loads:
            return None
        return Span(*(self._end(loads, which) for which in range(3)))

    def _end(self, loads: Sequence[Load], which: int) -> float:
        busy = {
            lane: max(
                sum(ceil(count / slots) * lanes[lane][which] if count > 1 else lanes[lane][which] / slots
                    for count, lanes in loads),
                *(lanes[lane][which] for _, lanes in loads),
            )
            for lane, slots in self._slots.items()
        }  # fmt: skip
        busiest = max(busy, key=lambda lane: busy[lane])
        others = (
            sum(span[which] for lane, span in lanes.items() if lane is not busiest) for _, lanes in loads
        )
        return busy[busiest] + max(others)


def _set_span(job: Job, span: Span | None) -> None:
    if span is not None:
        job.eta_seconds, job.eta_range = rounded(span.mid), (rounded(span.low), rounded(span.high))


def rounded(seconds: float) -> float:
    """To the millisecond; more would be pretence."""
    return round(seconds, 3)


def _steps_of(snapshot: str) -> tuple[Step, ...]:
    phases = json.loads(snapshot).get("definition", {}).get("phases", [])
    steps = (
        Step(phase["name"], lane_of(phase["uses"]), kind_of(phase["uses"]) is PhaseKind.REVIEW)
        for phase in phases
    )
    return (*steps, Step(PUBLISHING, Lane.MEDIA, False))


def _pace(runs: Sequence[Run]) -> Pace:
    return Pace(
        plain=_span([run.seconds for run in runs]),
        by_work=_span([run.seconds / run.work for run in runs if run.work]),
        bytes_plain=_span([run.bytes for run in runs if run.bytes is not None]),
        bytes_by_work=_span([run.bytes / run.work for run in runs if run.bytes is not None and run.work]),
    )


def _span(values: Sequence[float]) -> Span | None:
    if len(values) < _FEWEST_RUNS:
        return None
    return Span(*quantiles(values, n=4, method="inclusive"))
