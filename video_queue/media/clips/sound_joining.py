"""The sound of joined clips, sample by sample in numpy: each clip's sound as long as its picture, seams ramped.

Raw samples lie in files and are mapped, so an hour of sound needs no hour of memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from video_queue.domain.media.clips import AudioStream
from video_queue.media.checks import times_of
from video_queue.media.clips.joining import length_of
from video_queue.media.clips.lossless import layout_of, lossless_sound, raw_input, raw_sound
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.cancellation import in_thread

RAW = "f32le"
PROGRESS = 0.85  # where a merge stands when its picture is encoded
_LOSSLESS = frozenset({"flac", "alac", "wavpack", "tta"})
Samples = NDArray[np.float32]


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


async def joined_sound(
    run: PhaseRun, heard: Sequence[MediaFacts], pictures: Sequence[MediaFacts], seams: Seams
) -> JoinedSound | None:
    """The sound of the clips `heard`, fitted to the lengths of `pictures` (the same clips, brought into line).

    A silent clip gives silence; None if all are silent.
    """
    streams = [clip.audio for clip in heard if clip.audio is not None]
    if not streams:
        return None
    layout, rate, channels = layout_of(streams[0]), streams[0].sample_rate, streams[0].channels
    raws: list[Path | None] = []
    for place, clip in enumerate(heard):
        raws.append(None if clip.audio is None else run.work_dir / f"sound_{place:04d}.raw")
        if raw := raws[-1]:
            start = (await times_of(clip.path)).start
            await raw_sound(
                run, clip, raw, layout=layout, rate=rate, start=start, raw=RAW, part=(PROGRESS, 0.0)
            )
    output = run.work_dir / "sound.raw"
    lengths = [length_of(clip) for clip in pictures]
    await in_thread(lambda _stop: _mix(raws, lengths, output, rate, channels, seams))
    for raw in raws:
        if raw is not None:
            raw.unlink()
    return JoinedSound(
        inputs=raw_input(output, layout=layout, rate=rate, raw=RAW),
        outputs=_encoder(streams),
        silent=raws.count(None),
    )


def _mix(
    raws: Sequence[Path | None],
    lengths: Sequence[Fraction],
    output: Path,
    rate: int,
    channels: int,
    seams: Seams,
) -> None:
    """Adds each clip's samples at its place. The last clip's sound keeps its own end."""
    starts = [sum(lengths[:place], Fraction(0)) - place * seams.shared for place in range(len(lengths))]
    ends = [round((start + length) * rate) for start, length in zip(starts, lengths, strict=True)]
    begins = [round(start * rate) for start in starts]
    tail = _samples(raws[-1], channels)
    if tail is not None:
        ends[-1] = max(begins[-1] + 1, begins[-1] + len(tail))
    mixed = np.memmap(output, np.float32, "w+", shape=(max(ends), channels))
    for place, raw in enumerate(raws):
        given = _samples(raw, channels)
        if given is None:
            continue
        count = min(len(given), ends[place] - begins[place])
        part = np.array(given[:count])
        length = ends[place] - begins[place]
        width = round((seams.shared or seams.ramp) * rate)
        _ramp(part, length, width, rising=place > 0, falling=place < len(raws) - 1)
        mixed[begins[place] : begins[place] + count] += part
    mixed.flush()


def _samples(raw: Path | None, channels: int) -> Samples | None:
    """(samples, channels) of a raw file, mapped; None if it is missing or holds nothing."""
    if raw is None or not raw.stat().st_size:
        return None
    whole = raw.stat().st_size // (4 * channels)
    return np.memmap(raw, np.float32, "r", shape=(whole, channels))


def _ramp(part: Samples, length: int, width: int, *, rising: bool, falling: bool) -> None:
    """Ramps the first and last `width` of `length` samples, of which `part` may hold fewer."""
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
