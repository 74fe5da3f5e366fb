"""Parameters and results of the phases that take clips: probe, convert, split, merge, mux."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from video_queue.domain.media.values import (
    Codec,
    Crf,
    Delivery,
    Effort,
    Encoded,
    PhaseParams,
    PhaseResult,
    Rate,
    Size,
    SourceFile,
    SourceFiles,
    as_list,
    check_crf,
    parse_transition,
    parse_turn,
)
from video_queue.domain.views import MediaFile

# --- media.probe


class ProbeParams(PhaseParams):
    """`count_frames` reads the whole file for exact numbers; without it they are the header's."""

    source: SourceFile
    count_frames: bool = True


class Colour(PhaseResult):
    """Colour tags as ffmpeg names them (`bt709`, `tv`); null where the file says nothing."""

    space: str | None = None
    primaries: str | None = None
    transfer: str | None = None
    range: str | None = None


class AudioStream(PhaseResult):
    """The first sound stream."""

    codec: str = ""
    sample_rate: int = 0
    channels: int = 0
    layout: str = ""
    sample_format: str = ""
    duration: float | None = None


class Stream(PhaseResult):
    """One stream of the container."""

    index: int
    type: str
    codec: str | None = None
    language: str | None = None


class ProbeResult(PhaseResult):
    """Everything known about a file. `width` and `height` are as shown; `rotation` is clockwise.

    `timecode` is the label of the first frame, as a camera wrote it: `01:00:00:00`, with `;` where frames are dropped.
    """

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
    timecode: str | None = None
    audio: AudioStream | None = None


# --- media.convert


class ConvertParams(PhaseParams):
    """A new file. `preset` is its purpose (explicit keys win), or just the encoder's effort."""

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


class SplitParams(PhaseParams):
    """`at_frame`: the first frame of each new child (a number or a list)."""

    source: SourceFile
    at_frame: Annotated[
        list[Annotated[int, Field(ge=1)]], BeforeValidator(as_list), Field(min_length=1, max_length=10_000)
    ]


class SplitResult(Encoded):
    """`children` in order; `start` and `end` of each are its place in the source."""

    children: list[MediaFile] = []


class Transition(PhaseParams):
    """The seam of two clips. They overlap in a dissolve, a wipe and a circle; a fade goes through black or white.

    It lasts `seconds`, or exactly `frames`.
    """

    kind: Literal[
        "none", "dissolve", "fade", "fade_white", "wipe_left", "wipe_right", "wipe_up", "wipe_down", "circle"
    ] = "none"
    seconds: Annotated[float, Field(ge=0.04, le=10)] = 0.5
    frames: Annotated[int, Field(ge=1, le=600)] | None = None


Join = Annotated[Transition, BeforeValidator(parse_transition)]


class MergeParams(PhaseParams):
    """`fit` says what happens to clips whose size or rate differs from the first one's.

    `transition` is that of every seam; `transitions` are those of each, one fewer than `inputs`.
    """

    inputs: SourceFiles
    transition: Join = Transition()
    transitions: Annotated[list[Join], BeforeValidator(as_list)] | None = None
    fit: Literal["refuse", "pad", "crop", "stretch"] = "refuse"

    @model_validator(mode="after")
    def _one_for_each_seam(self) -> MergeParams:
        if self.transitions is not None and len(self.transitions) != len(self.inputs) - 1:
            raise ValueError(f"{len(self.inputs)} clips have {len(self.inputs) - 1} transitions between them")
        return self

    @property
    def joins(self) -> list[Transition]:
        """The transition of each seam."""
        if self.transitions is not None:
            return self.transitions
        return [self.transition] * (len(self.inputs) - 1)


class MergeResult(Encoded):
    """The joined clip."""

    file: MediaFile


class MuxParams(PhaseParams):
    """`video` keeps its picture, `audio` its sound; neither is encoded again."""

    video: SourceFile
    audio: SourceFile


class MuxResult(Encoded):
    """The picture of one file with the sound of another."""

    file: MediaFile
