"""A clip with stretches left out or played faster: which frames are shown, when, and which samples belong to them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from video_queue.domain.media.sound import Span
from video_queue.domain.media.values import exact_rate
from video_queue.media.clips.picking import piecewise, select_expression
from video_queue.media.encoders import rate_text
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import filter_value, true_times
from video_queue.media.phase_run import PhaseRun
from video_queue.media.reading import FrameTimes

_EDGE = 0.02  # seconds: a silence this close to an end of the file reaches it


@dataclass(frozen=True)
class Stretch:
    """A stretch of the source from `first` up to `end` (frames, or samples of a sound), `rate` times as fast."""

    first: int
    end: int
    rate: float = 1.0

    @property
    def count(self) -> int:
        """How many frames are left of it, at least one."""
        length = self.end - self.first
        return length if self.rate == 1 else max(1, round(length / self.rate))

    @property
    def frames(self) -> list[int]:
        """The frames of the source that are shown, evenly chosen."""
        length, count = self.end - self.first, self.count
        return [self.first + place * length // count for place in range(count)]


@dataclass(frozen=True)
class SoundPiece:
    """Samples `begin` up to `end` of the source, which last `count` samples in the new sound.

    `cut_before` and `cut_after`: what is heard there was not its neighbour in the source.
    """

    begin: int
    end: int
    count: int
    rate: float
    cut_before: bool
    cut_after: bool


def removable(segments: Sequence[Span], length: float, margin: float) -> list[Span]:
    """What of the silences can go: joined where they overlap, less `margin` beside speech, ascending."""
    joined: list[list[float]] = []
    for span in sorted(segments, key=lambda span: span.start):
        start, end = min(span.start, length), min(span.end, length)
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    inner = [
        (0.0 if start <= _EDGE else start + margin, length if end >= length - _EDGE else end - margin)
        for start, end in joined
    ]
    return [Span(start=start, end=end) for start, end in inner if end > start]


def on_grid(spans: Sequence[Span], edges: Sequence[float]) -> list[tuple[int, int]]:
    """The frames of each span, whose ends move to the nearest of `edges` (where frames begin)."""
    pairs = [(_nearest(edges, span.start), _nearest(edges, span.end)) for span in spans]
    return [(first, end) for first, end in pairs if end > first]


def stretches_of(removed: Sequence[tuple[int, int]], count: int, rate: float | None) -> list[Stretch]:
    """What is played of `count` frames: all but `removed`, or these `rate` times as fast."""
    stretches = []
    position = 0
    for first, end in (*removed, (count, count)):
        if first > position:
            stretches.append(Stretch(position, first))
        if rate is not None and end > first:
            stretches.append(Stretch(first, end, rate))
        position = end
    return stretches


def sound_pieces(
    stretches: Sequence[Stretch], places: Sequence[tuple[int, int, int]], total: int
) -> list[SoundPiece]:
    """The pieces of a sound of `total` samples: (begin, end, count) in samples for each stretch."""
    last = len(stretches) - 1
    return [
        SoundPiece(begin, end, count, stretch.rate, order > 0 or begin > 0, order < last or end < total)
        for order, (stretch, (begin, end, count)) in enumerate(zip(stretches, places, strict=True))
    ]


@dataclass(frozen=True)
class Retiming:
    """The plan of a clip: `edges` are the beginnings of its frames and the end of the last, in seconds."""

    stretches: list[Stretch]
    edges: list[float]
    start: float
    fps: Fraction | None

    @property
    def frames(self) -> int:
        """How many frames are shown."""
        return sum(stretch.count for stretch in self.stretches)

    def starts(self) -> list[float]:
        """When each stretch begins in the new clip, and when the last one ends."""
        places = [0.0]
        shown = 0
        for stretch in self.stretches:
            shown += stretch.count
            length = self.edges[stretch.end] - self.edges[stretch.first]
            places.append(float(shown / self.fps) if self.fps else places[-1] + length / stretch.rate)
        return places

    def span(self, first: int, end: int) -> Span:
        """The frames `first` up to `end` in seconds of the source."""
        return Span(start=round(self.edges[first], 6), end=round(self.edges[end], 6))

    def picture_filters(self) -> list[str]:
        """Filters that show these frames at their new times."""
        shown = [number for stretch in self.stretches for number in stretch.frames]
        select = f"select={filter_value(select_expression(shown))}"
        if self.fps:
            return [select, f"settb=expr={self.fps.denominator}/{self.fps.numerator}", "setpts=N"]
        clock = [
            (stretch.first, f"(T-{self.start + self.edges[stretch.first]:.6f})/{stretch.rate:g}+{begin:.6f}")
            for stretch, begin in zip(self.stretches, self.starts(), strict=False)
        ]
        times = piecewise(clock, "N")
        return [f"setpts={filter_value(f'({times})/TB')}", select]

    def rate_options(self, run: PhaseRun) -> list[str]:
        """Output options for the times of these frames."""
        return ["-fps_mode:v", "cfr", "-r", rate_text(self.fps)] if self.fps else true_times(run)

    def sound_pieces(self, rate: int) -> list[SoundPiece]:
        """The samples that belong to these frames; each stretch of sound lasts as long as its picture."""
        begins = [round(place * rate) for place in self.starts()]
        places = [
            (round(self.edges[stretch.first] * rate), round(self.edges[stretch.end] * rate), after - before)
            for stretch, (before, after) in zip(self.stretches, pairwise(begins), strict=True)
        ]
        return sound_pieces(self.stretches, places, round(self.edges[-1] * rate))


def retiming_of(
    facts: MediaFacts, shown: FrameTimes, spans: Sequence[Span], rate: float | None
) -> tuple[Retiming, list[Span]]:
    """The plan of a clip without `spans` (or with these `rate` times as fast), and what they are exactly."""
    edges = [*shown.times, max(facts.duration or 0.0, shown.times[-1] + 0.001)]
    removed = on_grid(spans, edges)
    fps = exact_rate(facts.fps) if facts.fps and not facts.vfr else None
    plan = Retiming(stretches_of(removed, len(shown.times), rate), edges, shown.start, fps)
    return plan, [plan.span(first, end) for first, end in removed]


def _nearest(edges: Sequence[float], moment: float) -> int:
    """The number of the edge nearest to `moment`."""
    after = min(bisect_left(edges, moment), len(edges) - 1)
    return after - 1 if after and moment - edges[after - 1] < edges[after] - moment else after
