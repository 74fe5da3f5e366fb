"""Encoding without loss: for parts that must be, frame by frame and sample by sample, what they were cut from.

Pictures become lossless H.264 in mp4 where that knows their pixel format, else FFV1 in mkv; sound becomes FLAC.
"""

from __future__ import annotations

from pathlib import Path

from video_queue.domain.media.clips import AudioStream
from video_queue.media.checks import blame_sources
from video_queue.media.clips.shape import keep_range
from video_queue.media.encoders import Target, tagging
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.ffmpeg_binary import encoders, encodes_one_frame
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.cancellation import in_thread

_H264_PIXELS = frozenset(
    {"yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "gray", "gray10le"}
)
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
RAW_FORMAT = "s32le"
RAW_BYTES = 4


async def lossless_target(run: PhaseRun, facts: MediaFacts) -> Target:
    """How a picture like this is encoded without loss."""
    pixels = (facts.pix_fmt or "yuv420p").replace("yuvj", "yuv")
    if pixels in _H264_PIXELS and await in_thread(lambda _stop: _has_x264(run.ffmpeg)):
        return Target("h264", "libx264", pixels, effort="veryfast", colour=facts.colour, lossless=True)
    return Target("ffv1", "ffv1", pixels, colour=facts.colour, lossless=True)


def as_it_is(facts: MediaFacts, target: Target) -> list[str]:
    """Filters that hand the pixels on unchanged, with their tags."""
    return [keep_range(facts), f"format={target.pixels}", tagging(target.colour)]


def lossless_sound(*heard: AudioStream) -> list[str]:
    """Output options for sound that loses nothing of these streams (24 bits where they have more than 16)."""
    if all(audio.sample_format.startswith(("s16", "u8")) for audio in heard):
        return ["-c:a", "flac", "-sample_fmt", "s16"]
    return ["-c:a", "flac", "-sample_fmt", "s32", "-bits_per_raw_sample", "24"]


def layout_of(audio: AudioStream) -> str:
    """The channel layout, named even where the file leaves it open."""
    named = audio.layout and "channels" not in audio.layout
    return audio.layout if named else _LAYOUTS.get(audio.channels, f"{audio.channels}c")


async def raw_sound(
    run: PhaseRun,
    facts: MediaFacts,
    output: Path,
    *,
    layout: str,
    rate: int,
    start: float,
    raw: str,
    part: tuple[float, float],
) -> None:
    """Writes the first sound stream as raw samples from the picture's first moment on (`start` on ffmpeg's clock).

    What lies between the file's beginning and the first sample is silence. `part`: start and share of the progress.
    """
    filters = ["aresample=async=1:first_pts=0", f"aresample={rate}", f"aformat=channel_layouts={layout}"]
    if start > 0:
        filters.append(f"atrim=start_sample={round(start * rate)},asetpts=PTS-STARTPTS")
    command = [
        *source(facts.path, threads=run.threads), "-map", "0:a:0", "-filter:a", ",".join(filters), "-f", raw,
        file_url(output),
    ]  # fmt: skip
    if await run_ffmpeg(run, command, seconds=facts.duration, start=part[0], share=part[1]):
        await blame_sources([facts.path])


def raw_input(path: Path, *, layout: str, rate: int, raw: str, skip_bytes: int = 0) -> list[str]:
    """Raw samples as an input, from `skip_bytes` on."""
    return [
        "-f", raw, "-ar", str(rate), "-ch_layout", layout, "-skip_initial_bytes", str(skip_bytes),
        "-protocol_whitelist", "file", "-i", file_url(path),
    ]  # fmt: skip


def _has_x264(ffmpeg: Path) -> bool:
    return "libx264" in encoders(ffmpeg) and encodes_one_frame(ffmpeg, "libx264")
