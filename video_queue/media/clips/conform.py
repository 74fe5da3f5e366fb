"""Bringing clips to one size and one rate without loss, so that their frames can be counted and joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from video_queue.domain.media.values import exact_rate
from video_queue.media.checks import check_video
from video_queue.media.clips.lossless import lossless_target, unchanged
from video_queue.media.clips.shape import fit_filters
from video_queue.media.encoders import picture_options, rate_text
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, own_clock, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun

Fit = Literal["pad", "crop", "stretch"]
_SAME_RATE = 0.001


@dataclass(frozen=True)
class CommonFormat:
    """What all clips are brought to: a size in square pixels, a rate (None: each frame keeps its own time)."""

    width: int
    height: int
    rate: Fraction | None
    fit: Fit

    def same_size(self, clip: MediaFacts) -> bool:
        """Whether `clip` has this size, in square pixels."""
        return (clip.width, clip.height) == (self.width, self.height) and clip.sar == 1

    def same_rate(self, clip: MediaFacts) -> bool:
        """Whether `clip` may keep its times."""
        return self.rate is None or (not clip.vfr and abs((clip.fps or 0) - float(self.rate)) <= _SAME_RATE)


def misfit(clip: MediaFacts, first: MediaFacts) -> str | None:
    """How `clip` differs from the first one in size or rate, for people; None if it does not."""
    if (clip.width, clip.height, clip.sar) != (first.width, first.height, first.sar):
        return f"{clip.width}x{clip.height} where the first clip is {first.width}x{first.height}"
    if clip.vfr != first.vfr or (not clip.vfr and not _same_rate(clip, first)):
        return f"{_describe_rate(clip)} where the first clip has {_describe_rate(first)}"
    return None


def common_format(clips: Sequence[MediaFacts], fit: Fit, *, constant: bool) -> CommonFormat:
    """The size of the first clip; its rate, or where that varies the first constant one, or the next whole number."""
    first = clips[0]
    steady = next((clip for clip in clips if not clip.vfr and clip.fps), None)
    rate = exact_rate(steady.fps) if steady and steady.fps else Fraction(ceil(first.fps or 25))
    width, height = round((first.width or 2) * first.sar), first.height or 2
    return CommonFormat(width + width % 2, height + height % 2, rate if constant else None, fit)


async def conform(run: PhaseRun, clips: Sequence[MediaFacts], common: CommonFormat) -> list[MediaFacts]:
    """Each clip itself where it has the common format, else a lossless copy that has it; frames counted.

    Raises:
        VqError: input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    return [
        clip
        if common.same_size(clip) and common.same_rate(clip)
        else await _conform(run, clip, common, place)
        for place, clip in enumerate(clips)
    ]


async def _conform(run: PhaseRun, clip: MediaFacts, common: CommonFormat, place: int) -> MediaFacts:
    target = await lossless_target(run, clip)
    output = run.work_dir / f"conformed_{place:04d}{target.part_suffix}"
    rate = None if common.same_rate(clip) else common.rate
    frames = round((clip.duration or 0) * rate) if rate else clip.frames or 0
    filters = [f"fps={rate_text(rate)}" if rate else "", *_resize(clip, common), *unchanged(clip, target)]
    command = [
        *source(clip.path, threads=run.threads), "-map", "0:V:0", *video_filter(run, filters),
        *picture_options(target, threads=run.threads, pixels_per_second=0),
        *(["-fps_mode:v", "passthrough"] if common.rate else own_clock()), file_url(output),
    ]  # fmt: skip
    errors = await run_ffmpeg(run, command, share=0.0)
    return await check_video(
        run, output, frames=frames, sources=[clip.path], tolerance=1 if rate else 0, errors=errors
    )


def _resize(clip: MediaFacts, common: CommonFormat) -> list[str]:
    if common.same_size(clip):
        return []
    return fit_filters(
        clip.width or 2, clip.height or 2, (common.width, common.height), common.fit, float(clip.sar)
    )


def _same_rate(clip: MediaFacts, other: MediaFacts) -> bool:
    """Whether two constant rates are the same but for rounding."""
    return abs((clip.fps or 0) - (other.fps or 0)) <= _SAME_RATE * (other.fps or 1)


def _describe_rate(clip: MediaFacts) -> str:
    return "a variable rate" if clip.vfr else f"{clip.fps:g} fps"
