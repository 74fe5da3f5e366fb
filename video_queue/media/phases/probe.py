"""`media.probe`: everything known about a file, as a phase result."""

from __future__ import annotations

from video_queue.domain.media.clips import ProbeParams, ProbeResult
from video_queue.media.checks import look_at_file
from video_queue.media.phase_run import PhaseRun


async def run(params: ProbeParams, run: PhaseRun) -> ProbeResult:
    """The facts about `source`; with `count_frames` exact ones, from reading it whole.

    Raises:
        VqError: input_missing, input_unreadable.
    """
    facts = await look_at_file(params.source, count_frames=params.count_frames)
    run.report(1.0)
    return ProbeResult(
        streams=facts.streams,
        kind=facts.kind,
        container=facts.container,
        codec=facts.codec,
        pix_fmt=facts.pix_fmt,
        width=facts.width,
        height=facts.height,
        fps=facts.fps,
        frames=facts.frames,
        vfr=facts.vfr,
        rotation=facts.rotation,
        colour=facts.colour,
        duration=facts.duration,
        audio=facts.audio,
    )
