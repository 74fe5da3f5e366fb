"""The values of media phases: files, sizes, rates, codecs, read leniently and checked once.

Pure parsing for the models of this package; nothing here reads a disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from video_queue.domain.views import MediaFile

MAX_SIDE = 16384
MAX_CRF = {"h264": 51, "hevc": 51, "av1": 63, "vp9": 63, "prores": 63, "dnxhr": 63, "ffv1": 63}
_SIZE = re.compile(r"^(\d{1,5})?x(\d{1,5})?$")
_NTSC = [Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120)]


def path_of(value: Any) -> Any:
    """The path of a file object (a MediaFile, or its JSON); anything else unchanged."""
    if isinstance(value, MediaFile):
        return value.path
    return value["path"] if isinstance(value, Mapping) and "path" in value else value


def as_list(value: Any) -> Any:
    """A single value as a list of one; lists unchanged."""
    return value if value is None or isinstance(value, list | tuple) else [value]


def parse_rate(value: Any) -> Any:
    """`30000/1001` as a float; anything else unchanged."""
    if isinstance(value, str) and "/" in value:
        top, _, bottom = value.partition("/")
        if top.strip().isdigit() and bottom.strip().isdigit() and int(bottom):
            return int(top) / int(bottom)
    return value


def exact_rate(fps: float) -> Fraction:
    """`fps` as the fraction it stands for: 29.97 and 23.976 mean 30000/1001 and 24000/1001."""
    for rate in _NTSC:
        if abs(float(rate) - fps) < 0.005:
            return rate
    return Fraction(fps).limit_denominator(1001 if fps >= 1 else 1_000_000)


def parse_size(value: Any) -> Any:
    """A size as `WxH`; `Wx` and `xH` keep the shape; `input` and an empty text mean none.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, Mapping) and {"width", "height"} <= set(value):
        value = f"{value['width']}x{value['height']}"
    if not isinstance(value, str) or value.strip() in ("", "input"):
        return None if isinstance(value, str) else value
    text = value.strip().lower()
    match = _SIZE.match(text)
    sides = [int(side) for side in match.groups() if side] if match else []
    if not sides or not all(2 <= side <= MAX_SIDE for side in sides):
        raise ValueError(f"a size is written as 1280x720 (1280x or x720 keep the shape), up to {MAX_SIDE}")
    return text


def parse_turn(value: Any) -> Any:
    """`"90"` and -90 as degrees clockwise below 360."""
    text = str(value).strip()
    return int(text) % 360 if re.fullmatch(r"-?\d+", text) else value


def parse_number(value: Any) -> Any:
    """A whole number written as a text, as a choice of a form gives it; anything else unchanged."""
    return int(value) if isinstance(value, str) and value.strip().isdigit() else value


def parse_transition(value: Any) -> Any:
    """A name or a length in seconds as a whole transition; crossfade is another name of dissolve."""
    if isinstance(value, str):
        return {"kind": {"crossfade": "dissolve", "fade_black": "fade"}.get(value, value)}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"kind": "dissolve", "seconds": value} if value else {"kind": "none"}
    return value


SourceFile = Annotated[str, BeforeValidator(path_of), Field(min_length=1)]
SourceFiles = Annotated[list[SourceFile], BeforeValidator(as_list), Field(min_length=1)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
# From one picture in almost three hours on.
Rate = Annotated[float, BeforeValidator(parse_rate), Field(ge=0.0001, le=1000, allow_inf_nan=False)]
Size = Annotated[str | None, BeforeValidator(parse_size)]
Codec = Literal["h264", "hevc", "av1", "vp9", "prores", "dnxhr", "ffv1"]
Effort = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]
Delivery = Literal["web", "small", "master", "archive"]
PixelFormat = Literal[
    "yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuva444p10le", "rgb24", "bgra",
    "gbrp16le", "gbrap16le",
]  # fmt: skip
Crf = Annotated[int, Field(ge=0, le=63)]


def check_crf(codec: str | None, crf: int | None) -> None:
    """Raise ValueError for a `crf` that `codec` does not have."""
    limit = MAX_CRF[codec or "h264"]
    if crf is not None and crf > limit:
        raise ValueError(f"crf goes from 0 to {limit} with {codec or 'h264'}")


class PhaseParams(BaseModel):
    """Unknown keys are errors; null means the default, as a form's empty field gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_default(cls, data: Any) -> Any:
        return {k: v for k, v in data.items() if v is not None} if isinstance(data, Mapping) else data


class PhaseResult(BaseModel):
    """Read tolerantly: unknown keys of other versions are ignored."""

    model_config = ConfigDict(extra="ignore")


class Encoded(PhaseResult):
    """Fields of every result that is a video. `encoder_used` is `copy` where nothing was encoded."""

    frame_count: int = 0
    duration: float = 0.0
    encoder_used: str = ""
    warnings: list[str] = []
