"""`media.crop`: a part of the picture, or all of it in another shape: with bars, cut at the sides, or stretched."""

from __future__ import annotations

from video_queue.domain.catalogue import fail
from video_queue.domain.media.looks import CropParams, CropResult
from video_queue.media.checks import probe_video
from video_queue.media.clips.recode import needs_even
from video_queue.media.clips.rewrite import Rewrite, rewrite, target_for
from video_queue.media.clips.shape import even_padding, fit_filters, target_size
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun


async def run(params: CropParams, run: PhaseRun) -> CropResult:
    """Every frame of `source`, cropped first (to the middle without `x` and `y`), then brought to `size`.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (outside the picture), bad_output, disk_full, stalled.
    """
    facts = await probe_video(params.source)
    target = await target_for(run, facts, lossless=params.lossless)
    width, height, filters = _crop(params, facts)
    if params.size:
        to = target_size(params.size, width, height, float(facts.sar))
        colour = f":color=0x{params.colour[1:]}"
        fitting = fit_filters(width, height, to, params.fit, float(facts.sar))
        filters += [part + colour if part.startswith("pad=") else part for part in fitting]
    elif needs_even(target):
        filters += even_padding(width, height)
    clip = await rewrite(run, facts, target, Rewrite(facts.frames or 0, filters))
    return clip.as_result(CropResult)


def _crop(params: CropParams, facts: MediaFacts) -> tuple[int, int, list[str]]:
    whole = facts.width or 2, facts.height or 2
    if params.width is None or params.height is None:
        return *whole, []
    x = params.x if params.x is not None else max(0, whole[0] - params.width) // 2
    y = params.y if params.y is not None else max(0, whole[1] - params.height) // 2
    if x + params.width > whole[0] or y + params.height > whole[1]:
        part = f"{params.width}x{params.height} at {x},{y}"
        detail = f"{part} is not inside {facts.path.name}, which is {whole[0]}x{whole[1]}"
        raise fail("media_failed.step", phase="crop", detail=detail)
    return params.width, params.height, [f"crop={params.width}:{params.height}:{x}:{y}:exact=1"]
