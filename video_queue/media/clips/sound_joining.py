"""The sound of joined clips, sample by sample in numpy: each clip's sound as long as its picture, seams ramped.

Raw samples lie in files and are mapped, so an hour of sound does not take an hour of memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from video_queue.domain.media.clips import AudioStream
from video_queue.media.checks import frame_times
from video_queue.media.clips.joining import length_of
from video_queue.media.clips.lossless import lossless_sound
from video_queue.media.clips.raw_sound import (
    RawFormat,
    Samples,
    decode_sound,
    map_samples,
    raw_format,
    raw_input,
)
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.cancellation import in_thread

PROGRESS = 0.85  # where a merge stands when its picture is encoded
_BLOCK = 1 << 20  # samples at a time
_LOSSLESS = frozenset({"flac", "alac", "wavpack", "tta"})


@dataclass(frozen=True)
class SoundSeam:
    """Where two clips meet: they share `shared` seconds, or each ramps for `ramp` seconds."""

    shared: Fraction = Fraction(0)
    ramp: Fraction = Fraction(0)

    def width(self, rate: int) -> int:
        """How many samples of each clip are ramped."""
        return round((self.shared or self.ramp) * rate)


@dataclass(frozen=True)
class JoinedSound:
    """Raw samples ready for an encoder: input options to read them, output options that suit their origin."""

    inputs: list[str]
    outputs: list[str]
    silent: int


async def join_sound(
    run: PhaseRun, clips: Sequence[MediaFacts], pictures: Sequence[MediaFacts], seams: Sequence[SoundSeam]
) -> JoinedSound | None:
    """The sound of `clips`, fitted to the lengths of `pictures` (the same clips, conformed); no `seams` are hard cuts.

    A silent clip gives silence; None if all are silent.
    """
    streams = [clip.audio for clip in clips if clip.audio is not None]
    if not streams:
        return None
    raw = raw_format("f32le", streams[0])
    files = [await _decode(run, clip, raw, place) for place, clip in enumerate(clips)]
    output = run.work_dir / "sound.raw"
    lengths = [length_of(clip) for clip in pictures]
    await in_thread(lambda _stop: _mix(files, lengths, output, raw, seams))
    for file in files:
        if file is not None:
            file.unlink()
    return JoinedSound(raw_input(output, raw), _encoder(streams), silent=files.count(None))


async def _decode(run: PhaseRun, clip: MediaFacts, raw: RawFormat, place: int) -> Path | None:
    if clip.audio is None:
        return None
    output = run.work_dir / f"sound_{place:04d}.raw"
    start = (await frame_times(clip.path)).start
    await decode_sound(run, clip, output, raw, start=start, progress=(PROGRESS, 0.0))
    return output


def _mix(
    files: Sequence[Path | None],
    lengths: Sequence[Fraction],
    output: Path,
    raw: RawFormat,
    seams: Sequence[SoundSeam],
) -> None:
    """Add each clip's samples at its place. The last clip's sound keeps its own end."""
    edges = [SoundSeam(), *(seams or [SoundSeam()] * (len(files) - 1)), SoundSeam()]
    begins, ends = _places(lengths, edges, raw.rate)
    sounds = [None if file is None else map_samples(file, raw) for file in files]
    if sounds[-1] is not None:
        ends[-1] = begins[-1] + max(1, len(sounds[-1]))
    mixed = np.memmap(output, np.float32, "w+", shape=(max(ends), raw.channels))
    for place, (samples, begin, end) in enumerate(zip(sounds, begins, ends, strict=True)):
        if samples is None:
            continue
        rising, falling = (edge.width(raw.rate) for edge in edges[place : place + 2])
        _add(mixed[begin:end], samples[: end - begin], rising, falling)
    mixed.flush()


def _places(
    lengths: Sequence[Fraction], edges: Sequence[SoundSeam], rate: int
) -> tuple[list[int], list[int]]:
    """The first sample of each clip, and the one after its last. `edges` are the seams, with those of both ends."""
    begins, ends = [], []
    start = Fraction(0)
    for length, edge in zip(lengths, edges, strict=False):
        start -= edge.shared
        begins.append(round(start * rate))
        start += length
        ends.append(round(start * rate))
    return begins, ends


def _add(target: Samples, samples: Samples, rising: int, falling: int) -> None:
    """Add samples to a target that may be longer, the first and the last of the target ramped."""
    for first in range(0, len(samples), _BLOCK):
        part = np.array(samples[first : first + _BLOCK])
        numbers = np.arange(first, first + len(part)) + 0.5
        if first < rising:
            part *= np.clip(numbers / rising, 0, 1).astype(np.float32)[:, None]
        if first + len(part) > len(target) - falling:
            part *= np.clip((len(target) - numbers) / falling, 0, 1).astype(np.float32)[:, None]
        target[first : first + len(part)] += part


def _encoder(streams: Sequence[AudioStream]) -> list[str]:
    """Lossless only if every clip's sound is: then nothing is lost by joining."""
    if all(stream.codec == "flac" for stream in streams):
        return lossless_sound(*streams)
    if all(stream.codec in _LOSSLESS or stream.codec.startswith("pcm_") for stream in streams):
        return ["-c:a", "alac"]
    return ["-c:a", "aac", "-b:a", "320k"]
