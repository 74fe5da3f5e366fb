"""What a phase's time grows with, learned from its own runs: pure, cheap, and explained in a sentence.

A run took `seconds` and has `measures`: numbers (pixels × frames, steps, parameters) and words (codec, sampler).
A Pace is a typical time, times one term for each measure that times depend on: a number lets a share of the time grow
with it, a word stands for a factor. Terms are added while they lower the error by more than chance would. Medians do
the fitting, so a run on a busy machine or one that loaded models moves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from statistics import fmean, median
from typing import NamedTuple

FEWEST_RUNS = 2

Measures = Mapping[str, float | str]

# What times are taken to grow with while the runs cannot say: pixels × frames, and the steps of a sampler.
WORK, STEPS = "work", "steps"
_TAKEN_FOR_GRANTED = (WORK, STEPS)
_GRANTED_SHARE = 0.9
# Which share of the time grows with a number, and how steeply: attention grows faster than the pixels it looks at.
_SHAPES = (
    *((1.0, power) for power in (0.15, 0.3, 0.5)),
    *((share, power) for power in (1.0, 1.4, 2.0) for share in (0.3, 0.6, 0.8, 0.9, 0.95, 1.0)),
)
_MOST_TERMS = 4
# A further term must lower the error by this much.
_WORTH = 0.95
# Errors below this are noise that no term explains.
_LEAST_ERROR = 0.01
# One run far off counts as much as one that is wrong by a factor of e.
_MOST_ERROR = 1.0
# An instant counts as a millisecond: times are compared by their ratio.
_INSTANT = 0.001
# The terms were fitted to the runs that they are judged by: one of a new kind will be further off.
_NEW_KIND = 1.6
# How quickly the level may follow the newest run; the one that would have been off least is taken.
_FOLLOWS = (0.0, 0.1, 0.3, 0.6)
# Of 80 % of what is likely, Student's t by degrees of freedom.
_T = (3.08, 1.89, 1.64, 1.53, 1.48, 1.44, 1.41, 1.40, 1.38, 1.37)
_T_OF_MANY = 1.30


class Run(NamedTuple):
    """One run of a phase: seconds without waiting, and what there was to do."""

    seconds: float
    measures: Measures


Kind = frozenset[tuple[str, float | str]]


class Reach(NamedTuple):
    """How far below and above the middle four of five runs are, as logarithms."""

    below: float
    above: float


class Span(NamedTuple):
    """Low, middle and high: four of five are between low and high. Of many the `mean` counts, a little above."""

    low: float
    mid: float
    high: float
    mean: float

    def times(self, factor: float) -> Span:
        """The span scaled."""
        return Span(*(value * factor for value in self))


@dataclass(frozen=True, slots=True)
class Growth:
    """A share of the time grows with a number; `low` and `high` are what runs had of it."""

    name: str
    typical: float
    share: float
    power: float
    low: float
    high: float

    def log_factor(self, measures: Measures) -> float:
        """How much longer it takes than with the typical number, as a logarithm."""
        value = measures.get(self.name)
        if not isinstance(value, int | float) or value <= 0:
            return 0.0
        return log(1 - self.share + self.share * (value / self.typical) ** self.power)

    def doubt(self, measures: Measures) -> float:
        """How far the number lies outside of what was seen, as a share of its logarithm."""
        value = measures.get(self.name)
        if not isinstance(value, int | float) or value <= 0:
            return 0.3
        return 0.25 * max(0.0, log(self.low / value), log(value / self.high))


@dataclass(frozen=True, slots=True)
class Choice:
    """Each word has its own factor; `spread` is how far those lie apart."""

    name: str
    factors: Mapping[str, float]
    spread: float

    def log_factor(self, measures: Measures) -> float:
        """How much longer it takes with this word, as a logarithm."""
        return self.factors.get(str(measures.get(self.name)), 0.0)

    def doubt(self, measures: Measures) -> float:
        """Of a word that was never seen, how far the others lie apart."""
        return 0.0 if str(measures.get(self.name)) in self.factors else self.spread


Term = Growth | Choice
# A term with the error that it leaves and how much freedom it takes.
_Candidate = tuple[float, int, Term]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long runs of a phase take. All but `terms` are logarithms.

    `kinds` is how far runs with the same measures lie off, `known` and `new` the reach of those that had one of their
    kind before them and of those that had not, `mean` how far the mean lies above the middle.
    """

    terms: tuple[Term, ...]
    typical: float
    kinds: Mapping[Kind, float]
    known: Reach
    new: Reach
    mean: float

    def seconds(self, measures: Measures) -> Span:
        """What a run with these measures takes."""
        kind = _kind(measures)
        reach = self.known if kind in self.kinds else self.new
        middle = (
            self.typical + sum(term.log_factor(measures) for term in self.terms) + self.kinds.get(kind, 0.0)
        )
        doubt = 0.0 if kind in self.kinds else sum(term.doubt(measures) for term in self.terms)
        low, high = middle - reach.below - doubt, middle + reach.above + doubt
        return Span(*(_seconds(value) for value in (low, middle, high, middle + self.mean)))


