"""Parameters and results of the phases that change a clip's motion: interpolate, loop, animate, speed, stabilise."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from video_queue.domain.media.values import Encoded, PhaseParams, PhaseResult, Rate, SourceFile
from video_queue.domain.views import MediaFile

# --- media.interpolate


class InterpolateParams(PhaseParams):
    """`factor` times as many frames in the same time; `scene_guard`: none is mixed from two scenes."""

    source: SourceFile
    factor: Annotated[int, Field(ge=2, le=8)] = 2
    method: Literal["blend", "mci"] = "blend"
    scene_guard: bool = True


class InterpolateResult(Encoded):
    """The clip with more frames."""

    file: MediaFile


# --- media.loop


class LoopParams(PhaseParams):
    """`boomerang`: forward and back. `loop`: over again, the end becoming the beginning in `crossfade` seconds."""

    source: SourceFile
    mode: Literal["boomerang", "loop"] = "boomerang"
    times: Annotated[int, Field(ge=1, le=100)] = 1
    crossfade: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] = 0


class LoopResult(Encoded):
    """A silent clip whose last frame leads to its first."""

    file: MediaFile


# --- media.animate


class AnimateParams(PhaseParams):
    """A picture that moves. `fps` and `width` default to the clip's own; `loops` 0 is for ever."""

    source: SourceFile
    format: Literal["gif", "webp", "apng"] = "gif"
    fps: Annotated[Rate, Field(le=50)] | None = None
    width: Annotated[int, Field(ge=16, le=4096)] | None = None
    quality: Annotated[int, Field(ge=1, le=100)] = 80
    loops: Annotated[int, Field(ge=0, le=1000)] = 0


class AnimateResult(PhaseResult):
    """`frame_count` is the number of pictures in it."""

    file: MediaFile
    frame_count: int = 0
    duration: float = 0.0
    bytes: int = 0
    warnings: list[str] = []


# --- media.speed


class SpeedParams(PhaseParams):
    """`factor` 2 is twice as fast; the frames are the same, their times are not. Sound keeps its pitch."""

    source: SourceFile
    factor: Annotated[float, Field(ge=0.1, le=20, allow_inf_nan=False)]
    audio: Literal["keep", "drop"] = "keep"


class SpeedResult(Encoded):
    """The faster or slower clip."""

    file: MediaFile


# --- media.stabilise


class StabiliseParams(PhaseParams):
    """`strength`: over how many frames the camera's path is smoothed; `zoom` hides the borders that move."""

    source: SourceFile
    strength: Annotated[int, Field(ge=1, le=100)] = 15
    zoom: bool = True


class StabiliseResult(Encoded):
    """The steadier clip."""

    file: MediaFile
