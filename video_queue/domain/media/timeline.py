"""Parameters and results of `media.timeline`: what was decided about footage, for the artist's editor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from video_queue.domain.media.archive import ArchiveItems
from video_queue.domain.media.scenes import Cuts, Scenes
from video_queue.domain.media.sound import Segment
from video_queue.domain.media.values import PhaseParams, PhaseResult, Rate, Seconds, SourceFile, as_list
from video_queue.domain.views import MediaFile

TimelineFormat = Literal["otio", "fcpxml", "edl", "csv"]
# None named: all that can be written here.
Formats = Annotated[list[TimelineFormat], BeforeValidator(as_list), Field(max_length=4)]
Segments = Annotated[list[Segment], BeforeValidator(as_list), Field(max_length=100_000)]


def _as_mark(value: Any) -> Any:
    """A word or a line as a transcript has it, by the names of a mark."""
    if not isinstance(value, Mapping):
        return value
    text = next((value[key] for key in ("name", "text", "word") if value.get(key)), "")
    return {
        "start": value.get("start", value.get("time")),
        "end": value.get("end"),
        "name": str(text).strip(),
    }


class Mark(PhaseParams):
    """Something said or seen at a time of the source; `end` where it lasts."""

    start: Seconds
    end: Seconds | None = None
    name: Annotated[str, Field(max_length=1000)] = ""


Marks = Annotated[
    list[Annotated[Mark, BeforeValidator(_as_mark)]], BeforeValidator(as_list), Field(max_length=100_000)
]


class TimelineParams(PhaseParams):
    """One `source` and what stays of it, or `inputs` one after the other, each by the original that it was cut from.

    What stays: `kept` ranges; all but `segments` (silences, less `margin`); `scenes`; all, cut at `cuts`.
    `formats` none: all that can be written here. `fps` null: the rate of the first clip.
    """

    source: SourceFile | None = None
    inputs: ArchiveItems | None = None
    kept: Segments | None = None
    segments: Segments | None = None
    scenes: Scenes | None = None
    cuts: Cuts | None = None
    margin: Annotated[float, Field(ge=0, le=5)] = 0.1
    markers: Marks | None = None
    formats: Formats | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    fps: Rate | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> TimelineParams:
        if (self.source is None) == (self.inputs is None):
            raise ValueError("give source or inputs")
        choices = [key for key in ("kept", "segments", "scenes", "cuts") if getattr(self, key) is not None]
        if len(choices) > 1:
            raise ValueError(f"give one of {', '.join(choices)}")
        if self.inputs is not None and (choices or self.markers is not None):
            raise ValueError(f"{choices[0] if choices else 'markers'} needs source, not inputs")
        return self


class TimelineClip(PhaseResult):
    """One clip of the timeline: frames of `source` (counted from its first), and where they lie from 0 on.

    Timecodes are as the files have them: of the source, and of the timeline, which begins at one hour.
    """

    source: str = ""
    name: str = ""
    start_frame: int = 0
    end_frame: int = 0
    start: float = 0.0
    end: float = 0.0
    source_in: str = ""
    source_out: str = ""
    record_frame: int = 0
    frame_count: int = 0
    record_in: str = ""
    record_out: str = ""
    text: str = ""


class TimelineResult(PhaseResult):
    """`files` in the order of `formats`. `rate` is the timeline's as a fraction, `drop_frame` how it is counted."""

    files: list[MediaFile] = []
    formats: list[str] = []
    clips: list[TimelineClip] = []
    rate: str = ""
    drop_frame: bool = False
    frame_count: int = 0
    duration: float = 0.0
    warnings: list[str] = []
