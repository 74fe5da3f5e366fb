"""What each media phase takes and gives: one pydantic model each, and the table of phases.

Parameters refuse unknown keys; results are read tolerantly, so that old rows stay readable. Pure data:
the drivers of `worker/media/` do the work. Times are seconds, frame numbers count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from video_queue.domain.media.clips import (
    ConvertParams,
    ConvertResult,
    MergeParams,
    MergeResult,
    MuxParams,
    MuxResult,
    ProbeParams,
    ProbeResult,
    SplitParams,
    SplitResult,
)
from video_queue.domain.media.frames import (
    EncodeParams,
    EncodeResult,
    ExtractFramesParams,
    ExtractFramesResult,
    SpriteSheetParams,
    SpriteSheetResult,
)
from video_queue.domain.states import Lane


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