def learn(runs: Sequence[Run]) -> Pace | None:
    """The pace of these runs, the newest last; None with too few."""
    if len(runs) < FEWEST_RUNS:
        return None
    times = [log(max(run.seconds, _INSTANT)) for run in runs]
    fit = _Fit(times, [run.measures for run in runs])
    fit.choose_terms()
    return fit.pace()


class _Fit:
    """The terms found so far, and what they leave unexplained of each run's time (logarithms)."""

    def __init__(self, times: Sequence[float], measures: Sequence[Measures]) -> None:
        self._measures = measures
        self._left = list(times)
        self._terms: list[Term] = []
        self._freedom = 0
        self._loss = _loss(self._left, 0)

    def choose_terms(self) -> None:
        """Add the term that explains most, then the next, while that is worth it."""
        self._take_for_granted()
        numbers, words = _columns(self._measures)
        for _ in range(_MOST_TERMS):
            if self._loss <= _LEAST_ERROR:
                return
            used = {term.name for term in self._terms}
            terms = [self._best_growth(name, values) for name, values in numbers.items() if name not in used]
            terms += [self._choice(name, values) for name, values in words.items() if name not in used]
            loss, freedom, term = min(terms, key=lambda item: item[0], default=(inf, 0, None))
            if term is None or loss > self._loss * _WORTH:
                return
            self._add(term, freedom)
            self._fit_again()

    def _fit_again(self) -> None:
        """Each number once more, now that the others explain their part."""
        for place, term in enumerate(self._terms):
            if isinstance(term, Growth):
                before = self._left
                self._left = [
                    value + term.log_factor(measures)
                    for value, measures in zip(before, self._measures, strict=True)
                ]
                values = _numbers(term.name, self._measures) or []
                loss, _, better = self._best_growth(term.name, values, 0)
                if loss < self._loss:
                    self._terms[place], self._loss = better, loss
                    self._left = self._without(better)
                else:
                    self._left = before

    def _take_for_granted(self) -> None:
        for name in _TAKEN_FOR_GRANTED:
            values = _numbers(name, self._measures)
            if values is None:
                continue
            granted = _growth(name, values, _GRANTED_SHARE, 1.0)
            best: _Candidate = (self._loss_with(granted, 0), 0, granted)
            if len(set(values)) > 1:
                best = min(best, self._best_growth(name, values), key=lambda item: item[0])
            if best[0] <= self._loss:
                self._add(best[2], best[1])

    def _best_growth(self, name: str, values: Sequence[float], freedom: int = 2) -> _Candidate:
        terms = [_growth(name, values, *shape) for shape in _SHAPES]
        losses = [(self._loss_with(term, freedom), number) for number, term in enumerate(terms)]
        loss, number = min(losses)
        return loss, freedom, terms[number]

    def _choice(self, name: str, values: Sequence[str]) -> _Candidate:
        groups: dict[str, list[float]] = defaultdict(list)
        for value, left in zip(values, self._left, strict=True):
            groups[value].append(left)
        whole = median(self._left)
        factors = {
            value: (median(group) - whole) * len(group) / (len(group) + 0.2)
            for value, group in groups.items()
        }
        term = Choice(name, factors, (max(factors.values()) - min(factors.values())) / 2)
        return self._loss_with(term, len(factors) - 1), len(factors) - 1, term

    def _loss_with(self, term: Term, freedom: int) -> float:
        return _loss(self._without(term), self._freedom + freedom)

    def _without(self, term: Term) -> list[float]:
        return [
            value - term.log_factor(measures)
            for value, measures in zip(self._left, self._measures, strict=True)
        ]

    def _add(self, term: Term, freedom: int) -> None:
        self._left = self._without(term)
        self._terms.append(term)
        self._freedom += freedom
        self._loss = _loss(self._left, self._freedom)

    def pace(self) -> Pace:
        """The terms, and what is left: followed as it changes from run to run, and how far that was off."""
        kinds = [_kind(row) for row in self._measures]
        middle = median(self._left)
        left = [max(-_MOST_ERROR, min(_MOST_ERROR, value - middle)) for value in self._left]
        tracks = [_Track(pace, left, kinds) for pace in _FOLLOWS]
        best = min(tracks, key=lambda track: track.error)
        of_known = [error for error, was_known in best.errors if was_known]
        of_new = [error for error, was_known in best.errors if not was_known]
        known = _reach(of_known or of_new, 0)
        distinct = len(set(kinds))
        new = _reach(of_new if len(of_new) >= 4 else [error for error, _ in best.errors], 0)
        wider = _NEW_KIND * (
            min(3.0, distinct / max(1, distinct - 1 - self._freedom)) if distinct > 2 else 1.0
        )
        new = Reach(max(new.below * wider, known.below), max(new.above * wider, known.above))
        errors = [exp(min(error, known.above + new.above)) for error, _ in best.errors]
        mean = max(0.0, log(fmean(errors)))
        return Pace(tuple(self._terms), middle + best.level, best.offsets(), known, new, mean)


