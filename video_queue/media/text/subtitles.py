"""Subtitle files: SRT, WebVTT and ASS read into texts with times, and captions written as SRT and WebVTT.

What a file is, is seen from its content. A line that cannot be read is named, rather than skipped in silence.
"""

from __future__ import annotations

import codecs
import html
import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.media.speech import SpokenSegment
from video_queue.media.text.ass import events_of
from video_queue.media.text.cues import Cue
from video_queue.media.unreadable import require_regular

_MOST_BYTES = 20_000_000
_BOMS = {
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip
_WESTERN = "cp1252"
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_CLOCK = r"(-?)(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMES = re.compile(rf"^\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?$")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
_BREAK = re.compile(r"\\[Nn]")
_VTT_BLOCK = re.compile(r"^(NOTE|STYLE|REGION)\b")
_TIMED = TypeAdapter(list[SpokenSegment])


@dataclass(frozen=True, slots=True)
class Subtitles:
    """What a file holds. `ass`: its own text, where it is one of ASS, which says more than texts and times."""

    texts: list[SpokenSegment]
    ass: str | None = None
    warnings: list[str] = field(default_factory=list)


class SubtitleError(Exception):
    """What cannot be read, and where."""


def read_subtitles(path: Path, encoding: str = "") -> Subtitles:
    """The captions of a file.

    Raises:
        VqError: input_missing, input_unreadable.
    """
    require_regular(path)
    if path.stat().st_size > _MOST_BYTES:
        raise _unreadable(str(path), "it is too large for captions")
    try:
        text, warnings = _decode(path.read_bytes(), encoding)
        subtitles = parse_subtitles(text)
    except SubtitleError as error:
        raise _unreadable(str(path), str(error)) from None
    return Subtitles(subtitles.texts, subtitles.ass, [*warnings, *subtitles.warnings])


def read_text(text: str) -> Subtitles:
    """The captions of a text: SRT, WebVTT, ASS, or a list as JSON.

    Raises:
        VqError: input_unreadable.
    """
    try:
        return parse_subtitles(text.encode("utf-8", "replace").decode())
    except SubtitleError as error:
        raise _unreadable("the text", str(error)) from None


def parse_subtitles(text: str) -> Subtitles:
    """The captions of a text in any of the formats.

    Raises:
        SubtitleError: it is none of them, holds none, or one of its lines cannot be read.
    """
    if _CONTROL.search(text):
        raise SubtitleError("it holds no text")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if text.lstrip()[:1] in ("[", "{") and not re.match(r"\s*\[[A-Za-z]", text):
        return Subtitles(_parse_json(text))
    if re.search(r"^\[Script Info\]|^Dialogue:", text, re.MULTILINE | re.IGNORECASE):
        return Subtitles(_some(_parse_ass(text)), ass=text)
    if "-->" in text:
        return Subtitles(_some(_parse_blocks(text.split("\n"))))
    raise SubtitleError("it is neither SRT, WebVTT nor ASS")


def srt(cues: Sequence[Cue]) -> str:
    """Captions as SRT."""
    return "".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{cue.text}\n\n"
        for number, cue in enumerate(cues, start=1)
    )


