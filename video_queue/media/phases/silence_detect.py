"""`media.silence_detect`: where nothing is said, so that it can be looked at, edited, and cut by silence_apply."""

from __future__ import annotations

from video_queue.domain.media.sound import SilenceDetectParams, SilenceDetectResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.speech.detection import find_silences, probe_sound


async def run(params: SilenceDetectParams, run: PhaseRun) -> SilenceDetectResult:
    """The silences of `source` on its picture's clock, and the speech between them.

    Raises:
        VqError: input_missing, input_unreadable (also without sound), media_failed (no extra `speech`), disk_full.
    """
    return await find_silences(params, await probe_sound(params.source), run)
