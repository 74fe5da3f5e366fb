"""Captions from what was said: which words stand together, in which lines, from when to when.

The rules are those of subtitlers: a caption ends with a sentence or a pause where it can, is on screen for a second at
least and seven at most, and never together with another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from video_queue.domain.media.speech import SpokenSegment
from video_queue.media.text.lines import (
    Piece,
    break_lines,
    ends_clause,
    ends_sentence,
    fits,
    joined,
    line_width,
    pieces_of,
)

_LEAST_SECONDS, _MOST_SECONDS = 1.0, 7.0
_LEAST_AUTHORED = 0.1
_PAUSE = 0.7
_SAME_TIME = 0.05


@dataclass(frozen=True, slots=True)
class Layout:
    """How much a caption holds."""

    max_chars: int = 42
    lines: int = 2


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption: its lines, and when it is shown."""

    start: float
    end: float
    lines: tuple[tuple[Piece, ...], ...]

    @property
    def text(self) -> str:
        """Its lines as they stand below each other."""
        return "\n".join(joined(line) for line in self.lines)

    @property
    def pieces(self) -> list[Piece]:
        """All of them in order."""
        return [piece for line in self.lines for piece in line]


def cues_from_words(words: Sequence[SpokenSegment], layout: Layout) -> list[Cue]:
    """Captions of words with their times. Words are joined by spaces unless some of them have their own."""
    own_spaces = any(word.text[:1].isspace() for word in words)
    pieces: list[Piece] = []
    for word in sorted(words, key=lambda word: word.start):
        longest = layout.max_chars
        space = word.text[:1].isspace() if own_spaces else _spaced(pieces, word.text)
        pieces += pieces_of(word.text, word.start, word.end, longest=longest, space=space)
    return [_cue(group, layout) for group in _groups(pieces, layout)]


def cues_from_segments(segments: Sequence[SpokenSegment], layout: Layout) -> list[Cue]:
    """Captions of longer texts, each cut where it is too long; a caption never holds parts of two."""
    cues: list[Cue] = []
    for segment in sorted(segments, key=lambda segment: segment.start):
        pieces = pieces_of(segment.text, segment.start, segment.end, longest=layout.max_chars)
        groups = _groups(pieces, layout)
        cues += [_cue(group, layout) for group in groups]
    return cues


def cues_from_file(texts: Sequence[SpokenSegment], layout: Layout) -> list[Cue]:
    """The captions of a subtitle file: its times, and its lines where they fit."""
    cues: list[Cue] = []
    for text in sorted(texts, key=lambda text: text.start):
        rows = [row for row in text.text.splitlines() if row.strip()]
        whole = pieces_of(" ".join(rows), text.start, text.end, longest=layout.max_chars)
        counts = [len(pieces_of(row, 0, 1, longest=layout.max_chars)) for row in rows]
        lines, at = [], 0
        for count in counts:
            lines.append(tuple(whole[at : at + count]))
            at += count
        if len(lines) <= layout.lines and all(line_width(line) <= layout.max_chars for line in lines):
            if lines:
                cues.append(Cue(text.start, text.end, tuple(lines)))
        else:
            cues += [_cue(group, layout) for group in _groups(whole, layout, most_seconds=float("inf"))]
    return cues


def fit_times(cues: Sequence[Cue], seconds: float | None, *, authored: bool) -> tuple[list[Cue], list[str]]:
    """The captions with times that hold: inside the clip, one after the other; and what had to be changed.

    Each stays long enough to be read, where there is room; one that was `authored` so shortly to be seen.
    """
    inside, warnings = _inside(cues, seconds)
    apart, overlaps = _apart(inside)
    if overlaps:
        warnings.append(
            f"{overlaps} of the captions began before the one before had ended; that one ends earlier now"
        )
    return _long_enough(apart, seconds, _LEAST_AUTHORED if authored else _LEAST_SECONDS), warnings


def _inside(cues: Sequence[Cue], seconds: float | None) -> tuple[list[Cue], list[str]]:
    limit = float("inf") if seconds is None else seconds
    kept = [
        replace(cue, start=max(0.0, cue.start), end=min(cue.end, limit))
        for cue in cues
        if cue.end > 0 and cue.start < limit and cue.lines
    ]
    warnings = []
    if early := sum(cue.start < 0 for cue in cues):
        warnings.append(
            f"{early} of the captions began before the clip does; what lies before it was left out"
        )
    if late := sum(cue.start >= limit for cue in cues):
        warnings.append(
            f"{late} of the captions begin after the clip's end ({limit:.2f} s); they were left out"
        )
    return kept, warnings


