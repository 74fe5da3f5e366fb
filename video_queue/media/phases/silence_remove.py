"""`media.silence_remove`: find the silences of a file and apply them, in one step."""

from __future__ import annotations

from video_queue.domain.media.sound import SilenceRemoveParams, SilenceRemoveResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.speech.detection import find_silences, probe_sound
from video_queue.media.speech.removal import apply_silences

_DETECTION = 0.15  # of the progress


async def run(params: SilenceRemoveParams, run: PhaseRun) -> SilenceRemoveResult:
    """`source` without its silences (or with them faster, or marked), and where they were.

    Raises:
        VqError: input_missing, input_unreadable (also without sound), media_failed, bad_output, disk_full, stalled.
    """
    facts = await probe_sound(params.source)
    detected = await find_silences(params, facts, run, share=_DETECTION)
    applied = await apply_silences(params, facts, detected.silences, run, start=_DETECTION)
    return SilenceRemoveResult(
        **{**dict(detected), **dict(applied)} | {"warnings": [*detected.warnings, *applied.warnings]}
    )
