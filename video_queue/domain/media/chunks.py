"""Parameters and results of the phases for clips too long to be rendered at once: chunk, unchunk."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from video_queue.domain.media.scenes import Scene
from video_queue.domain.media.values import (
    Crf,
    Encoded,
    PhaseParams,
    PhaseResult,
    Rate,
    SourceFile,
    SourceFiles,
)
from video_queue.domain.views import MediaFile

# --- media.chunk, media.unchunk


class ChunkParams(PhaseParams):
    """Parts of `size` frames, of which `overlap` are those of the part before; the last part has what is left."""

    source: SourceFile
    size: Annotated[int, Field(ge=2, le=100_000)] = 64
    overlap: Annotated[int, Field(ge=0, le=50_000)] = 8

    @model_validator(mode="after")
    def _overlap_fits(self) -> ChunkParams:
        if self.overlap * 2 > self.size:
            raise ValueError("overlap may be at most half of size")
        return self


class ChunkPlan(PhaseResult):
    """How a clip was cut: `source`, its frames and rate, and the frames of each chunk."""

    source: str
    frames: Annotated[int, Field(ge=1)]
    fps: Rate
    chunks: Annotated[list[Scene], Field(min_length=1, max_length=100_000)]


class ChunkResult(Encoded):
    """`clips` without sound, in order; `plan` is for `media.unchunk`."""

    clips: list[MediaFile] = []
    plan: ChunkPlan


class UnchunkParams(PhaseParams):
    """`inputs`: what was made of each chunk, with as many frames. `blend`: how overlapping frames become one."""

    inputs: SourceFiles
    plan: ChunkPlan
    blend: Literal["linear", "cut"] = "linear"
    audio: Literal["source", "none"] = "source"
    crf: Crf | None = None


class UnchunkResult(Encoded):
    """The whole clip, at its source's rate, with its sound."""

    file: MediaFile
    audio: Literal["copied", "encoded", "none"] = "none"