def _apart(cues: Sequence[Cue]) -> tuple[list[Cue], int]:
    """No two at once: what begins together stands together, what overlaps ends earlier."""
    result: list[Cue] = []
    overlaps = 0
    for cue in sorted(cues, key=lambda cue: cue.start):
        last = result[-1] if result else None
        if last is not None and cue.start < last.end - 0.0005:
            overlaps += 1
            if cue.start - last.start < _SAME_TIME:
                result[-1] = Cue(last.start, max(last.end, cue.end), (*last.lines, *cue.lines))
                continue
            result[-1] = replace(last, end=cue.start)
        result.append(cue)
    return result, overlaps


def _long_enough(cues: Sequence[Cue], seconds: float | None, least: float) -> list[Cue]:
    limit = float("inf") if seconds is None else seconds
    limits = [cue.start for cue in cues[1:]] + [limit]
    return [
        replace(cue, end=max(cue.end, min(cue.start + least, limit)))
        for cue, limit in zip(cues, limits, strict=False)
    ]


def _groups(
    pieces: Sequence[Piece], layout: Layout, *, most_seconds: float = _MOST_SECONDS
) -> list[list[Piece]]:
    """The pieces of each caption: sentences, short ones together, long ones in parts of even length."""
    groups: list[list[Piece]] = []
    for sentence in _sentences(pieces):
        last = groups[-1] if groups else []
        short = bool(last) and line_width(last) * 2 < layout.max_chars and not _pause(last[-1], sentence[0])
        if short and _holds([*last, *sentence], layout, most_seconds):
            groups[-1] = [*last, *sentence]
        else:
            groups.append(sentence)
    return [part for group in groups for part in _parts(group, layout, most_seconds)]


def _sentences(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces up to each end of a sentence, and each pause."""
    sentences: list[list[Piece]] = []
    for number, piece in enumerate(pieces):
        if not number or ends_sentence(pieces[number - 1]) or _pause(pieces[number - 1], piece):
            sentences.append([])
        sentences[-1].append(piece)
    return sentences


def _parts(group: list[Piece], layout: Layout, most_seconds: float) -> list[list[Piece]]:
    """A text that is too long for one caption in parts that are not, cut at commas where they lie near."""
    parts: list[list[Piece]] = []
    room = layout.max_chars * layout.lines * 0.9
    width = line_width(group)
    while not _holds(group, layout, most_seconds) and len(group) > 1:
        seconds = group[-1].end - group[0].start
        target = width / max(2, math.ceil(width / room), math.ceil(seconds / most_seconds))
        part = _first_part(group, layout, most_seconds, target)
        parts.append(part)
        group = group[len(part) :]
        width -= line_width(part) + group[0].space
    return [*parts, group]


def _first_part(group: Sequence[Piece], layout: Layout, most_seconds: float, target: float) -> list[Piece]:
    """As much of a text as makes a good caption, `target` columns of it at best."""
    longest = 1
    while longest < len(group) - 1 and _holds(group[: longest + 1], layout, most_seconds):
        longest += 1
    at = min(range(1, longest + 1), key=lambda at: _distance(group[:at], target))
    return list(group[:at])


def _distance(part: Sequence[Piece], target: float) -> float:
    """How far a part is from the length it should have; further where no clause ends with it."""
    return abs(line_width(part) - target) + (0 if ends_clause(part[-1]) else target / 4)


def _holds(group: Sequence[Piece], layout: Layout, most_seconds: float) -> bool:
    return group[-1].end - group[0].start <= most_seconds and fits(group, layout.max_chars, layout.lines)


def _pause(before: Piece, after: Piece) -> bool:
    return after.start - before.end > _PAUSE


def _cue(pieces: Sequence[Piece], layout: Layout) -> Cue:
    lines = break_lines(pieces, layout.max_chars)
    return Cue(pieces[0].start, pieces[-1].end, tuple(tuple(line) for line in lines))


def _spaced(pieces: Sequence[Piece], text: str) -> bool:
    """Whether a space stands between what was said and a word that has none of its own."""
    if not pieces:
        return True
    both = pieces_of(f"{pieces[-1].text[-1]}{text.strip()[:1]}", 0, 1, longest=200)
    return len(both) == 1 and text.strip()[:1] not in "'’-" and any(sign.isalnum() for sign in text)
