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
_LOSSLESS = frozenset({"flac", "alac", "wavpack", "tta"})


@dataclass(frozen=True)
class Seams:
    """Where clips meet: they share `shared` seconds (dissolve), or each ramps for `ramp` seconds (fade)."""

    shared: Fraction = Fraction(0)
    ramp: Fraction = Fraction(0)


@dataclass(frozen=True)
class JoinedSound:
    """Raw samples ready for an encoder: input options to read them, output options that suit their origin."""

    inputs: list[str]
    outputs: list[str]
    silent: int


async def join_sound(
    run: PhaseRun, clips: Sequence[MediaFacts], pictures: Sequence[MediaFacts], seams: Seams
) -> JoinedSound | None:
    """The sound of `clips`, fitted to the lengths of `pictures` (the same clips, conformed).

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
    files: Sequence[Path | None], lengths: Sequence[Fraction], output: Path, raw: RawFormat, seams: Seams
) -> None:
    """Add each clip's samples at its place. The last clip's sound keeps its own end."""
    begins, ends = _places(lengths, seams, raw.rate)
    sounds = [None if file is None else map_samples(file, raw) for file in files]
    if sounds[-1] is not None:
        ends[-1] = begins[-1] + max(1, len(sounds[-1]))
    mixed = np.memmap(output, np.float32, "w+", shape=(max(ends), raw.channels))
    width = round((seams.shared or seams.ramp) * raw.rate)
    for place, (samples, begin, end) in enumerate(zip(sounds, begins, ends, strict=True)):
        if samples is None:
            continue
        part = np.array(samples[: end - begin])
        _ramp(part, end - begin, width, rising=place > 0, falling=place < len(files) - 1)
        mixed[begin : begin + len(part)] += part
    mixed.flush()


def _places(lengths: Sequence[Fraction], seams: Seams, rate: int) -> tuple[list[int], list[int]]:
    """The first sample of each clip, and the one after its last."""
    starts = [sum(lengths[:place], Fraction(0)) - place * seams.shared for place in range(len(lengths))]
    ends = [round((start + length) * rate) for start, length in zip(starts, lengths, strict=True)]
    return [round(start * rate) for start in starts], ends


def _ramp(part: Samples, length: int, width: int, *, rising: bool, falling: bool) -> None:
    """Ramp the first and last `width` of `length` samples, of which `part` may hold fewer."""
    if width <= 0:
        return
    ramp = ((np.arange(width) + 0.5) / width).astype(np.float32)[:, None]
    if rising:
        head = part[:width]
        head *= ramp[: len(head)]
    if falling:
        tail = part[max(0, length - width) :]
        tail *= ramp[::-1][: len(tail)]


def _encoder(streams: Sequence[AudioStream]) -> list[str]:
    """Lossless only if every clip's sound is: then nothing is lost by joining."""
    if all(stream.codec == "flac" for stream in streams):
        return lossless_sound(*streams)
    if all(stream.codec in _LOSSLESS or stream.codec.startswith("pcm_") for stream in streams):
        return ["-c:a", "alac"]
    return ["-c:a", "aac", "-b:a", "320k"]
