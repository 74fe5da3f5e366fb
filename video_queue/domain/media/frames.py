"""Parameters and results of the phases between clips and pictures: extract_frames, encode, sprite_sheet."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from video_queue.domain.media.values import (
    Codec,
    Crf,
    Effort,
    Encoded,
    PhaseParams,
    PhaseResult,
    PixelFormat,
    Rate,
    Seconds,
    SourceFile,
    SourceFiles,
    as_list,
    check_crf,
    parse_number,
)
from video_queue.domain.views import MediaFile

# --- media.extract_frames


class ExtractFramesParams(PhaseParams):
    """One way of choosing (default: all), within `start` and `end`; `timestamps`: the frame shown then.

    `depth` 16 keeps what a clip has of more than 8 bits in PNG; EXR holds it anyway, as linear light.
    """

    source: SourceFile
    all: bool | None = None
    every_n: Annotated[int, Field(ge=1)] | None = None
    fps: Rate | None = None
    timestamps: Annotated[list[Seconds], BeforeValidator(as_list), Field(min_length=1)] | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    format: Literal["png", "jpg", "webp", "exr"] = "png"
    depth: Annotated[Literal[8, 16], BeforeValidator(parse_number)] = 8

    @model_validator(mode="after")
    def _one_choice(self) -> ExtractFramesParams:
        if self.depth == 16 and self.format not in ("png", "exr"):
            raise ValueError("only png and exr hold 16 bits")
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


class ExtractFramesResult(PhaseResult):
    """`images` in order, each with the source's frame number as `index`; `map`: that number to its time."""

    images: list[MediaFile] = []
    map: dict[int, float] = {}
    warnings: list[str] = []


# --- media.encode


class EncodeParams(PhaseParams):
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
    """`audio`: whether the sound was copied or encoded, or there is none."""

    file: MediaFile
    audio: Literal["copied", "encoded", "none"] = "none"


# --- media.sprite_sheet


class SpriteSheetParams(PhaseParams):
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


class Tile(PhaseResult):
    """One picture of the sheet: its upper left corner in pixels, the time and frame number it shows."""

    time: float
    x: int
    y: int
    frame: int | None = None
    path: str | None = None


class SpriteSheetResult(PhaseResult):
    """`vtt` is a WebVTT file that players use for previews; null for `inputs`."""

    file: MediaFile
    tiles: list[Tile] = []
    vtt: MediaFile | None = None
    warnings: list[str] = []
