"""Where a voice speaks, by Silero's model, which faster-whisper carries (extra `speech`)."""

from __future__ import annotations

import numpy as np

from video_queue.domain.catalogue import fail
from video_queue.domain.media.sound import Span
from video_queue.media.clips.raw_sound import Samples

RATE = 16000


def voiced_spans(samples: Samples, shortest_silence: float) -> list[Span]:
    """Where a voice speaks in `samples` (at `RATE`); pauses shorter than `shortest_silence` belong to it.

    Raises:
        VqError: media_failed.no_extra.
    """
    try:
        from faster_whisper.vad import VadOptions, get_speech_timestamps
    except ImportError:
        raise fail("media_failed.no_extra", what="engine: vad", extra="speech") from None
    mono = np.asarray(samples, np.float32).mean(axis=1)
    options = VadOptions(
        min_silence_duration_ms=round(shortest_silence * 1000), speech_pad_ms=0, min_speech_duration_ms=100
    )
    voices = get_speech_timestamps(mono, options, sampling_rate=RATE)
    return [Span(start=item["start"] / RATE, end=item["end"] / RATE) for item in voices]
