"""Every kind of phase: what it takes under `with`, what it gives, who runs it. Pure data.

Parameters refuse unknown keys; results are read tolerantly, so that old rows stay readable. Times are seconds,
frame numbers count from 0. `media/phases` holds a driver for each media phase.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from pydantic import BaseModel

from video_queue.domain.media import (
    archive,
    captions,
    chunks,
    content,
    looks,
    motion,
    scenes,
    speech,
    timeline,
)
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
from video_queue.domain.media.sound import (
    LoudnessParams,
    LoudnessResult,
    SilenceApplyParams,
    SilenceApplyResult,
    SilenceDetectParams,
    SilenceDetectResult,
    SilenceRemoveParams,
    SilenceRemoveResult,
)
from video_queue.domain.media.values import PhaseParams, PhaseResult
from video_queue.domain.states import Lane
from video_queue.domain.views import MediaFile


class ComfyParams(PhaseParams):
    """Nothing: a graph is bound with `set` and `files`."""


class ComfyResult(PhaseResult):
    """What a graph's output nodes gave, by node id, then position; `file` when it made exactly one.

    `files` are those that are neither media nor texts, and texts written down where nothing was saved.
    """

    images: list[MediaFile] = []
    videos: list[MediaFile] = []
    audio: list[MediaFile] = []
    texts: list[str] = []
    files: list[MediaFile] = []
    file: MediaFile | None = None
    nodes: dict[str, Any] = {}


class ReviewParams(PhaseParams):
    """What waits for the artist's decision: one item or a list."""

    items: Any
    optional: bool = False


class ReviewResult(PhaseResult):
    """The items by decision, and the decisions in their order."""

    approved: list[Any] = []
    rejected: list[Any] = []
    decisions: list[Any] = []


class PhaseKind(Enum):
    """Who runs a phase: a driver of `media/phases`, ComfyUI, or the artist."""

    MEDIA = auto()
    COMFY = auto()
    REVIEW = auto()


@dataclass(frozen=True)
class PhaseSpec:
    """What a phase takes, gives and occupies; `makes_files` where its results can be published.

    `moves_inputs`: it may have moved its inputs away when it is begun again, and knows where they are.
    `resumes`: it finds the files that a run before it finished in its folder, and goes on after them.
    """

    params: type[BaseModel]
    result: type[BaseModel]
    kind: PhaseKind = PhaseKind.MEDIA
    lane: Lane = Lane.MEDIA
    makes_files: bool = True
    moves_inputs: bool = False
    resumes: bool = False


PHASES: dict[str, PhaseSpec] = {
    "comfy": PhaseSpec(ComfyParams, ComfyResult, PhaseKind.COMFY, Lane.GPU),
    "review": PhaseSpec(ReviewParams, ReviewResult, PhaseKind.REVIEW, makes_files=False),
    "media.probe": PhaseSpec(ProbeParams, ProbeResult, makes_files=False),
    "media.extract_frames": PhaseSpec(ExtractFramesParams, ExtractFramesResult, resumes=True),
    "media.encode": PhaseSpec(EncodeParams, EncodeResult),
    "media.convert": PhaseSpec(ConvertParams, ConvertResult),
    "media.split": PhaseSpec(SplitParams, SplitResult, resumes=True),
    "media.merge": PhaseSpec(MergeParams, MergeResult),
    "media.mux": PhaseSpec(MuxParams, MuxResult),
    "media.sprite_sheet": PhaseSpec(SpriteSheetParams, SpriteSheetResult),
    "media.detect_scenes": PhaseSpec(scenes.DetectScenesParams, scenes.DetectScenesResult, makes_files=False),
    "media.splice": PhaseSpec(scenes.SpliceParams, scenes.SpliceResult, resumes=True),
    "media.keyframes": PhaseSpec(scenes.KeyframesParams, scenes.KeyframesResult),
    "media.fingerprint": PhaseSpec(content.FingerprintParams, content.FingerprintResult, makes_files=False),
    "media.embed": PhaseSpec(content.EmbedParams, content.EmbedResult, makes_files=False),
    "media.archive": PhaseSpec(archive.ArchiveParams, archive.ArchiveResult, moves_inputs=True),
    "media.interpolate": PhaseSpec(motion.InterpolateParams, motion.InterpolateResult),
    "media.loop": PhaseSpec(motion.LoopParams, motion.LoopResult),
    "media.animate": PhaseSpec(motion.AnimateParams, motion.AnimateResult),
    "media.speed": PhaseSpec(motion.SpeedParams, motion.SpeedResult),
    "media.stabilise": PhaseSpec(motion.StabiliseParams, motion.StabiliseResult),
    "media.chunk": PhaseSpec(chunks.ChunkParams, chunks.ChunkResult, resumes=True),
    "media.unchunk": PhaseSpec(chunks.UnchunkParams, chunks.UnchunkResult),
    "media.quality": PhaseSpec(content.QualityParams, content.QualityResult, makes_files=False),
    "media.crop": PhaseSpec(looks.CropParams, looks.CropResult),
    "media.watermark": PhaseSpec(looks.WatermarkParams, looks.WatermarkResult),
    "media.colour": PhaseSpec(looks.ColourParams, looks.ColourResult),
    "media.silence_detect": PhaseSpec(SilenceDetectParams, SilenceDetectResult, makes_files=False),
    "media.silence_apply": PhaseSpec(SilenceApplyParams, SilenceApplyResult),
    "media.silence_remove": PhaseSpec(SilenceRemoveParams, SilenceRemoveResult),
    "media.loudness": PhaseSpec(LoudnessParams, LoudnessResult),
    "media.timeline": PhaseSpec(timeline.TimelineParams, timeline.TimelineResult),
    "media.transcribe": PhaseSpec(speech.TranscribeParams, speech.TranscribeResult, makes_files=False),
    "media.captions": PhaseSpec(captions.CaptionsParams, captions.CaptionsResult),
}


def kind_of(uses: str) -> PhaseKind | None:
    """Who runs a phase that `uses` this; None for a name that is not in the table."""
    return PHASES[uses].kind if uses in PHASES else None


def lane_of(uses: str) -> Lane:
    """What a phase that `uses` this occupies."""
    return PHASES[uses].lane if uses in PHASES else Lane.MEDIA
