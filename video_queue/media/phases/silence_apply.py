"""`media.silence_apply`: a clip or a sound without its silences, with them played faster, or with them marked."""

from __future__ import annotations

from video_queue.domain.catalogue import fail
from video_queue.domain.media.sound import SilenceApplyParams, SilenceApplyResult
from video_queue.media.checks import probe_file
from video_queue.media.phase_run import PhaseRun
from video_queue.media.speech.removal import apply_silences


async def run(params: SilenceApplyParams, run: PhaseRun) -> SilenceApplyResult:
    """`source` with its `segments` applied; cuts lie between frames, and the sound is cut with them to the sample.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (nothing would be left), bad_output, disk_full, stalled.
    """
    facts = await probe_file(params.source, count_frames=True)
    if facts.kind == "image":
        raise fail("input_unreadable.no_stream", path=params.source, kind="video")
    return await apply_silences(params, facts, params.segments, run)
