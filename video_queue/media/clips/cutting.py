"""Cutting a clip into parts that together are the clip: no frame lost or doubled, no sample of sound either.

Parts are encoded without loss (see `lossless`), because a part rarely begins at a key frame; the joined parts then
decode to what the source decodes to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from video_queue.media.checks import checked_video, times_of
from video_queue.media.clips.lossless import (
    RAW_BYTES,
    RAW_FORMAT,
    as_it_is,
    layout_of,
    lossless_sound,
    lossless_target,
    raw_input,
    raw_sound,
)
from video_queue.media.clips.picking import seek_before
from video_queue.media.encoders import Target, container_options, picture_options
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, true_times, video_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.reading import FrameTimes

_SOUND_SHARE = 0.1


@dataclass(frozen=True)
class Part:
    """One part as made: its file's facts, and its place in the source (frames first..last, seconds)."""

    facts: MediaFacts
    first: int
    last: int
    start: float
    end: float


@dataclass(frozen=True)
class _Sound:
    """The source's sound as raw samples, and how to read them."""

    path: Path
    rate: int
    layout: str
    channels: int
    samples: int


async def cut(run: PhaseRun, facts: MediaFacts, starts: Sequence[int]) -> tuple[list[Part], str]:
    """The parts of a clip that begin at the frames `starts` (ascending, the first one 0), and the encoder used.

    Parts touch: each ends where the next begins, and the last one has the sound to its very end.

    Raises:
        VqError: input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    shown = await times_of(facts.path)
    target = await lossless_target(run, facts)
    sound = await _decoded_sound(run, facts, shown)
    parts = []
    for order, first in enumerate(starts):
        end = starts[order + 1] if order + 1 < len(starts) else len(shown.times)
        parts.append(await _part(run, facts, shown, target, sound, order, first, end))
    if sound is not None:
        sound.path.unlink()
    return parts, target.encoder


async def _decoded_sound(run: PhaseRun, facts: MediaFacts, shown: FrameTimes) -> _Sound | None:
    """All of the sound decoded once, since compressed sound can only be cut at its blocks."""
    if facts.audio is None:
        return None
    path = run.work_dir / "sound.raw"
    layout, rate = layout_of(facts.audio), facts.audio.sample_rate
    await raw_sound(
        run,
        facts,
        path,
        layout=layout,
        rate=rate,
        start=shown.start,
        raw=RAW_FORMAT,
        part=(0.0, _SOUND_SHARE),
    )
    samples = path.stat().st_size // (RAW_BYTES * facts.audio.channels)
    return _Sound(path, rate, layout, facts.audio.channels, samples)


async def _part(
    run: PhaseRun,
    facts: MediaFacts,
    shown: FrameTimes,
    target: Target,
    sound: _Sound | None,
    order: int,
    first: int,
    end: int,
) -> Part:
    """Part number `order` (from 0): the frames `first` up to, not including, `end`."""
    output = run.work_dir / f"part_{order + 1:04d}{'.mp4' if target.codec == 'h264' else '.mkv'}"
    seek, skipped = seek_before(facts, shown, first)
    trim = f"trim=start_frame={first - skipped}:end_frame={end - skipped},setpts=PTS-STARTPTS"
    pace = (facts.width or 0) * (facts.height or 0) * (facts.fps or 25)
    command = [
        *source(facts.path, *seek, threads=run.threads), *_sound_input(sound, shown, first),
        "-map", "0:V:0", *video_filter(run, [trim, *as_it_is(facts, target)]),
        *picture_options(target, threads=run.threads, pixels_per_second=pace),
        *true_times(run), *_last_length(facts, shown, first, end),
        *_sound_output(facts, sound, shown, first, end), *container_options(output), file_url(output),
    ]  # fmt: skip
    total = len(shown.times)
    share = 1 - _SOUND_SHARE
    errors = await run_ffmpeg(
        run,
        command,
        frames=end - first,
        start=_SOUND_SHARE + share * first / total,
        share=share * (end - first) / total,
    )
    made = await checked_video(run, output, frames=end - first, sources=[facts.path], errors=errors)
    begin, finish = shown.times[first], shown.times[end] if end < total else facts.duration or shown.times[-1]
    return Part(made, first, end - 1, round(begin, 6), round(finish, 6))


def _last_length(facts: MediaFacts, shown: FrameTimes, first: int, end: int) -> list[str]:
    """Writes how long the last frame is shown, which an encoder cannot know; joining needs it where rates vary."""
    if not facts.vfr:
        return []
    following = shown.times[end] if end < len(shown.times) else facts.duration or shown.times[-1]
    length = following - shown.times[end - 1]
    return ["-bsf:v", f"setts=duration=if(eq(N\\,{end - first - 1})\\,{length:.6f}/TB\\,DURATION)"]


def _first_sample(sound: _Sound, shown: FrameTimes, frame: int) -> int:
    return min(sound.samples, round(shown.times[frame] * sound.rate))


def _sound_input(sound: _Sound | None, shown: FrameTimes, first: int) -> list[str]:
    if sound is None:
        return []
    skip = _first_sample(sound, shown, first) * sound.channels * RAW_BYTES
    return raw_input(sound.path, layout=sound.layout, rate=sound.rate, raw=RAW_FORMAT, skip_bytes=skip)


def _sound_output(
    facts: MediaFacts, sound: _Sound | None, shown: FrameTimes, first: int, end: int
) -> list[str]:
    if sound is None or facts.audio is None:
        return []
    begin = _first_sample(sound, shown, first)
    finish = _first_sample(sound, shown, end) if end < len(shown.times) else sound.samples
    if finish <= begin:
        return []  # the sound ended before this part
    return ["-map", "1:a:0", "-filter:a", f"atrim=end_sample={finish - begin}", *lossless_sound(facts.audio)]
