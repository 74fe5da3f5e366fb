"""Cutting a clip into parts that together are the clip: no frame lost or doubled, no sample of sound either.

Parts are encoded without loss (see `lossless`) unless a quality is asked for, because a part rarely begins at a key
frame; the joined parts then decode to what the source decodes to. A part has its name when it is finished and on disk:
what a run before this one finished of the same work is not made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from video_queue.media.checks import check_video, finished_video, frame_times
from video_queue.media.clips.lossless import lossless_sound, lossless_target, unchanged
from video_queue.media.clips.picking import frame_range
from video_queue.media.clips.raw_sound import RawFormat, decode_sound, raw_format, raw_input
from video_queue.media.encoders import Target, container_options, picture_options
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, true_times, video_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.reading import FrameTimes
from video_queue.system.files.durable import give_name
from video_queue.system.processes.cancellation import in_thread

_SOUND_SHARE = 0.1


@dataclass(frozen=True)
class Part:
    """One part: its file's facts, and its place in the source (frames first..last, seconds)."""

    facts: MediaFacts
    first: int
    last: int
    start: float
    end: float


@dataclass(frozen=True)
class _Sound:
    """The whole sound of a clip as raw samples."""

    path: Path
    raw: RawFormat
    samples: int


@dataclass(frozen=True)
class _Clip:
    """The clip to cut: its facts and frame times, how parts are encoded, and its sound."""

    facts: MediaFacts
    shown: FrameTimes
    target: Target
    sound: _Sound | None
    frames: int  # of all parts together

    def time(self, frame: int) -> float:
        """When `frame` is shown; one beyond the last, when the clip ends."""
        times = self.shown.times
        return times[frame] if frame < len(times) else self.facts.duration or times[-1]


async def cut(run: PhaseRun, facts: MediaFacts, starts: Sequence[int]) -> tuple[list[Part], str]:
    """The parts of a clip that begin at the frames `starts` (ascending, the first one 0), and the encoder used.

    Parts touch: each ends where the next begins, and the last one has the sound to its very end.

    Raises:
        VqError: input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    ends = [*starts[1:], facts.frames or 0]
    return await cut_ranges(
        run, facts, list(zip(starts, ends, strict=True)), await lossless_target(run, facts)
    )


async def cut_ranges(
    run: PhaseRun,
    facts: MediaFacts,
    ranges: Sequence[tuple[int, int]],
    target: Target,
    names: Sequence[str] | None = None,
) -> tuple[list[Part], str]:
    """The parts of a clip with the frames `first` up to, not including, `end` of each range; encoded as `target` says.

    `names` are those of their files, without a suffix.

    Raises:
        VqError: input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    shown = await frame_times(facts.path)
    clip = _Clip(
        facts, shown, target, await _sound(run, facts, shown), sum(end - first for first, end in ranges)
    )
    parts: list[Part] = []
    done = 0
    names = names or [f"part_{order:04d}" for order in range(1, len(ranges) + 1)]
    for name, (first, end) in zip(names, ranges, strict=True):
        parts.append(await _part(run, clip, name, first, end, done))
        done += end - first
    if clip.sound is not None:
        clip.sound.path.unlink()
    return parts, clip.target.encoder


async def _sound(run: PhaseRun, facts: MediaFacts, shown: FrameTimes) -> _Sound | None:
    """All of the sound decoded once, since compressed sound can only be cut at its blocks."""
    if facts.audio is None:
        return None
    path = run.work_dir / "sound.raw"
    raw = raw_format("s32le", facts.audio)
    await decode_sound(run, facts, path, raw, start=shown.start, progress=(0.0, _SOUND_SHARE))
    return _Sound(path, raw, path.stat().st_size // raw.frame_bytes)


async def _part(run: PhaseRun, clip: _Clip, name: str, first: int, end: int, done: int) -> Part:
    """The part `name`: the frames `first` up to, not including, `end`, after `done` frames of others."""
    output = run.work_dir / f"{name}{clip.target.part_suffix}"
    facts = await finished_video(output, end - first)
    if facts is None:
        share = (1 - _SOUND_SHARE) / clip.frames
        facts = await _encode(run, clip, output, (first, end), (_SOUND_SHARE + share * done, share))
    return Part(facts, first, end - 1, round(clip.time(first), 6), round(clip.time(end), 6))


async def _encode(
    run: PhaseRun, clip: _Clip, output: Path, frames: tuple[int, int], progress: tuple[float, float]
) -> MediaFacts:
    """The frames of the clip as the file `output`. `progress`: where it starts, and what each frame adds."""
    first, end = frames
    begin, share = progress
    partial = output.with_name(f"unfinished{output.suffix}")
    command = _command(run, clip, partial, first, end)
    errors = await run_ffmpeg(run, command, frames=end - first, start=begin, share=share * (end - first))
    facts = await check_video(run, partial, frames=end - first, sources=[clip.facts.path], errors=errors)
    await in_thread(lambda _stop: give_name(partial, output))
    return replace(facts, path=output)


def _command(run: PhaseRun, clip: _Clip, output: Path, first: int, end: int) -> list[str]:
    facts, target = clip.facts, clip.target
    seek, trim = frame_range(facts, clip.shown, first, end)
    sound_input, sound_output = _sound_options(clip, first, end)
    return [
        *source(facts.path, *seek, threads=run.threads), *sound_input,
        "-map", "0:V:0", *video_filter(run, [trim, *unchanged(facts, target)]),
        *picture_options(target, threads=run.threads, pixels_per_second=facts.pixels_per_second),
        *true_times(run), *_last_length(clip, first, end), *sound_output, *container_options(output),
        file_url(output),
    ]  # fmt: skip


def _last_length(clip: _Clip, first: int, end: int) -> list[str]:
    """Writes how long the last frame is shown, which an encoder cannot know; joining needs it where rates vary.

    Lossless parts are those that are joined, and have no frames out of order, whose times this filter would lose.
    """
    if not clip.facts.vfr or not clip.target.lossless:
        return []
    length = clip.time(end) - clip.time(end - 1)
    return ["-bsf:v", f"setts=duration=if(eq(N\\,{end - first - 1})\\,{length:.6f}/TB\\,DURATION)"]


def _sound_options(clip: _Clip, first: int, end: int) -> tuple[list[str], list[str]]:
    """Input and output options for the sound between two frames; none of the latter where it has ended."""
    sound, audio, shown = clip.sound, clip.facts.audio, clip.shown.times
    if sound is None or audio is None:
        return [], []
    begin = min(sound.samples, round(shown[first] * sound.raw.rate))
    finish = min(sound.samples, round(shown[end] * sound.raw.rate)) if end < len(shown) else sound.samples
    inputs = raw_input(sound.path, sound.raw, skip_samples=begin)
    if finish <= begin:
        return inputs, []
    trim = f"atrim=end_sample={finish - begin}"
    codec = lossless_sound(audio) if clip.target.lossless else ["-c:a", "aac", "-b:a", "320k"]
    return inputs, ["-map", "1:a:0", "-filter:a", trim, *codec]