class _Track:
    """What is left of each run, predicted from those before it: a level that follows, and an offset for each kind."""

    def __init__(self, follow: float, left: Sequence[float], kinds: Sequence[Kind]) -> None:
        self.level = 0.0
        self.errors: list[tuple[float, bool]] = []
        self._sums: dict[Kind, tuple[int, float]] = {}
        for number, (value, kind) in enumerate(zip(left, kinds, strict=True), start=1):
            count, total = self._sums.get(kind, (0, 0.0))
            offset = total / (count + 1)
            error = value - self.level - offset
            self.errors.append((error, count > 0))
            self._sums[kind] = (count + 1, total + value - self.level)
            self.level += max(follow, 1 / number) * error
        # That it follows must be worth it: it could be chance.
        self.error = fmean(abs(error) for error, _ in self.errors) * (1 + 0.5 * follow / sqrt(len(left)))

    def offsets(self) -> dict[Kind, float]:
        return {kind: total / (count + 1) for kind, (count, total) in self._sums.items()}


def _columns(measures: Sequence[Measures]) -> tuple[dict[str, list[float]], dict[str, list[str]]]:
    """What all runs say and not all say alike: numbers and words by name."""
    numbers: dict[str, list[float]] = {}
    words: dict[str, list[str]] = {}
    for name in measures[-1]:
        values = [row.get(name) for row in measures]
        if len(set(values)) < 2:
            continue
        if all(isinstance(value, int | float) and value > 0 for value in values):
            numbers[name] = [float(value) for value in values]  # type: ignore[arg-type]
        elif len(set(values)) <= len(values) // 2:
            words[name] = [str(value) for value in values]
    return numbers, words


def _numbers(name: str, measures: Sequence[Measures]) -> list[float] | None:
    values = [row.get(name) for row in measures]
    known = [float(value) for value in values if isinstance(value, int | float) and value > 0]
    return known if known and len(known) >= len(values) * 0.8 else None


def _growth(name: str, values: Sequence[float], share: float, power: float) -> Growth:
    return Growth(name, exp(fmean(map(log, values))), share, power, min(values), max(values))


def _loss(left: Sequence[float], freedom: int) -> float:
    """The mean error, as it would be of runs not seen: every freedom that was used makes it larger."""
    rest = len(left) - 1 - freedom
    if rest <= 0:
        return inf if freedom else 0.0
    middle = median(left)
    return fmean(min(abs(value - middle), _MOST_ERROR) for value in left) * len(left) / rest


def _reach(errors: Sequence[float], freedom: int) -> Reach:
    """How far below and above the middle four of five runs to come will be."""
    count = len(errors)
    rest = max(1, count - 1 - freedom)
    wide = (_T[rest - 1] if rest <= len(_T) else _T_OF_MANY) / _T_OF_MANY * sqrt(1 + 1 / count)
    ordered = sorted(errors)
    return Reach(max(0.0, -_at(ordered, 0.1)) * wide, max(0.0, _at(ordered, 0.9)) * wide)


def _at(ordered: Sequence[float], share: float) -> float:
    place = min(max(share * (len(ordered) + 1) - 1, 0.0), len(ordered) - 1.0)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _seconds(logarithm: float) -> float:
    value = exp(logarithm)
    return 0.0 if value <= _INSTANT * 1.001 else value


def _kind(measures: Measures) -> Kind:
    return frozenset(measures.items())
