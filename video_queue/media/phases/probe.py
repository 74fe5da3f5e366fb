"""`media.probe`: everything known about a file, as a phase result."""

from __future__ import annotations

from video_queue.domain.media.clips import ProbeParams, ProbeResult
from video_queue.media.checks import probe_file
from video_queue.media.phase_run import PhaseRun


async def run(params: ProbeParams, run: PhaseRun) -> ProbeResult:
    """The facts about `source`; with `count_frames` exact ones, from reading it whole.

    Raises:
        VqError: input_missing, input_unreadable.
    """
    facts = await probe_file(params.source, count_frames=params.count_frames)
    run.report(1.0)
    return ProbeResult(**{name: getattr(facts, name) for name in ProbeResult.model_fields})
