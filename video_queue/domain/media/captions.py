"""Parameters and results of `media.captions`, and what captions look like."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from video_queue.domain.media.looks import HexColour
from video_queue.domain.media.speech import SpokenSegment
from video_queue.domain.media.values import Encoded, PhaseParams, PhaseResult, SourceFile
from video_queue.domain.views import MediaFile

Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


class CaptionStyle(PhaseParams):
    """What captions look like, whatever the size of the clip.

    `font`: a family that the system has, or the path of a font file; empty: the font that comes with vq. `size` is in
    percent of the clip's shorter side, `margin` of its height, `outline` and `shadow` of the size.
    """

    font: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x1f]*$")] = ""
    size: Annotated[float, Field(ge=1, le=40)] = 6
    bold: bool = False
    italic: bool = False
    colour: HexColour = "#ffffff"
    outline: Percent = 7
    outline_colour: HexColour = "#000000"
    shadow: Percent = 0
    box: bool = False
    box_colour: HexColour = "#000000"
    box_opacity: Share = 0.65
    position: Literal["bottom", "middle", "top"] = "bottom"
    margin: Annotated[float, Field(ge=0, le=45)] = 6
    karaoke: bool = False
    karaoke_colour: HexColour = "#ffd84a"
    uppercase: bool = False


STYLES: dict[str, CaptionStyle] = {
    "plain": CaptionStyle(),
    "boxed": CaptionStyle(box=True, outline=0),
    "karaoke": CaptionStyle(karaoke=True, size=8, bold=True, outline=9, position="bottom", margin=10),
}


class NamedStyle(PhaseResult):
    """A style with its name; `own`: a file of the artist's. `problem` says why a file has no `style`."""

    name: str
    own: bool
    style: CaptionStyle | None = None
    problem: str | None = None


def parse_style(value: Any) -> Any:
    """A style's name without blanks around it; null and an empty text mean plain."""
    if isinstance(value, str):
        return value.strip() or "plain"
    return dict(value) if isinstance(value, Mapping) else value


class CaptionsParams(PhaseParams):
    """Captions for `source`, from a subtitle file, a text, `words` or `segments`; words where both are given.

    Without any of them the subtitle file beside the source is taken.

    `lines` and `max_chars` limit each caption, `language` is its tag. A file of ASS keeps its own look unless a `style`
    is given. `with_clip` puts a copy of the clip beside captions that are a file.
    """

    source: SourceFile
    subtitles: SourceFile | None = None
    text: str = ""
    segments: list[SpokenSegment] = []
    words: list[SpokenSegment] = []
    mode: Literal["burn", "soft", "file"] = "burn"
    format: Literal["srt", "vtt", "ass"] = "srt"
    style: Annotated[str | CaptionStyle | None, BeforeValidator(parse_style)] = None
    max_chars: Annotated[int, Field(ge=5, le=200)] = 42
    lines: Annotated[int, Field(ge=1, le=5)] = 2
    language: Annotated[str, Field(pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$")] = ""
    encoding: Annotated[str, Field(max_length=40)] = ""
    lossless: bool = False
    with_clip: bool = False

    @model_validator(mode="after")
    def _some_text(self) -> CaptionsParams:
        ways = [bool(self.subtitles), bool(self.text.strip()), bool(self.segments or self.words)]
        if sum(ways) > 1:
            raise ValueError("give subtitles, text, or segments and words: one of them")
        for name in ("segments", "words"):
            _check_times(name, getattr(self, name))
        return self


def _check_times(name: str, texts: list[SpokenSegment]) -> None:
    for number, text in enumerate(texts, start=1):
        if not (math.isfinite(text.start) and math.isfinite(text.end)):
            raise ValueError(f"{name} {number} has no time")
        if text.end < text.start:
            raise ValueError(f"{name} {number} ends before it begins ({text.start:g} to {text.end:g} s)")


class CaptionsResult(Encoded):
    """The captioned clip, or the subtitle file; `font_used` where captions were drawn, `style` as it was.

    `files` in place of `file`: the clip as it was, and the subtitle file.
    """

    file: MediaFile | None = None
    files: list[MediaFile] = []
    cues: list[SpokenSegment] = []
    mode: str = ""
    font_used: str | None = None
    style: dict[str, Any] | None = None
