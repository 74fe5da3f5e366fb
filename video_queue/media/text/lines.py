"""Where a line of text may break, how wide it is, and the best breaks of a caption.

Chinese and Japanese break between characters, though no line begins with a closing mark nor ends with an opening one;
everything else breaks at spaces. Widths count characters as a reader sees them: a wide one is two, one that combines
with another none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_NO_START = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】〙〗〟ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ…‥%,.!?;:)]}"
)
_NO_END = frozenset("‘“（〔［｛〈《「『【〘〖〝([{$£¥")
_IDEOGRAPHIC = re.compile(
    "[\u2e80-\u312f\u3190-\u31bf\u31f0-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
_MODIFIERS = re.compile("[\ufe00-\ufe0f\u200d\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]")
_JOINER = "\u200d"
_SENTENCE_END = re.compile("[.!?…。！？؟।][\"'”’»)\\]」』）]*$")
_CLAUSE_END = re.compile("[,;:—–、，；：،؛][\"'”’»)\\]」』）]*$")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is never broken: a word, or a character of Chinese or Japanese. `space`: one stands before it."""

    text: str
    space: bool
    start: float = 0.0
    end: float = 0.0

    @property
    def width(self) -> int:
        """How many columns it takes."""
        return text_width(self.text)


@lru_cache(maxsize=20_000)
def text_width(text: str) -> int:
    """The columns a text takes: what is wide counts twice, what joins the character before it nothing."""
    return sum(
        0 if unicodedata.category(sign) in ("Mn", "Me", "Cf") or _MODIFIERS.match(sign)
        else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )  # fmt: skip


def pieces_of(text: str, start: float, end: float, *, longest: int, space: bool = True) -> list[Piece]:
    """The pieces of a text that is said from `start` to `end`, each for as long as its share of the width.

    A piece wider than `longest` is cut, between characters as they are seen. What is no character is left out.
    """
    text = "".join(sign for sign in text if sign.isspace() or unicodedata.category(sign) not in ("Cc", "Cs"))
    parts = [
        (part, number == 0) for word in text.split() for number, part in enumerate(_parts(word, longest))
    ]
    parts[:1] = [(part, space) for part, _ in parts[:1]]
    total = sum(max(1, text_width(part)) for part, _ in parts) or 1
    pieces, done = [], 0
    for part, spaced in parts:
        begin = start + (end - start) * done / total
        done += max(1, text_width(part))
        pieces.append(Piece(part, spaced, begin, start + (end - start) * done / total))
    return pieces


def joined(pieces: Sequence[Piece]) -> str:
    """The text of a line."""
    return "".join(
        (" " if piece.space and number else "") + piece.text for number, piece in enumerate(pieces)
    )


def line_width(pieces: Sequence[Piece]) -> int:
    """The columns a line takes."""
    return sum(piece.width + (piece.space and number > 0) for number, piece in enumerate(pieces))


def ends_sentence(piece: Piece) -> bool:
    """Whether a sentence ends with this piece."""
    return bool(_SENTENCE_END.search(piece.text))


def ends_clause(piece: Piece) -> bool:
    """Whether a pause is written after this piece."""
    return ends_sentence(piece) or bool(_CLAUSE_END.search(piece.text))


def fits(pieces: Sequence[Piece], max_chars: int, lines: int) -> bool:
    """Whether the text has room in so many lines."""
    used, width = 1, 0
    for piece in pieces:
        more = piece.width + (piece.space and width > 0)
        if width and width + more > max_chars:
            used, width = used + 1, piece.width
            if used > lines:
                return False
        else:
            width += more
    return True


def break_lines(pieces: Sequence[Piece], max_chars: int) -> list[list[Piece]]:
    """The text in as few lines as it needs, of even length, broken after punctuation where there is some."""
    count = 1
    while not fits(pieces, max_chars, count):
        count += 1
    if count == 1:
        return [list(pieces)]
    return _even_lines(list(pieces), max_chars, count)


def _even_lines(pieces: list[Piece], max_chars: int, count: int) -> list[list[Piece]]:
    """The breaks with the least sum of squared differences from an even length, by dynamic programming."""
    target = line_width(pieces) / count
    best: list[dict[int, tuple[float, list[int]]]] = [{0: (0.0, [])}]
    for _ in range(count):
        reached: dict[int, tuple[float, list[int]]] = {}
        for begin, (cost, breaks) in best[-1].items():
            for end in range(begin + 1, len(pieces) + 1):
                width = line_width(pieces[begin:end])
                if width > max_chars and end > begin + 1:
                    break
                total = cost + (width - target) ** 2 + _break_cost(pieces, end, target)
                if end not in reached or total < reached[end][0]:
                    reached[end] = (total, [*breaks, end])
        best.append(reached)
    edges = [0, *best[-1][len(pieces)][1]]
    return [pieces[begin:end] for begin, end in pairwise(edges)]


def _break_cost(pieces: Sequence[Piece], end: int, target: float) -> float:
    """What a break costs there: least where a sentence or a clause ends."""
    if end == len(pieces) or ends_sentence(pieces[end - 1]):
        return 0.0
    return (0.1 if ends_clause(pieces[end - 1]) else 0.5) * target**2 / 2


def _parts(word: str, longest: int) -> list[str]:
    """A word as the parts between which a line may break."""
    parts: list[str] = []
    for sign in _clusters(word):
        if not parts or _may_break(parts[-1][-1], sign[0]) or text_width(parts[-1] + sign) > longest:
            parts.append(sign)
        else:
            parts[-1] += sign
    return parts


def _may_break(before: str, after: str) -> bool:
    if before in _NO_END or after in _NO_START:
        return False
    return bool(_IDEOGRAPHIC.match(before) or _IDEOGRAPHIC.match(after))


def _clusters(text: str) -> list[str]:
    """The characters as they are seen: each with what combines with it."""
    clusters: list[str] = []
    for sign in text:
        joins = unicodedata.category(sign) in ("Mn", "Mc", "Me") or _MODIFIERS.match(sign)
        if clusters and (joins or clusters[-1].endswith(_JOINER)):
            clusters[-1] += sign
        else:
            clusters.append(sign)
    return clusters
