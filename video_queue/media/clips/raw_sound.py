"""A clip's sound as raw samples in a file, so that it can be cut and mixed by counting them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from video_queue.domain.media.clips import AudioStream
from video_queue.media.checks import require_undamaged
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
_SAMPLE_BYTES = 4
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class RawFormat:
    """How samples lie in a file. `kind` is ffmpeg's name for them: `s32le` or `f32le`, four bytes each."""

    kind: str
    rate: int
    layout: str
    channels: int

    @property
    def frame_bytes(self) -> int:
        """The bytes of one sample of all channels."""
        return _SAMPLE_BYTES * self.channels


def raw_format(kind: str, audio: AudioStream) -> RawFormat:
    """The format that keeps the rate and layout of `audio`; the layout is named even where the file does not."""
    named = audio.layout and "channels" not in audio.layout
    layout = audio.layout if named else _LAYOUTS.get(audio.channels, f"{audio.channels}c")
    return RawFormat(kind, audio.sample_rate, layout, audio.channels)


async def decode_sound(
    run: PhaseRun,
    clip: MediaFacts,
    output: Path,
    raw: RawFormat,
    *,
    start: float,
    progress: tuple[float, float],
) -> None:
    """Write the first sound stream as raw samples from the picture's first moment on (`start` on ffmpeg's clock).

    Between the file's beginning and its first sample there is silence. `progress`: its start and share of the phase.
    """
    filters = [
        "aresample=async=1:first_pts=0",
        f"aresample={raw.rate}",
        f"aformat=channel_layouts={raw.layout}",
    ]
    if start > 0:
        filters.append(f"atrim=start_sample={round(start * raw.rate)},asetpts=PTS-STARTPTS")
    command = [
        *source(clip.path, threads=run.threads), "-map", "0:a:0", "-filter:a", ",".join(filters), "-f", raw.kind,
        file_url(output),
    ]  # fmt: skip
    if await run_ffmpeg(run, command, seconds=clip.duration, start=progress[0], share=progress[1]):
        await require_undamaged([clip.path])


def raw_input(path: Path, raw: RawFormat, *, skip_samples: int = 0) -> list[str]:
    """Raw samples as an input, without the first `skip_samples`."""
    return [
        "-f", raw.kind, "-ar", str(raw.rate), "-ch_layout", raw.layout,
        "-skip_initial_bytes", str(skip_samples * raw.frame_bytes), "-protocol_whitelist", "file",
        "-i", file_url(path),
    ]  # fmt: skip


def piped_input(raw: RawFormat) -> list[str]:
    """Raw samples as an input that is fed through a pipe."""
    return ["-f", raw.kind, "-ar", str(raw.rate), "-ch_layout", raw.layout, "-i", "pipe:0"]


def map_samples(path: Path, raw: RawFormat) -> Samples | None:
    """(samples, channels) of a file of `f32le`, mapped rather than read; None if it is empty."""
    count = path.stat().st_size // raw.frame_bytes
    return np.memmap(path, np.float32, "r", shape=(count, raw.channels)) if count else None
