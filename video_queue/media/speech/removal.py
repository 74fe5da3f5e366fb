"""What is done with silences: cut out, played faster, or marked; picture and sound stay together at every cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.media.sound import Removal, SilenceApplyResult, Span
from video_queue.media.checks import check_like, error_warnings, frame_times
from video_queue.media.clips.chapters import copy_with_chapters
from video_queue.media.clips.containers import is_lossless
from video_queue.media.clips.raw_sound import (
    RawFormat,
    Samples,
    decode_sound,
    map_samples,
    piped_input,
    raw_format,
)
from video_queue.media.clips.recode import plan_recode
from video_queue.media.clips.retimed_sound import retimed_sound
from video_queue.media.clips.retiming import removable, retiming_of, sound_pieces, stretches_of
from video_queue.media.encoders import container_options, encoded_sound
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.speech.silences import between

_DECODING = 0.1  # of what is left of the progress
_NO_CUT = "there is no silence to cut; the file is the source's, copied"


@dataclass(frozen=True)
class _Sound:
    """The whole sound of a file, from its picture's first moment on."""

    samples: Samples
    raw: RawFormat


async def apply_silences(
    params: Removal, facts: MediaFacts, segments: Sequence[Span], run: PhaseRun, *, start: float = 0.0
) -> SilenceApplyResult:
    """`segments` of a file applied as `params` say; the phase's progress is filled from `start` on.

    Raises:
        VqError: input_unreadable, media_failed (nothing would be left), bad_output, disk_full, stalled.
    """
    length = facts.duration or 0.0
    spans = removable(segments, length, params.margin)
    rate = params.speed if params.mode == "speed" else None
    if params.mode == "mark" or not spans:
        return await _marked(params, facts, spans, run)
    if facts.kind == "video":
        return await _clip(params, facts, spans, rate, run, start)
    return await _sound_only(params, facts, spans, rate, run, start)


async def _marked(params: Removal, facts: MediaFacts, spans: list[Span], run: PhaseRun) -> SilenceApplyResult:
    kept = between(spans, facts.duration or 0.0)
    chapters = [
        *((f"Speech {order}", span) for order, span in enumerate(kept, 1)),
        *((f"Silence {order}", span) for order, span in enumerate(spans, 1)),
    ]
    chapters.sort(key=lambda chapter: chapter[1].start)
    output, errors = await copy_with_chapters(run, facts, chapters if spans else [])
    warnings = error_warnings(errors) + ([] if spans else [_NO_CUT])
    checked = await check_like(run, facts, output, facts.frames or 0, errors)
    return _result(params, checked, kept, spans, "copy", warnings)


async def _clip(
    params: Removal, facts: MediaFacts, spans: list[Span], rate: float | None, run: PhaseRun, start: float
) -> SilenceApplyResult:
    plan, removed = retiming_of(facts, await frame_times(facts.path), spans, rate)
    if not plan.stretches:
        raise _nothing_left(facts, run)
    recode = await plan_recode(run, facts, codec=params.codec, crf=params.crf, effort=params.preset)
    picture = [
        "-map", "0:V:0", *video_filter(run, [*plan.picture_filters(), *recode.filters]),
        *recode.picture_options(run), *plan.rate_options(run),
    ]  # fmt: skip
    sound = await _decoded(facts, run, plan.start, start)
    feed, inputs, outputs = None, [], []
    if sound is not None:
        feed = retimed_sound(sound.samples, plan.sound_pieces(sound.raw.rate), sound.raw, params.fade_ms)
        inputs, outputs = piped_input(sound.raw), ["-map", "1:a:0", *encoded_sound(recode.output.suffix)]
    command = [
        *source(facts.path, threads=run.threads), *inputs, *picture, *outputs,
        *container_options(recode.output), file_url(recode.output),
    ]  # fmt: skip
    begin = start + _DECODING * (1 - start)
    errors = await run_ffmpeg(run, command, frames=plan.frames, start=begin, share=1 - begin, feed=feed)
    clip = await check_like(run, facts, recode.output, plan.frames, errors)
    _remove_all_but(recode.output)
    kept = between(removed, plan.edges[-1])
    warnings = [*recode.warnings, *error_warnings(errors)]
    return _result(params, clip, kept, removed, recode.target.encoder, warnings)


async def _sound_only(
    params: Removal, facts: MediaFacts, spans: list[Span], rate: float | None, run: PhaseRun, start: float
) -> SilenceApplyResult:
    decoded = await _decoded(facts, run, 0.0, start)
    if decoded is None or facts.audio is None:
        raise fail("input_unreadable.no_stream", path=str(facts.path), kind="audio")
    sound, raw = decoded.samples, decoded.raw
    pairs = [(round(s.start * raw.rate), min(len(sound), round(s.end * raw.rate))) for s in spans]
    stretches = stretches_of([(first, end) for first, end in pairs if end > first], len(sound), rate)
    if not stretches:
        raise _nothing_left(facts, run)
    pieces = sound_pieces(stretches, [(s.first, s.end, s.count) for s in stretches], len(sound))
    count = sum(piece.count for piece in pieces)
    output = run.work_dir / f"sound{'.flac' if is_lossless(facts.audio.codec) else '.m4a'}"
    command = [
        *piped_input(raw), "-map", "0:a:0", *encoded_sound(output.suffix), *container_options(output),
        file_url(output),
    ]  # fmt: skip
    feed = retimed_sound(sound, pieces, raw, params.fade_ms)
    begin = start + _DECODING * (1 - start)
    errors = await run_ffmpeg(run, command, seconds=count / raw.rate, start=begin, share=1 - begin, feed=feed)
    file = await check_like(run, facts, output, 0, errors)
    _remove_all_but(output)
    return _result(params, file, between(spans, facts.duration or 0.0), spans, "", error_warnings(errors))


async def _decoded(facts: MediaFacts, run: PhaseRun, picture_start: float, begin: float) -> _Sound | None:
    """All of the sound as samples, since compressed sound can only be cut at its blocks."""
    if facts.audio is None:
        return None
    raw = raw_format("f32le", facts.audio)
    path = run.work_dir / "sound.raw"
    await decode_sound(run, facts, path, raw, start=picture_start, progress=(begin, _DECODING * (1 - begin)))
    samples = map_samples(path, raw)
    return _Sound(np.zeros((0, raw.channels), np.float32) if samples is None else samples, raw)


def _result(
    params: Removal,
    facts: MediaFacts,
    kept: list[Span],
    removed: list[Span],
    encoder: str,
    warnings: list[str],
) -> SilenceApplyResult:
    return SilenceApplyResult(
        file=facts.as_file(),
        frame_count=facts.frames or 0,
        duration=facts.duration or 0.0,
        encoder_used=encoder,
        warnings=warnings,
        kept=kept,
        removed=removed,
        mode=params.mode,
    )


def _nothing_left(facts: MediaFacts, run: PhaseRun) -> VqError:
    detail = f"the silences cover all of {facts.path}; nothing would be left"
    return fail("media_failed.step", phase=run.phase_name, detail=detail)


def _remove_all_but(output: Path) -> None:
    for path in output.parent.iterdir():
        if path != output:
            path.unlink()
