"""Captions as a script of ASS, which libass draws: one style, and a line for each caption.

The script is as large as the clip as shown, so that every number is in its pixels. Its times have hundredths.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from video_queue.domain.media.captions import CaptionStyle
from video_queue.media.text.cues import Cue

NO_FONT = "no such font of vq"
_ALIGNMENT = {"bottom": 2, "middle": 5, "top": 8}
_HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 0
ScaledBorderAndShadow: yes

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, \
MarginV, Encoding
{style}

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""
_SIDE_MARGIN = 0.05
_BOX_PADDING = 0.3
_OUTLINED, _BOXED = 1, 4
_COLUMNS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_OVERRIDE = re.compile(r"\{[^}]*\}|\\[Nnh]")
_FONT = re.compile(r"\\fn([^\\}]+)")
_BASE_DIRECTION_OF_TEXT = -1  # libass then asks the text itself whether it runs from right to left


@dataclass(frozen=True, slots=True)
class Canvas:
    """The picture that is drawn on, as shown. `brightness`: how much of the signal white takes (HDR has more)."""

    width: int
    height: int
    brightness: float = 1.0


def ass_script(cues: Sequence[Cue], style: CaptionStyle, family: str, canvas: Canvas) -> str:
    """The script that shows `cues` in the font `family`."""
    lines = [_HEADER.format(width=canvas.width, height=canvas.height, style=_style(style, family, canvas))]
    for cue in cues:
        start, end = centiseconds(cue)
        text = _karaoke(cue, start, style) if style.karaoke else _text(cue, style)
        lines.append(f"Dialogue: 0,{_clock(start)},{_clock(end)},Default,,0,0,0,,{text}\n")
    return "".join(lines)


def events_of(script: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The events that are shown: the number of each one's line, and its values by column."""
    columns = list(_COLUMNS)
    is_events = False
    for number, line in enumerate(script.splitlines(), start=1):
        key, _, rest = line.partition(":")
        key = key.strip().lower()
        if line.startswith("["):
            is_events = line.strip().lower() == "[events]"
        elif is_events and key == "format":
            columns = [name.strip().lower() for name in rest.split(",")]
        elif key == "dialogue":
            yield number, dict(zip(columns, rest.lstrip().split(",", len(columns) - 1), strict=False))


def probe_script(script: str) -> str:
    """The script with every character of each style and font at once, in its first second.

    One is in a font that no system has: what is taken for it is taken for all that are missing.
    """
    events = dict(events_of(script))
    signs: dict[tuple[str, str], set[str]] = {}
    for event in events.values():
        style, text = event.get("style", "Default").strip(), event.get("text", "")
        for font in ["", *_FONT.findall(text)]:
            signs.setdefault((style, font), set()).update(_OVERRIDE.sub("", text))
    kept = [line for number, line in enumerate(script.splitlines(), start=1) if number not in events]
    kept += ["[Events]", "Format: " + ", ".join(_COLUMNS)]
    for style in {style: None for style, _ in signs}:
        signs[(style, NO_FONT)] = {"a"}
    for (style, font), texts in signs.items():
        shown = "".join(sorted(sign for sign in texts if unicodedata.category(sign)[0] not in "CZ"))
        text = (f"{{\\fn{font}}}" if font else "") + re.sub(r"[{}\\]", "", shown)
        kept.append(f"Dialogue: 0,0:00:00.00,0:00:01.00,{style},,0,0,0,,{text}")
    return "\n".join([*kept, ""])


def font_pixels(style: CaptionStyle, canvas: Canvas) -> float:
    """The height of the font on that picture."""
    return style.size / 100 * min(canvas.width, canvas.height)


def centiseconds(cue: Cue) -> tuple[int, int]:
    """When a caption is shown in hundredths of a second, never outside its times."""
    start = math.ceil(round(cue.start * 100, 4))
    return start, max(start + 1, math.floor(round(cue.end * 100, 4)))


def _style(style: CaptionStyle, family: str, canvas: Canvas) -> str:
    size = font_pixels(style, canvas)
    main = _colour(style.colour, canvas)
    sung = _colour(style.karaoke_colour, canvas) if style.karaoke else main
    back = (
        _colour(style.box_colour, canvas, style.box_opacity) if style.box else _colour("#000000", canvas, 0.5)
    )
    shadow = size * _BOX_PADDING if style.box else size * style.shadow / 100
    side = round(canvas.width * _SIDE_MARGIN)
    values = [
        "Default", family.replace(",", " "), f"{size:.2f}", sung, main, _colour(style.outline_colour, canvas), back,
        -int(style.bold), -int(style.italic), 0, 0, 100, 100, 0, 0, _BOXED if style.box else _OUTLINED,
        f"{size * style.outline / 100:.2f}", f"{shadow:.2f}", _ALIGNMENT[style.position], side, side,
        round(canvas.height * style.margin / 100), _BASE_DIRECTION_OF_TEXT,
    ]  # fmt: skip
    return "Style: " + ",".join(str(value) for value in values)


def _colour(colour: str, canvas: Canvas, opacity: float = 1.0) -> str:
    red, green, blue = (round(int(colour[at : at + 2], 16) * canvas.brightness) for at in (1, 3, 5))
    return f"&H{255 - round(opacity * 255):02X}{blue:02X}{green:02X}{red:02X}"


def _text(cue: Cue, style: CaptionStyle) -> str:
    return "\\N".join(_escape(line, style) for line in cue.text.split("\n"))


def _karaoke(cue: Cue, start: int, style: CaptionStyle) -> str:
    """Each word behind the time that passes until the next one begins, which is how ASS times them."""
    begins = [max(start, round(piece.start * 100)) for piece in cue.pieces]
    parts = [f"{{\\k{begins[0] - start}}}" if begins and begins[0] > start else ""]
    number = 0
    for row, line in enumerate(cue.lines):
        parts.append("\\N" if row else "")
        for at, piece in enumerate(line):
            after = begins[number + 1] if number + 1 < len(begins) else round(piece.end * 100)
            space = " " if at and piece.space else ""
            parts.append(f"{{\\k{max(0, after - begins[number])}}}{space}{_escape(piece.text, style)}")
            number += 1
    return "".join(parts)


def _escape(text: str, style: CaptionStyle) -> str:
    """`text` as it is shown: a backslash and braces begin a command in ASS."""
    text = text.upper() if style.uppercase else text
    return text.replace("\\", "\\\u2060").replace("{", "\\{").replace("}", "\\}")


def _clock(centiseconds: int) -> str:
    seconds, part = divmod(centiseconds, 100)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{part:02d}"
