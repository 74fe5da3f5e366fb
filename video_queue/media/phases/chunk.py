"""`media.chunk`: a long clip as parts that overlap, each small enough to be rendered at once."""

from __future__ import annotations

from dataclasses import replace

from video_queue.domain.media.chunks import ChunkParams, ChunkPlan, ChunkResult
from video_queue.domain.media.scenes import Scene
from video_queue.domain.media.values import exact_rate
from video_queue.media.checks import probe_video
from video_queue.media.clips.conform import common_format, conform
from video_queue.media.clips.cutting import cut_ranges
from video_queue.media.clips.lossless import lossless_target
from video_queue.media.phase_run import PhaseRun


async def run(params: ChunkParams, run: PhaseRun) -> ChunkResult:
    """The parts of `source`, lossless and without sound. A variable rate becomes constant first.

    Raises:
        VqError: input_missing, input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    facts = await probe_video(params.source)
    steady = facts
    if facts.vfr:
        (steady,) = await conform(run, [facts], common_format([facts], "pad", constant=True))
    frames = steady.frames or 1
    ranges = chunk_ranges(frames, params.size, params.overlap)
    silent = replace(steady, audio=None)
    parts, encoder = await cut_ranges(run, silent, ranges, await lossless_target(run, silent))
    if steady is not facts:
        steady.path.unlink()
    clips = [
        part.facts.as_file(index=order, start=part.start, end=part.end) for order, part in enumerate(parts, 1)
    ]
    chunks = [
        Scene(start_frame=part.first, end_frame=part.last + 1, start=part.start, end=part.end)
        for part in parts
    ]
    rate = float(exact_rate(steady.fps or 25))
    return ChunkResult(
        clips=clips,
        plan=ChunkPlan(source=params.source, frames=frames, fps=rate, chunks=chunks),
        frame_count=sum(clip.frames or 0 for clip in clips),
        duration=steady.duration or 0.0,
        encoder_used=encoder,
        warnings=[f"the clip's variable rate became {rate:g} fps"] if facts.vfr else [],
    )


def chunk_ranges(frames: int, size: int, overlap: int) -> list[tuple[int, int]]:
    """The frames of each chunk: `size` of them, the last one what is left, and more than it shares."""
    starts = range(0, max(1, frames - overlap), size - overlap)
    return [(start, min(start + size, frames)) for start in starts]
