"""Parameters and results of the phases of sound: silence_detect, silence_apply, silence_remove, loudness."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from video_queue.domain.media.values import PhaseParams, PhaseResult, SourceFile

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