def vtt(cues: Sequence[Cue]) -> str:
    """Captions as WebVTT."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{html.escape(cue.text, quote=False)}\n\n"
        for cue in cues
    )


def _decode(data: bytes, encoding: str) -> tuple[str, list[str]]:
    """The text of a file: by its mark, as it is said, as UTF-8, or as Windows-1252, which is then said."""
    warnings: list[str] = []
    try:
        bom = next((name for mark, name in _BOMS.items() if data.startswith(mark)), "")
        text = data.decode(bom or encoding or _guess(data))
    except LookupError:
        raise SubtitleError(f"there is no encoding {encoding}") from None
    except ValueError as error:
        if encoding or bom:
            raise SubtitleError(f"it is not {bom or encoding}: {error}"[:200]) from None
        text = data.decode(_WESTERN, errors="replace")
        warnings.append(
            "the subtitle file is not UTF-8; it was read as Windows-1252. Name its encoding if letters are wrong"
        )
    return text, warnings


def _guess(data: bytes) -> str:
    """UTF-16 without a mark has a zero in every second byte of plain letters; else UTF-8."""
    even, odd = data[0:400:2].count(0), data[1:400:2].count(0)
    if max(even, odd) > 20 and min(even, odd) == 0:
        return "utf-16-be" if even else "utf-16-le"
    return "utf-8"


def _parse_json(text: str) -> list[SpokenSegment]:
    try:
        value: Any = json.loads(text)
        if isinstance(value, dict):
            value = value.get("words") or value.get("segments")
        return _some(_TIMED.validate_python(value))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SubtitleError(
            f"{where or 'it'}: {first['msg']}; it should be a list of start, end and text"
        ) from None
    except (ValueError, RecursionError) as error:
        raise SubtitleError(f"it is not JSON: {error}") from None


def _parse_blocks(lines: list[str]) -> list[SpokenSegment]:
    """SRT and WebVTT: each caption is a line of times and the lines below it, to an empty one."""
    texts: list[SpokenSegment] = []
    at = 0
    while at < len(lines):
        if _VTT_BLOCK.match(lines[at]):
            at = _block_end(lines, at)
        elif "-->" in lines[at]:
            end = _block_end(lines, at + 1)
            start, stop = _times(lines[at], at + 1)
            texts.append(SpokenSegment(start=start, end=stop, text=_plain("\n".join(lines[at + 1 : end]))))
            at = end
        else:
            at += 1
    return texts


def _block_end(lines: list[str], at: int) -> int:
    """Where a caption's lines end: at an empty line, or before the number and times of the next one."""
    while at < len(lines) and lines[at].strip():
        if "-->" in lines[at] and _TIMES.match(lines[at]):
            return at - 1 if lines[at - 1].strip().isdigit() else at
        at += 1
    return at


def _times(line: str, number: int) -> tuple[float, float]:
    match = _TIMES.match(line)
    if match is None:
        raise SubtitleError(f"line {number} is not two times: {line.strip()[:60]}")
    groups = match.groups()
    return _ordered(_seconds(groups[:5]), _seconds(groups[5:]), number)


def _ordered(start: float, end: float, number: int) -> tuple[float, float]:
    if end < start:
        raise SubtitleError(f"line {number}: it ends before it begins")
    return start, end


def _seconds(groups: Sequence[str | None]) -> float:
    sign, hours, minutes, seconds, part = groups
    value = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return (-1 if sign else 1) * (value + int((part or "0").ljust(3, "0")) / 1000)


def _parse_ass(script: str) -> list[SpokenSegment]:
    """The texts of the events, without what draws and what is only for the editor."""
    texts: list[SpokenSegment] = []
    for number, event in events_of(script):
        start, end = _times(f"{event.get('start', '')} --> {event.get('end', '')}", number)
        text = _BREAK.sub("\n", _plain(event.get("text", ""))).replace("\\h", " ")
        texts.append(SpokenSegment(start=start, end=end, text=text))
    return texts


def _plain(text: str) -> str:
    """A text without the marks of its format."""
    return html.unescape(_TAG.sub("", text)).strip()


def _some(texts: Iterable[SpokenSegment]) -> list[SpokenSegment]:
    kept = [text for text in texts if text.text.strip()]
    if not kept:
        raise SubtitleError("it holds no captions")
    for text in kept:
        if not (math.isfinite(text.start) and math.isfinite(text.end) and text.end >= text.start):
            raise SubtitleError(f"the caption at {text.start:g} s does not end after it begins")
    return kept


def _clock(seconds: float, point: str) -> str:
    total = round(seconds * 1000)
    minutes, milliseconds = divmod(total, 60_000)
    return (
        f"{minutes // 60:02d}:{minutes % 60:02d}:{milliseconds // 1000:02d}{point}{milliseconds % 1000:03d}"
    )


def _unreadable(path: str, detail: str) -> VqError:
    return fail("input_unreadable.subtitles", path=path, detail=detail)
