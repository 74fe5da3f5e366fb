"""What each media phase takes and gives: one pydantic model each, and the table of phases.

Parameters refuse unknown keys; results are read tolerantly, so that old rows stay readable. Pure data:
the drivers of `worker/media/` do the work. Times are seconds, frame numbers count from 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from video_queue.domain.media_values import (
    Codec,
    Crf,
    Delivery,
    Effort,
    PixelFormat,
    Rate,
    Seconds,
    Size,
    SourceFile,
    SourceFiles,
    as_list,
    check_crf,
    parse_transition,
    parse_turn,
)
from video_queue.domain.states import Lane
from video_queue.domain.views import MediaFile


class _Params(BaseModel):
    """Unknown keys are errors; null means the default, as a form's empty field gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_default(cls, data: Any) -> Any:
        return {k: v for k, v in data.items() if v is not None} if isinstance(data, Mapping) else data


class _Result(BaseModel):
    """Read tolerantly: unknown keys of other versions are passed over."""

    model_config = ConfigDict(extra="ignore")


class Encoded(_Result):
    """What every phase that makes video says about it. `encoder_used` is `copy` where nothing was encoded."""

    frame_count: int = 0
    duration: float = 0.0
    encoder_used: str = ""
    warnings: list[str] = []


# --- media.probe


class ProbeParams(_Params):
    """`count_frames` reads the whole file for exact numbers; without it they are the header's."""

    source: SourceFile
    count_frames: bool = True


class Colour(_Result):
    """Colour tags as ffmpeg names them (`bt709`, `tv`); null where the file says nothing."""

    space: str | None = None
    primaries: str | None = None
    transfer: str | None = None
    range: str | None = None


class AudioStream(_Result):
    """The first sound stream."""

    codec: str = ""
    sample_rate: int = 0
    channels: int = 0
    layout: str = ""
    sample_format: str = ""
    duration: float | None = None


class Stream(_Result):
    """One stream of the container."""

    index: int
    type: str
    codec: str | None = None
    language: str | None = None


class ProbeResult(_Result):
    """Everything known about a file. `width` and `height` are as shown; `rotation` is clockwise."""

    streams: list[Stream] = []
    kind: Literal["video", "image", "audio"] = "video"
    container: str = ""
    codec: str | None = None
    pix_fmt: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    frames: int | None = None
    vfr: bool = False
    rotation: int = 0
    colour: Colour = Colour()
    duration: float | None = None
    audio: AudioStream | None = None


# --- media.extract_frames


class ExtractFramesParams(_Params):
    """One way of choosing (default: all), within `start` and `end`; `timestamps`: the frame shown then."""

    source: SourceFile
    all: bool | None = None
    every_n: Annotated[int, Field(ge=1)] | None = None
    fps: Rate | None = None
    timestamps: Annotated[list[Seconds], BeforeValidator(as_list), Field(min_length=1)] | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    format: Literal["png", "jpg", "webp"] = "png"

    @model_validator(mode="after")
    def _one_choice(self) -> ExtractFramesParams:
        chosen = [name for name in ("every_n", "fps", "timestamps") if getattr(self, name) is not None]
        if self.all:
            chosen.append("all")
        if len(chosen) > 1:
            raise ValueError(f"give only one of {', '.join(chosen)}")
        if self.all is False and not chosen:
            raise ValueError("with all: false, give every_n, fps or timestamps")
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise ValueError("end must be after start")
        return self


class ExtractFramesResult(_Result):
    """`images` in order, each with the source's frame number as `index`; `map`: that number to its time."""

    images: list[MediaFile] = []
    map: dict[int, float] = {}
    warnings: list[str] = []


# --- media.encode


class EncodeParams(_Params):
    """Frames to video. `crf` and `pix_fmt` default to the codec's high-quality values."""

    frames: SourceFiles
    fps: Rate
    audio: SourceFile | None = None
    audio_required: bool = False
    codec: Codec = "h264"
    crf: Crf | None = None
    preset: Effort = "medium"
    pix_fmt: PixelFormat | None = None
    colour: Literal["bt709", "bt601"] = "bt709"

    @model_validator(mode="after")
    def _crf_fits(self) -> EncodeParams:
        check_crf(self.codec, self.crf)
        return self


class EncodeResult(Encoded):
    """`audio` says what became of the sound."""

    file: MediaFile
    audio: Literal["copied", "encoded", "none"] = "none"


