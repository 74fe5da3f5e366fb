"""How long it will take: from what past runs taught of each phase (`paces`), and how far the active ones are.

Times are seconds of work left: one GPU, `media_jobs` media slots, all lanes at once. The queue's end also knows when
it pauses. None while some phase has not run twice, here or in a similar workflow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from math import ceil, sqrt
from typing import NamedTuple

from video_queue.db import affinity, documents, queue_state, timings
from video_queue.db.connection import Connection
from video_queue.db.timings import Alike, Begun, OpenWork, read_sample
from video_queue.domain.states import FINISHED_JOB, Lane, PromptState, QueueState
from video_queue.domain.views import Job, PhaseView, Prompt
from video_queue.services.clock import Clock
from video_queue.services.paces import (
    Paces,
    PhasePace,
    Step,
    families_of,
    measures_of_phase,
    span_of,
    steps_of,
)
from video_queue.services.run_times import Span
from video_queue.services.shares import Shares
from video_queue.services.time_left import end_with_pauses, later, rest

_REMEMBERED = 2000
# How much of their error prompts of one kind have in common; the rest evens out over many.
_IN_COMMON = 0.9
_NOTHING = Span(0.0, 0.0, 0.0, 0.0)
_OPEN_PROMPT = (PromptState.QUEUED, PromptState.RUNNING)
# A phase that never ran is judged by its own progress once it has come this far.
_FAR_ENOUGH = 0.05
_LONG_ENOUGH = 3.0
# So many kinds of waiting prompts stand for all. What took longer than a moment to work out is kept for some time.
_MOST_KINDS = 200
_COSTLY = 0.05
_KEPT_FOR = 20.0


class Load(NamedTuple):
    """Some prompts that are alike: how many, and what each still takes in each lane."""

    prompts: int
    lanes: Mapping[Lane, Span]


class _Prompt(NamedTuple):
    """What a mean prompt of a sample takes: whole, and what loading its models once takes by phase."""

    lanes: dict[Lane, Span]
    loads: tuple[tuple[str, float], ...]


class _Kept(NamedTuple):
    """The end of a long queue, worked out at a moment and good until another (monotonic)."""

    span: Span | None
    at: float
    until: float


class Estimates:
    """Estimates for jobs and the queue. Its functions take a connection: they are part of a read."""

    def __init__(self, media_slots: int, clock: Clock, gpu_slots: int = 1) -> None:
        self._slots = {Lane.GPU: gpu_slots, Lane.MEDIA: media_slots}
        self._clock = clock
        self._paces = Paces()
        self._steps: dict[str, tuple[Step, ...]] = {}
        self._queue: _Kept | None = None
        self._prompts: dict[tuple[str, str | None], tuple[int, _Prompt | None]] = {}
        self._shares = Shares(self._paces)

    def with_eta(self, conn: Connection, jobs: Sequence[Job]) -> list[Job]:
        """The jobs, the unfinished ones with `eta_seconds` and `eta_range` where those are known."""
        open_ids = [job.id for job in jobs if job.state not in FINISHED_JOB]
        if not open_ids:
            return list(jobs)
        work, begun = timings.jobs_work(conn, open_ids), timings.begun_prompts(conn)
        loaded = affinity.loaded_family(conn)
        for job in jobs:
            if job.id in work:
                loads = self._waiting(conn, work[job.id], loaded)
                active = self._active(conn, work[job.id], begun.get(job.id, ()))
                if loads is not None and active is not None:
                    _set_span(job, self._end_of([*loads, *active]))
        return list(jobs)

    def with_shares(self, conn: Connection, prompts: Sequence[Prompt]) -> list[Prompt]:
        """The prompts with the share of their time that each phase takes, their progress weighed by it, and what is
        left of those that wait or run.
        """
        weighed = self._shares.weighed(conn, prompts)
        open_ = [prompt for prompt in weighed if prompt.state in _OPEN_PROMPT]
        if open_:
            work = timings.jobs_work(conn, sorted({prompt.job_id for prompt in open_}))
            standing = timings.standing_prompts(conn, [prompt.id for prompt in open_])
            for prompt in open_:
                self._set_left(conn, prompt, work[prompt.job_id], standing[prompt.id])
        return weighed

    def _set_left(self, conn: Connection, prompt: Prompt, work: OpenWork, place: Begun) -> None:
        """Of a prompt and its phases; none of one that waits where those of its job are not measured alike."""
        if place.measures is None and len(read_sample(work.sample)) > 1:
            return
        self._paces.refresh(conn, work.workflow)
        left: Span | None = _NOTHING
        for seq, _, span in self._phases_left(conn, work, place):
            if seq < len(prompt.phases):
                _set_span(prompt.phases[seq], span)
            left = _sum(left, span) if left and span else None
        _set_span(prompt, left)

    def of_queue(self, conn: Connection) -> Span | None:
        """What is left in all jobs that are not held, pauses that are known included."""
        kept, began = self._queue, self._clock.monotonic()
        if kept and began < kept.until:
            return kept.span and later(kept.span, began - kept.at)
        span = self._end_of_queue(conn)
        cost = self._clock.monotonic() - began
        self._queue = _Kept(span, began, began + (cost * _KEPT_FOR if cost > _COSTLY else 0.0))
        return span

    def _end_of_queue(self, conn: Connection) -> Span | None:
        loaded = affinity.loaded_family(conn)
        loads: list[Load] = []
        for part in some_of(timings.open_work(conn)):
            waiting = self._waiting(conn, part, loaded)
            if waiting is None:
                return None
            loads += waiting
        begun = timings.begun_prompts(conn)
        for job_id, work in timings.begun_work(conn).items():
            active = self._active(conn, work, begun.get(job_id, ()))
            if active is None:
                return None
            loads += active
        end = self._end_of(loads)
        return end and self._with_pauses(conn, end)

    def of_new_job(
        self, conn: Connection, workflow: str, snapshot: str, sample: str | None, prompts: int
    ) -> tuple[Span | None, float | None]:
        """(seconds, bytes) of a job that is not there yet."""
        self._paces.refresh(conn, workflow)
        steps, alike = steps_of(snapshot), read_sample(sample)
        whole = self._mean_prompt(conn, workflow, steps, alike)
        size = self._mean_size(conn, workflow, steps, alike)
        return (
            self._end_of([Load(prompts, whole.lanes)]) if whole and prompts else None,
            None if size is None else size * prompts,
        )

    def bytes_of_waiting(self, conn: Connection, jobs: Sequence[int]) -> dict[int, float | None]:
        """How much the queued prompts of each job are likely to publish; None where nothing like them was measured."""
        means: dict[tuple[str, str | None], float | None] = {}
        sizes: dict[int, float | None] = {}
        for job_id, work in timings.jobs_work(conn, list(jobs)).items():
            key = (work.workflow_hash, work.sample)
            if key not in means and len(means) < _MOST_KINDS:
                self._paces.refresh(conn, work.workflow)
                steps = self._steps_of(conn, work.workflow_hash)
                means[key] = self._mean_size(conn, work.workflow, steps, read_sample(work.sample))
            mean = means.get(key)
            sizes[job_id] = None if mean is None else mean * work.queued
        return sizes

    def _mean_size(
        self, conn: Connection, workflow: str, steps: Sequence[Step], alike: Sequence[Alike]
    ) -> float | None:
        """How many bytes a prompt publishes in the mean."""
        pace = self._paces.of_phase(conn, workflow, steps[-1], None)
        sizes = [
            (kind.prompts, pace.sizes.seconds(kind.measures).mean) for kind in alike if pace and pace.sizes
        ]
        count = sum(prompts for prompts, _ in sizes)
        return sum(prompts * each for prompts, each in sizes) / count if count else None

    def _waiting(self, conn: Connection, work: OpenWork, loaded: str | None) -> list[Load] | None:
        """What the queued prompts take; None while that is not known."""
        if not work.queued:
            return []
        prompt = self._whole_prompt(conn, work)
        if prompt is None:
            return None
        without = min(work.without_gpu, work.queued)
        loads = [Load(work.queued - without, prompt.lanes)] if work.queued > without else []
        if without:
            loads.append(Load(without, {**prompt.lanes, Lane.GPU: _NOTHING}))
        if seconds := _loading(prompt, work, loaded):
            loads.append(Load(1, {Lane.GPU: Span(seconds, seconds, seconds, seconds)}))
        return loads

    def _whole_prompt(self, conn: Connection, work: OpenWork) -> _Prompt | None:
        key = (work.workflow_hash, work.sample)
        generation = self._paces.refresh(conn, work.workflow)
        kept = self._prompts.get(key)
        if kept and kept[0] == generation:
            return kept[1]
        steps = self._steps_of(conn, work.workflow_hash)
        prompt = self._mean_prompt(conn, work.workflow, steps, read_sample(work.sample))
        if len(self._prompts) >= _REMEMBERED:
            self._prompts.clear()
        self._prompts[key] = (generation, prompt)
        return prompt

    def _mean_prompt(
        self, conn: Connection, workflow: str, steps: Sequence[Step], sample: Sequence[Alike]
    ) -> _Prompt | None:
        lanes, loads = dict.fromkeys(Lane, _NOTHING), []
        all_ = sum(kind.prompts for kind in sample)
        for kind in sample:
            families = families_of(kind.families)
            for seq, step in enumerate(steps):
                if step.is_gate:
                    continue
                family = families.get(seq)
                pace = self._paces.of_phase(conn, workflow, step, family)
                if pace is None:
                    return None
                span = pace.times.seconds(measures_of_phase(kind.measures, step.name, family))
                lanes[step.lane] = _sum(lanes[step.lane], span.times(kind.prompts / all_))
                if family and kind is sample[0]:
                    loads.append((family, pace.load))
        return _Prompt(lanes, tuple(loads))

    def _active(self, conn: Connection, work: OpenWork, begun: Iterable[Begun]) -> list[Load] | None:
        """What the prompts that have begun still take."""
        loads = []
        for prompt in begun:
            self._paces.refresh(conn, work.workflow)
            left = self._left(conn, work, prompt)
            if left is None:
                return None
            loads.append(Load(1, left))
        return loads

    def _left(self, conn: Connection, work: OpenWork, prompt: Begun) -> dict[Lane, Span] | None:
        lanes = dict.fromkeys(Lane, _NOTHING)
        for _, lane, span in self._phases_left(conn, work, prompt):
            if span is None:
                return None
            lanes[lane] = _sum(lanes[lane], span)
        return lanes

    def _phases_left(
        self, conn: Connection, work: OpenWork, prompt: Begun
    ) -> Iterator[tuple[int, Lane, Span | None]]:
        """The phases that a prompt has before it, publishing last: place, lane, and what is left of each."""
        measures = prompt.measures or read_sample(work.sample)[0].measures
        families = families_of(prompt.families)
        for seq, step in enumerate(self._steps_of(conn, work.workflow_hash)):
            if seq < prompt.phase_seq or step.is_gate:
                continue
            family = families.get(seq)
            pace = self._paces.of_phase(conn, work.workflow, step, family)
            span = span_of(pace, step, measures, family)
            if step.lane is Lane.GPU and not prompt.needs_gpu:
                span = _NOTHING
            elif seq == prompt.phase_seq:
                span = self._rest(span, prompt, pace)
            yield seq, step.lane, span

    def _rest(self, span: Span | None, prompt: Begun, pace: PhasePace | None) -> Span | None:
        """What is left of the phase that is due, by how far it has come and since when it runs."""
        elapsed = max(0.0, self._clock.now() - _moment(prompt.started_at)) if prompt.started_at else 0.0
        if span is None:
            if prompt.progress < _FAR_ENOUGH or elapsed < _LONG_ENOUGH:
                return None
            whole = elapsed / prompt.progress
            return rest(Span(whole / 2, whole, whole * 2, whole), prompt.progress, elapsed)
        if prompt.loaded and pace:
            span = _sum(span, Span(pace.load, pace.load, pace.load, pace.load))
        return rest(span, prompt.progress, elapsed)

    def _steps_of(self, conn: Connection, snapshot_hash: str) -> tuple[Step, ...]:
        if snapshot_hash not in self._steps:
            self._steps[snapshot_hash] = steps_of(documents.read_document(conn, snapshot_hash) or "{}")
        return self._steps[snapshot_hash]

    def _end_of(self, loads: Sequence[Load]) -> Span | None:
        """When all lanes are done: the busiest lane, and what the others take before and after it."""
        if not loads:
            return None
        reach = {lane: _reach(loads, lane) for lane in Lane}
        low, high = (
            self._end(loads, {lane: factors[side] for lane, factors in reach.items()}) for side in range(2)
        )
        middle = self._end(loads, dict.fromkeys(Lane, 1.0))
        return Span(low, middle, high, middle)

    def _end(self, loads: Sequence[Load], factors: Mapping[Lane, float]) -> float:
        busy = {lane: self._busy(loads, lane) * factors[lane] for lane in Lane}
        busiest = max(busy, key=lambda lane: busy[lane])
        others = (
            sum(span.mid * factors[lane] for lane, span in lanes.items() if lane is not busiest)
            for _, lanes in loads
        )
        return busy[busiest] + max(others)

    def _busy(self, loads: Sequence[Load], lane: Lane) -> float:
        slots = self._slots[lane]
        spans = [(count, lanes.get(lane, _NOTHING)) for count, lanes in loads]
        rounds = (
            span.mid + (ceil(count / slots) - 1) * span.mean if count > 1 else span.mid / slots
            for count, span in spans
        )
        return max(sum(rounds), *(span.mid for _, span in spans))

    def _with_pauses(self, conn: Connection, work: Span) -> Span:
        queue, now = queue_state.read_queue(conn), self._clock.now()
        begin = max(now, queue["until"] or now) if queue["state"] != QueueState.RUNNING else now
        ends = (end_with_pauses(begin, seconds, queue["schedule"]) - now for seconds in work)
        return Span(*ends)


def some_of(work: Sequence[OpenWork]) -> Sequence[OpenWork]:
    """A part of what waits that stands for all of it, with as many prompts."""
    step = ceil(len(work) / _MOST_KINDS)
    if step < 2:
        return work
    some = work[::step]
    more = sum(part.queued for part in work) / max(1, sum(part.queued for part in some))
    return [
        part._replace(queued=round(part.queued * more), without_gpu=round(part.without_gpu * more))
        for part in some
    ]


def _loading(prompt: _Prompt, work: OpenWork, loaded: str | None) -> float:
    """Seconds in which models are loaded: once each, or with every prompt where they take turns."""
    families = [family for family, _ in prompt.loads]
    if work.run_order == "by_phase" or len(set(families)) < 2:
        once = dict(prompt.loads)
        return sum(seconds for family, seconds in once.items() if family != loaded)
    before = [families[-1], *families[:-1]]
    each = sum(
        seconds for (family, seconds), last in zip(prompt.loads, before, strict=True) if family != last
    )
    return each * (work.queued - work.without_gpu)


def _reach(loads: Sequence[Load], lane: Lane) -> tuple[float, float]:
    """How far the lane's time may be below and above its middle, as factors: partly errors even out."""
    spans = [(count, lanes.get(lane, _NOTHING)) for count, lanes in loads]
    middle = sum(count * span.mid for count, span in spans)
    if not middle:
        return 1.0, 1.0
    below = _combined((count, span.mid - span.low) for count, span in spans)
    above = _combined((count, span.high - span.mid) for count, span in spans)
    return max(0.0, 1 - below / middle), 1 + above / middle


def _combined(errors: Iterable[tuple[int, float]]) -> float:
    pairs = list(errors)
    straight = sum(count * error for count, error in pairs)
    apart = sum(count * error**2 for count, error in pairs)
    return sqrt(_IN_COMMON * straight**2 + (1 - _IN_COMMON) * apart)


def _sum(left: Span, right: Span) -> Span:
    """One after the other; their errors have nothing to do with each other."""
    middle = left.mid + right.mid
    below = sqrt((left.mid - left.low) ** 2 + (right.mid - right.low) ** 2)
    above = sqrt((left.high - left.mid) ** 2 + (right.high - right.mid) ** 2)
    return Span(middle - below, middle, middle + above, left.mean + right.mean)


def _set_span(subject: Job | Prompt | PhaseView, span: Span | None) -> None:
    if span is not None:
        subject.eta_seconds, subject.eta_range = rounded(span.mid), (rounded(span.low), rounded(span.high))


def rounded(seconds: float) -> float:
    """To the millisecond: no more is known."""
    return round(seconds, 3)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
