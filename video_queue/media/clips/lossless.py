"""Encoding without loss: for parts that must be, frame by frame and sample by sample, what they were cut from.

Pictures become lossless H.264 in mp4 where that supports their pixel format, else FFV1 in mkv; sound becomes FLAC.
"""

from __future__ import annotations

from pathlib import Path

from video_queue.domain.media.clips import AudioStream
from video_queue.media.colour import keep_range, tag_filter
from video_queue.media.encoders import Target
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg_binary import encoders, encodes_one_frame
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.cancellation import in_thread

_H264_PIXELS = frozenset(
    {"yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "gray", "gray10le"}
)


async def lossless_target(run: PhaseRun, facts: MediaFacts) -> Target:
    """How a picture like this is encoded without loss."""
    pixels = (facts.pix_fmt or "yuv420p").replace("yuvj", "yuv")
    if pixels in _H264_PIXELS and await in_thread(lambda _stop: _has_x264(run.ffmpeg)):
        return Target("h264", "libx264", pixels, effort="veryfast", colour=facts.colour, lossless=True)
    return Target("ffv1", "ffv1", pixels, colour=facts.colour, lossless=True)


def unchanged(facts: MediaFacts, target: Target) -> list[str]:
    """Filters that pass the pixels on unchanged, with their tags."""
    return [keep_range(facts), f"format={target.pixels}", tag_filter(target.colour)]


def lossless_sound(*streams: AudioStream) -> list[str]:
    """Output options for sound that loses nothing of these streams (24 bits where they have more than 16)."""
    if all(audio.sample_format.startswith(("s16", "u8")) for audio in streams):
        return ["-c:a", "flac", "-sample_fmt", "s16"]
    return ["-c:a", "flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24"]


def _has_x264(ffmpeg: Path) -> bool:
    return "libx264" in encoders(ffmpeg) and encodes_one_frame(ffmpeg, "libx264")
