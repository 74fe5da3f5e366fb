"""Parameters and results of the phases of sound: silence_detect, silence_apply, silence_remove, loudness."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from video_queue.domain.media.values import (
    Codec,
    Crf,
    Effort,
    Encoded,
    PhaseParams,
    PhaseResult,
    Seconds,
    SourceFile,
    as_list,
    check_crf,
)
from video_queue.domain.views import MediaFile

QUIETEST = -90.0


class Span(PhaseResult):
    """A stretch of time in seconds."""

    start: float
    end: float


def parse_threshold(value: Any) -> Any:
    """A level in dB, with or without the unit; `auto` and an empty text mean none.

    Raises:
        ValueError: for anything else.
    """
    text = str(value).strip().lower()
    if value is None or text in ("", "auto"):
        return None
    try:
        level = float(text.removesuffix("db"))
    except ValueError:
        level = math.nan
    if isinstance(value, bool) or not QUIETEST <= level <= 0:
        raise ValueError(f"a threshold is auto, or a level from {QUIETEST:g} to 0 dB")
    return level


class Detection(PhaseParams):
    """How silences are found. `threshold` is a level in dB of full scale; null measures the noise floor."""

    threshold: Annotated[float | None, BeforeValidator(parse_threshold)] = None
    min_silence: Annotated[float, Field(ge=0.05, le=60)] = 0.5
    engine: Literal["rms", "vad", "silencedetect"] = "rms"


class SilenceDetectParams(Detection):
    """The silences of a clip or a sound file."""

    source: SourceFile


class SilenceDetectResult(PhaseResult):
    """`silences` and `speech` take turns from 0 to `duration`. `floor_db`: the level of the quiet parts."""

    silences: list[Span] = []
    speech: list[Span] = []
    floor_db: float | None = None
    threshold_db: float | None = None
    duration: float = 0.0
    engine_used: str = ""
    warnings: list[str] = []


# --- media.silence_apply, media.silence_remove


class Segment(Span):
    """A silence as it is found, or as the artist moved it."""

    start: Seconds
    end: Seconds

    @model_validator(mode="after")
    def _in_order(self) -> Segment:
        if self.end < self.start:
            raise ValueError("a segment ends before it starts")
        return self


class Removal(PhaseParams):
    """What happens to silences: cut out, played `speed` times as fast at the same pitch, or marked as chapters.

    `margin` seconds of each silence stay beside the speech. `fade_ms` softens the sound at both sides of a cut.
    """

    margin: Annotated[float, Field(ge=0, le=5)] = 0.1
    mode: Literal["cut", "speed", "mark"] = "cut"
    speed: Annotated[float, Field(gt=1, le=100)] = 4
    fade_ms: Annotated[float, Field(ge=0, le=500)] = 5
    codec: Codec = "h264"
    crf: Crf | None = None
    preset: Effort = "medium"

    @model_validator(mode="after")
    def _crf_fits(self) -> Removal:
        check_crf(self.codec, self.crf)
        return self


class SilenceApplyParams(Removal):
    """`segments`: the silences of `source`, in any order."""

    source: SourceFile
    segments: Annotated[list[Segment], BeforeValidator(as_list), Field(max_length=100_000)]


class SilenceApplyResult(Encoded):
    """`kept` and `removed` take turns, on the source's clock; `removed` is what was cut, sped up or marked."""

    file: MediaFile
    kept: list[Span] = []
    removed: list[Span] = []
    mode: str = "cut"


class SilenceRemoveParams(Detection, Removal):
    """Both at once: find the silences of `source`, and apply them."""

    source: SourceFile


class SilenceRemoveResult(SilenceApplyResult):
    """The file, and what was found in its source."""

    silences: list[Span] = []
    speech: list[Span] = []
    floor_db: float | None = None
    threshold_db: float | None = None
    engine_used: str = ""


# --- media.loudness


class LoudnessParams(PhaseParams):
    """The programme loudness to reach (EBU R 128), and the highest true peak that may come of it."""

    source: SourceFile
    target: Annotated[float, Field(ge=-50, le=-5)] = -16.0
    true_peak: Annotated[float, Field(ge=-9, le=0)] = -1.5


class Loudness(PhaseResult):
    """Loudness in LUFS, true peak in dBTP, range in LU; null where there is nothing to hear."""

    integrated: float | None = None
    true_peak: float | None = None
    range: float | None = None


class LoudnessResult(Encoded):
    """The file, and how loud it was and is. `gain_db`: by how much the sound was raised."""

    file: MediaFile
    before: Loudness = Loudness()
    after: Loudness = Loudness()
    gain_db: float = 0.0
    limited: bool = False
