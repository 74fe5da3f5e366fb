"""`media.splice`: one clip into its scenes; between cuts every frame and every sample is in one of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from video_queue.domain.catalogue import fail
from video_queue.domain.media.scenes import Scene, SplicedClip, SpliceParams, SpliceResult
from video_queue.media.checks import probe_video
from video_queue.media.clips.cutting import Part, cut_ranges
from video_queue.media.clips.lossless import lossless_target
from video_queue.media.colour import output_colour
from video_queue.media.encoders import Target, choose_encoder, pixels_for
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun
from video_queue.system.files.names import safe_file_name


async def run(params: SpliceParams, run: PhaseRun) -> SpliceResult:
    """A clip for each of `scenes` (as a review left them), or for all that lies between `cuts`.

    Without `crf` lossless as `media.split`; with it H.264 of that quality and AAC, a fraction of the size.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (no such frame), bad_output, disk_full.
    """
    facts = await probe_video(params.source)
    scenes = _scenes(params, facts)
    ranges = [(scene.start_frame, scene.end_frame) for scene in scenes]
    target = await _target(params, run, facts)
    parts, encoder = await cut_ranges(run, facts, ranges, target, _names(scenes))
    clips = [
        _clip(params, order, part, scene)
        for order, (part, scene) in enumerate(zip(parts, scenes, strict=True), 1)
    ]
    return SpliceResult(
        clips=clips,
        frame_count=sum(clip.frames or 0 for clip in clips),
        duration=round(sum(part.end - part.start for part in parts), 6),
        encoder_used=encoder,
        warnings=_sound_warning(parts) if facts.audio is not None else [],
    )


def _scenes(params: SpliceParams, facts: MediaFacts) -> list[Scene]:
    frames = facts.frames or 0
    if params.scenes is not None:
        scenes, name, largest = params.scenes, "scenes", max(scene.end_frame - 1 for scene in params.scenes)
    else:
        edges = [0, *sorted(set(params.cuts or [])), frames]
        name, largest = "cuts", edges[-2]
        scenes = [Scene(start_frame=a, end_frame=b) for a, b in pairwise(edges)] if largest < frames else []
    if largest >= frames:
        values = {"path": params.source, "name": name, "value": largest, "last": frames - 1}
        raise fail("media_failed.no_such_frame", **values)
    return scenes


async def _target(params: SpliceParams, run: PhaseRun, facts: MediaFacts) -> Target:
    if params.crf is None:
        return await lossless_target(run, facts)
    target = Target("h264", "", pixels_for("h264", facts), params.crf, "fast", output_colour(facts))
    return await choose_encoder(run, target)


def _names(scenes: Sequence[Scene]) -> list[str]:
    labels = [f"_{scene.name}" if scene.name else "" for scene in scenes]
    return [safe_file_name(f"scene_{order:04d}{label}") for order, label in enumerate(labels, 1)]


def _clip(params: SpliceParams, order: int, part: Part, scene: Scene) -> SplicedClip:
    file = part.facts.as_file(index=order, start=part.start, end=part.end)
    return SplicedClip(
        **file.model_dump(), parent=params.source, start_frame=part.first, end_frame=part.last + 1, name=scene.name
    )  # fmt: skip


def _sound_warning(parts: Sequence[Part]) -> list[str]:
    count = sum(part.facts.audio is None for part in parts)
    return [f"the sound ends early: {count} of {len(parts)} clips are silent"] if count else []
