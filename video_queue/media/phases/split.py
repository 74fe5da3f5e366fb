"""`media.split`: one clip into children that, joined again, are the clip: every frame and every sample once."""

from __future__ import annotations

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import SplitParams, SplitResult
from video_queue.media.checks import probe_video
from video_queue.media.clips.cutting import Part, cut
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun


async def run(params: SplitParams, run: PhaseRun) -> SplitResult:
    """The children of `source`, each beginning at one of the frames `at_frame`; lossless H.264 with FLAC.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (no such frame), bad_output, disk_full.
    """
    facts = await probe_video(params.source)
    parts, encoder = await cut(run, facts, [0, *_frames(params, facts)])
    return SplitResult(
        children=[
            part.facts.as_file(index=order, start=part.start, end=part.end)
            for order, part in enumerate(parts, 1)
        ],
        frame_count=sum(part.facts.frames or 0 for part in parts),
        duration=parts[-1].end,
        encoder_used=encoder,
        warnings=_sound_warning(parts) if facts.audio is not None else [],
    )


def _frames(params: SplitParams, facts: MediaFacts) -> list[int]:
    frames = sorted(set(params.at_frame))
    last = (facts.frames or 1) - 1
    if frames[-1] > last:
        values = {"path": params.source, "name": "at_frame", "value": frames[-1], "last": last}
        raise fail("media_failed.no_such_frame", **values)
    return frames


def _sound_warning(parts: list[Part]) -> list[str]:
    count = sum(part.facts.audio is None for part in parts)
    return [f"the sound ends early: {count} of {len(parts)} children are silent"] if count else []