# --- media.convert


class ConvertParams(_Params):
    """A file made anew. `preset` is what it is for (explicit keys win), or just the encoder's effort."""

    source: SourceFile
    preset: Delivery | Effort | None = None
    codec: Codec | None = None
    crf: Crf | None = None
    encoder: str = "auto"
    size: Size = None
    fps: Rate | None = None
    mirror: Literal["none", "horizontal", "vertical"] = "none"
    rotate: Annotated[Literal[0, 90, 180, 270], BeforeValidator(parse_turn)] = 0

    @model_validator(mode="after")
    def _crf_fits(self) -> ConvertParams:
        check_crf(self.codec, self.crf)
        return self


class ConvertResult(Encoded):
    """The converted file."""

    file: MediaFile
    audio: Literal["copied", "encoded", "none"] = "none"


# --- media.split, media.merge, media.mux


class SplitParams(_Params):
    """`at_frame`: the first frame of each new child (a number or a list)."""

    source: SourceFile
    at_frame: Annotated[
        list[Annotated[int, Field(ge=1)]], BeforeValidator(as_list), Field(min_length=1, max_length=10_000)
    ]


class SplitResult(Encoded):
    """`children` in order; `start` and `end` of each are its place in the source."""

    children: list[MediaFile] = []


class Transition(_Params):
    """How one clip becomes the next; `seconds` is the overlap (dissolve) or the length (fade to black)."""

    kind: Literal["none", "dissolve", "fade"] = "none"
    seconds: Annotated[float, Field(ge=0.04, le=10)] = 0.5


class MergeParams(_Params):
    """`fit` says what happens to clips whose size or rate differs from the first one's."""

    inputs: SourceFiles
    transition: Annotated[Transition, BeforeValidator(parse_transition)] = Transition()
    fit: Literal["refuse", "pad", "crop", "stretch"] = "refuse"


class MergeResult(Encoded):
    """The joined clip."""

    file: MediaFile


class MuxParams(_Params):
    """`video` keeps its picture, `audio` its sound; neither is encoded again."""

    video: SourceFile
    audio: SourceFile


class MuxResult(Encoded):
    """The picture of one file with the sound of another."""

    file: MediaFile


# --- media.sprite_sheet


class SpriteSheetParams(_Params):
    """Tiles of one `source` over time, or one tile for each of `inputs`. With `interval` rows follow."""

    source: SourceFile | None = None
    inputs: SourceFiles | None = None
    columns: Annotated[int, Field(ge=1, le=50)] = 6
    rows: Annotated[int, Field(ge=1, le=50)] | None = None
    interval: Annotated[float, Field(ge=0.01, le=86400)] | None = None
    tile_width: Annotated[int, Field(ge=16, le=1024)] = 160

    @model_validator(mode="after")
    def _one_source(self) -> SpriteSheetParams:
        if (self.source is None) == (self.inputs is None):
            raise ValueError("give source or inputs")
        if self.rows is not None and self.interval is not None:
            raise ValueError("give rows or interval, not both")
        return self


class Tile(_Result):
    """One picture of the sheet: its upper left corner in pixels, the time and frame number it shows."""

    time: float
    x: int
    y: int
    frame: int | None = None
    path: str | None = None


class SpriteSheetResult(_Result):
    """`vtt` is a WebVTT file that players use for previews; null for `inputs`."""

    file: MediaFile
    tiles: list[Tile] = []
    vtt: MediaFile | None = None
    warnings: list[str] = []


@dataclass(frozen=True)
class PhaseSpec:
    """What a media phase takes, gives and occupies."""

    params: type[BaseModel]
    result: type[BaseModel]
    lane: Lane = Lane.MEDIA


PHASES: dict[str, PhaseSpec] = {
    "media.probe": PhaseSpec(ProbeParams, ProbeResult),
    "media.extract_frames": PhaseSpec(ExtractFramesParams, ExtractFramesResult),
    "media.encode": PhaseSpec(EncodeParams, EncodeResult),
    "media.convert": PhaseSpec(ConvertParams, ConvertResult),
    "media.split": PhaseSpec(SplitParams, SplitResult),
    "media.merge": PhaseSpec(MergeParams, MergeResult),
    "media.mux": PhaseSpec(MuxParams, MuxResult),
    "media.sprite_sheet": PhaseSpec(SpriteSheetParams, SpriteSheetResult),
}
