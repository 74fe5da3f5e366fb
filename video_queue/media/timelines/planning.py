"""From files and decisions to a timeline: which frames of which original stay, and where they lie."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from video_queue.domain.catalogue import fail
from video_queue.domain.media.archive import ArchiveItem
from video_queue.domain.media.timeline import Mark, TimelineParams
from video_queue.domain.media.values import exact_rate
from video_queue.media.clips.retiming import on_grid, removable, stretches_of
from video_queue.media.facts import MediaFacts
from video_queue.media.timelines.model import Clip, Marker, Medium, Timeline
from video_queue.media.timelines.timecode import can_drop, parse_label

_SOUND_RATE = Fraction(25)  # of a timeline of sound alone
_USUAL = [Fraction(n) for n in (24, 25, 30, 48, 50, 60)] + [Fraction(n * 1000, 1001) for n in (24, 30, 60)]


@dataclass(frozen=True)
class Original:
    """A file and the seconds at which its frames begin, with the end of the last."""

    facts: MediaFacts
    edges: Sequence[float]

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.edges) - 1


@dataclass(frozen=True)
class Piece:
    """Frames `first` up to `end` of a file (as it holds them), with a name where they have one."""

    original: Original
    first: int
    end: int
    name: str = ""


def timeline_rate(facts: MediaFacts, fps: float | None) -> Fraction:
    """The rate that was asked for, or the clip's own; of a variable one the nearest that editors know."""
    if fps is not None:
        return exact_rate(fps)
    if facts.fps is None:
        return _SOUND_RATE
    own = facts.fps
    return min(_USUAL, key=lambda rate: abs(float(rate) - own)) if facts.vfr else exact_rate(own)


def sound_edges(seconds: float, rate: Fraction) -> list[float]:
    """The frames of a sound, which has none of its own."""
    return [float(number / rate) for number in range(max(1, round(seconds * rate)) + 1)]


def ranges_of(params: TimelineParams, original: Original) -> list[Piece]:
    """What stays of `source`.

    Raises:
        VqError: media_failed (no such frame, nothing would be left).
    """
    frames, edges = original.frames, original.edges
    if params.scenes is not None:
        pieces = [Piece(original, s.start_frame, s.end_frame, s.name or "") for s in params.scenes]
    else:
        if params.segments is not None:
            gone = on_grid(removable(params.segments, edges[-1], params.margin), edges)
            pairs = [(stretch.first, stretch.end) for stretch in stretches_of(gone, frames, None)]
        elif params.kept is not None:
            pairs = on_grid(params.kept, edges)
        else:
            pairs = list(pairwise([0, *sorted(set(params.cuts or [])), frames]))
        pieces = [Piece(original, first, end) for first, end in pairs]
    _require_inside(pieces, "cuts" if params.scenes is None else "scenes")
    if not pieces:
        detail = f"nothing of {original.facts.path} would be on the timeline"
        raise fail("media_failed.step", phase="timeline", detail=detail)
    return pieces


def range_of(item: ArchiveItem, original: Original) -> Piece:
    """The place of a clip in the original that it was cut from; all of a file that was not.

    Raises:
        VqError: media_failed.no_such_frame.
    """
    if item.parent is None or item.start_frame is None or item.end_frame is None:
        return Piece(original, 0, original.frames, item.name or "")
    piece = Piece(original, item.start_frame, item.end_frame, item.name or "")
    _require_inside([piece], "end_frame")
    return piece


def _require_inside(pieces: Sequence[Piece], name: str) -> None:
    for piece in pieces:
        last = piece.original.frames - 1
        if not 0 <= piece.first < piece.end <= last + 1:
            path, value = str(piece.original.facts.path), max(piece.first, piece.end - 1)
            raise fail("media_failed.no_such_frame", path=path, name=name, value=value, last=last)


def planned_timeline(name: str, rate: Fraction, pieces: Sequence[Piece], marks: Sequence[Mark]) -> Timeline:
    """The pieces one after the other, each with its marks."""
    marks_of = _marks_by_piece(marks, pieces)
    media = {id(piece.original): _medium(piece.original, rate) for piece in pieces}
    clips: list[Clip] = []
    place = 0
    for order, piece in enumerate(pieces, 1):
        medium = media[id(piece.original)]
        first = min(_frame_at(piece, medium, piece.first), medium.frames - 1)
        end = max(_frame_at(piece, medium, piece.end), first + 1)
        count = max(1, round((end - first) / medium.rate * rate))
        label = piece.name or _clip_name(piece, order, len(pieces))
        markers = tuple(_marker(mark, piece, medium, first, end) for mark in marks_of[order - 1])
        clips.append(Clip(medium, first, end, place, count, label, markers))
        place += count
    medium = clips[0].medium
    return Timeline(name, rate, medium.drop if medium.rate == rate else can_drop(rate), tuple(clips))


def _medium(original: Original, rate: Fraction) -> Medium:
    facts = original.facts
    own = timeline_rate(facts, None) if facts.kind == "video" else rate
    frames = max(1, round(original.edges[-1] * own)) if facts.vfr else original.frames
    first, drop = (parse_label(facts.timecode, own) if facts.timecode else None) or (0, can_drop(own))
    if facts.kind == "audio" and facts.samples_since_midnight and facts.audio:
        first = round(Fraction(facts.samples_since_midnight, facts.audio.sample_rate) * own)
    return Medium(facts, own, frames, first, drop)


def _frame_at(piece: Piece, medium: Medium, edge: int) -> int:
    """The medium's frame of an edge of the file: the same number, unless its rate is variable."""
    if not medium.facts.vfr:
        return edge
    return min(medium.frames, round(piece.original.edges[edge] * medium.rate))


def _clip_name(piece: Piece, order: int, count: int) -> str:
    stem = piece.original.facts.path.stem
    return stem if count == 1 else f"{stem} {order:0{len(str(count))}}"


def _marks_by_piece(marks: Sequence[Mark], pieces: Sequence[Piece]) -> list[list[Mark]]:
    """The marks that begin inside each piece; one that begins before a piece and lasts into it is that piece's."""
    marks = sorted(marks, key=_start)
    result: list[list[Mark]] = []
    used: set[int] = set()
    for piece in pieces:
        edges = piece.original.edges
        inside = range(*(bisect_left(marks, edges[edge], key=_start) for edge in (piece.first, piece.end)))
        result.append([marks[number] for number in inside])
        used.update(inside)
    begins = sorted((piece.original.edges[piece.first], number) for number, piece in enumerate(pieces))
    for number, mark in enumerate(marks):
        after = bisect_right(begins, (mark.start, len(pieces)))
        if number not in used and after < len(begins) and begins[after][0] < (mark.end or mark.start):
            result[begins[after][1]].insert(0, mark)
    return result


def _marker(mark: Mark, piece: Piece, medium: Medium, first: int, end: int) -> Marker:
    """A mark as frames of its medium, within those of its piece."""
    edges = piece.original.edges
    start, stop = (
        min(medium.frames, _frame_at(piece, medium, max(0, bisect_right(edges, moment + 1e-6) - 1)))
        for moment in (mark.start, mark.end or mark.start)
    )
    frame = max(first, min(start, end - 1))
    return Marker(frame, max(1, min(stop, end) - frame), mark.name)


def _start(mark: Mark) -> float:
    return mark.start
