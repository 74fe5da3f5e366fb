"""`media.loudness`: the sound at a loudness of one's choice, its true peaks held; the picture is copied.

First the sound is measured. Where raising it leaves its peaks below the limit it is only raised: nothing else of it
changes. Else a limiter at four times the rate holds the peaks, and the gain is measured until the loudness is right.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import AudioStream
from video_queue.domain.media.sound import Loudness, LoudnessParams, LoudnessResult
from video_queue.media.checks import check_like, error_warnings
from video_queue.media.clips.chapters import copy_with_chapters
from video_queue.media.clips.containers import container_for, is_lossless
from video_queue.media.encoders import container_options, encoded_sound
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun
from video_queue.media.speech.detection import probe_sound
from video_queue.media.speech.loudness import measure_loudness

_CLOSE = 0.15  # LU
_FILTERS_OVERSHOOT = 0.1  # dB
_TRIALS = 4
_ENCODERS_OVERSHOOT = 0.3  # dB by which lossy sound may exceed the samples it was made from
_MUCH = 20.0  # dB


@dataclass
class _Gain:
    """By how much the sound is raised, and whether its peaks are held."""

    gain: float
    audio: AudioStream
    limit: float | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def filters(self) -> list[str]:
        """The filters that do it, at the sound's own rate in the end."""
        volume = f"volume={self.gain:.3f}dB:precision=double"
        if self.limit is None:
            return [volume]
        limiter = f"alimiter=limit={10 ** (self.limit / 20):.6f}:level=false:attack=5:release=60:latency=true"
        rate = self.audio.sample_rate
        return [volume, f"aresample={4 * rate}", limiter, f"aresample={rate}"]


async def run(params: LoudnessParams, run: PhaseRun) -> LoudnessResult:
    """`source` with its sound at `target` LUFS (within 0.5 LU where its peaks allow), its picture as it is.

    Raises:
        VqError: input_missing, input_unreadable (also without sound), media_failed, bad_output, disk_full, stalled.
    """
    facts = await probe_sound(params.source)
    if facts.audio is None:
        raise fail("input_unreadable.no_stream", path=params.source, kind="audio")
    before = await measure_loudness(run, facts, start=0.0, share=0.25)
    if before.integrated is None:
        return await _copied(run, facts)
    gain = await _gain(params, facts, facts.audio, before, run)
    output = run.work_dir / _name(facts, facts.audio)
    picture = ["-map", "0:V:0", "-c:v", "copy"] if facts.kind == "video" else []
    command = [
        *source(facts.path, threads=run.threads), *picture, "-map", "0:a:0", "-filter:a", ",".join(gain.filters),
        *encoded_sound(output.suffix), *container_options(output), file_url(output),
    ]  # fmt: skip
    errors = await run_ffmpeg(run, command, seconds=facts.duration, start=0.6, share=0.25)
    file = await check_like(run, facts, output, facts.frames or 0, errors)
    after = await measure_loudness(run, file, start=0.85, share=0.15)
    return LoudnessResult(
        file=file.as_file(),
        frame_count=file.frames or 0,
        duration=file.duration or 0.0,
        encoder_used="copy" if facts.kind == "video" else "",
        warnings=[*gain.warnings, *_missed(params, after), *error_warnings(errors)],
        before=before,
        after=after,
        gain_db=round(gain.gain, 2),
        limited=gain.limit is not None,
    )


async def _gain(
    params: LoudnessParams, facts: MediaFacts, audio: AudioStream, before: Loudness, run: PhaseRun
) -> _Gain:
    """The gain that reaches the target, tried out where peaks have to be held."""
    gain = _Gain(params.target - (before.integrated or 0.0), audio)
    if gain.gain > _MUCH:
        gain.warnings.append(f"the sound was raised by {gain.gain:.0f} dB, and its noise with it")
    highest = params.true_peak - (0.0 if is_lossless(audio.codec) else _ENCODERS_OVERSHOOT)
    if before.true_peak is None or before.true_peak + gain.gain <= highest:
        return gain
    gain.limit = highest - _FILTERS_OVERSHOOT
    for trial in range(_TRIALS):
        share = 0.35 / _TRIALS
        reached = await measure_loudness(run, facts, gain.filters, start=0.25 + share * trial, share=share)
        missing = params.target - (reached.integrated or params.target)
        if abs(missing) <= _CLOSE:
            break
        gain.gain += missing
    return gain


def _name(facts: MediaFacts, audio: AudioStream) -> str:
    if facts.kind == "video":
        return f"video{container_for(facts.codec or '', None)}"
    return "sound.flac" if is_lossless(audio.codec) else "sound.m4a"


async def _copied(run: PhaseRun, facts: MediaFacts) -> LoudnessResult:
    """What has nothing to hear stays as it is."""
    output, errors = await copy_with_chapters(run, facts, [])
    file = await check_like(run, facts, output, facts.frames or 0, errors)
    return LoudnessResult(
        file=file.as_file(),
        frame_count=file.frames or 0,
        duration=file.duration or 0.0,
        encoder_used="copy",
        warnings=["there is nothing to hear; the file is the source's, copied"],
    )


def _missed(params: LoudnessParams, after: Loudness) -> list[str]:
    if after.integrated is None or abs(after.integrated - params.target) <= 0.5:
        return []
    text = f"the loudness is {after.integrated:.1f} LUFS where {params.target:g} were asked for"
    return [f"{text}: its peaks leave no room"]
