"""`media.transcribe`: what is said in a clip or a sound, as sentences and words with their times."""

from __future__ import annotations

import asyncio

from video_queue.domain.media.speech import TranscribeParams, TranscribeResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.speech.detection import probe_sound
from video_queue.media.speech.recognisers import recogniser_for
from video_queue.media.speech.recognition import recognise


async def run(params: TranscribeParams, run: PhaseRun) -> TranscribeResult:
    """The words of `source` on its picture's clock.

    Raises:
        VqError: input_missing, input_unreadable (also without sound), media_failed (no extra `speech`, no model),
            disk_full, stalled.
    """
    recogniser = await asyncio.to_thread(recogniser_for, params)
    return await recognise(params, recogniser, await probe_sound(params.source), run)
