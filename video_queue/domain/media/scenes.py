"""Parameters and results of the phases that take a clip apart by its scenes: detect_scenes, splice, keyframes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from video_queue.domain.media.values import (
    Crf,
    Encoded,
    PhaseParams,
    PhaseResult,
    SourceFile,
    as_list,
)
from video_queue.domain.views import MediaFile

FrameNumber = Annotated[int, Field(ge=0, lt=2**53)]


class Scene(PhaseResult):
    """Frames `start_frame` up to, not including, `end_frame`; the times are those of these two."""

    start_frame: FrameNumber
    end_frame: FrameNumber
    start: float | None = None
    end: float | None = None
    name: Annotated[str, Field(max_length=120)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Scene:
        if self.end_frame <= self.start_frame:
            raise ValueError("end_frame must be after start_frame")
        return self


Scenes = Annotated[list[Scene], BeforeValidator(as_list), Field(min_length=1, max_length=100_000)]
Cuts = Annotated[
    list[Annotated[int, Field(ge=1, lt=2**53)]], BeforeValidator(as_list), Field(max_length=100_000)
]

# --- media.detect_scenes


class DetectScenesParams(PhaseParams):
    """`threshold` is of its method: content 13 (0..100), adaptive 3 (times its neighbours), threshold 12 (0..255)."""

    source: SourceFile
    method: Literal["content", "adaptive", "threshold"] = "content"
    threshold: Annotated[float, Field(gt=0, le=255, allow_inf_nan=False)] | None = None
    min_scene: Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)] = 0.2
    engine: Literal["ffmpeg", "scenedetect"] = "ffmpeg"


class DetectScenesResult(PhaseResult):
    """`cuts`: the first frame of each new shot; `scores`: how sure each of them is, on its method's scale."""

    cuts: list[int] = []
    scenes: list[Scene] = []
    scores: list[float] = []
    engine_used: str = ""
    warnings: list[str] = []


# --- media.splice


class SpliceParams(PhaseParams):
    """`scenes` as a review may have left them, or all that lie between `cuts`; without `crf` nothing is lost."""

    source: SourceFile
    scenes: Scenes | None = None
    cuts: Cuts | None = None
    crf: Crf | None = None

    @model_validator(mode="after")
    def _one_choice(self) -> SpliceParams:
        if (self.scenes is None) == (self.cuts is None):
            raise ValueError("give scenes or cuts")
        return self


class SplicedClip(MediaFile):
    """One clip and its place in its parent: frames `start_frame` up to, not including, `end_frame`."""

    parent: str = ""
    start_frame: int = 0
    end_frame: int = 0
    name: str | None = None


class SpliceResult(Encoded):
    """The clips in order."""

    clips: list[SplicedClip] = []


# --- media.keyframes


class KeyframesParams(PhaseParams):
    """Pictures that stand for a clip: the middle of each scene (the whole clip is one), or `count` of them."""

    source: SourceFile
    strategy: Literal["scene_mid", "i_frames", "uniform", "multi"] = "scene_mid"
    scenes: Scenes | None = None
    count: Annotated[int, Field(ge=1, le=1000)] = 3
    format: Literal["png", "jpg", "webp"] = "png"


class KeyframesResult(PhaseResult):
    """`images` in order, each with the source's frame number as `index` and its time as `start`."""

    images: list[MediaFile] = []
    warnings: list[str] = []
