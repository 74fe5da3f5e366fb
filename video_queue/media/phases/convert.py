"""`media.convert`: one clip as a new file, for a purpose (`preset`) or with codec, quality, size, rate and turn.

Colour tags are kept as they are, display rotation is honoured, every frame keeps its own time unless `fps` is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.media.clips import ConvertParams, ConvertResult
from video_queue.domain.media.values import Delivery, exact_rate
from video_queue.media.checks import check_video, error_warnings, probe_video, require_undamaged
from video_queue.media.clips.recode import encoder_filters, loss_warnings, needs_even
from video_queue.media.clips.shape import Shape, shape_for
from video_queue.media.colour import output_colour
from video_queue.media.encoders import (
    SUFFIX,
    Target,
    choose_encoder,
    container_options,
    copies_sound,
    picture_options,
    pixels_for,
    rate_text,
    sound_options,
)
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, true_times, video_filter
from video_queue.media.ffmpeg_binary import codec_of, device_options, is_hardware, upload_filter
from video_queue.media.phase_run import PhaseRun


@dataclass(frozen=True)
class _Purpose:
    """What a delivery preset stands for; explicit keys win over it."""

    codec: str
    crf: int | None = None
    effort: str = "medium"


_PURPOSES = {
    "web": _Purpose("h264", 20, "slow"),
    "small": _Purpose("hevc", 26, "medium"),
    "master": _Purpose("prores"),
    "archive": _Purpose("ffv1"),
}


async def run(params: ConvertParams, run: PhaseRun) -> ConvertResult:
    """`source` as a new file. Presets: web (h264), small (hevc), master (ProRes), archive (FFV1, lossless).

    A size of another shape is reached with bars; an odd size grows by one pixel. Sound is copied where the
    container allows, else encoded. A 10-bit clip stays 10-bit except in h264.

    Raises:
        VqError: input_missing, input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    facts = await probe_video(params.source)
    target = _target(params, facts)
    shape = shape_for(
        facts, size=params.size, rotate=params.rotate, mirror=params.mirror, even=needs_even(target)
    )
    target = await choose_encoder(run, target, params.encoder, (shape.width, shape.height))
    output = run.work_dir / f"video{SUFFIX[target.codec]}"
    audio = _audio(facts, output.suffix)
    frames, tolerance = _expected(params, facts)
    target, errors = await _encoded(params, run, facts, shape, target, output)
    clip = await check_video(
        run, output, frames=frames, sources=[facts.path], tolerance=tolerance, errors=errors
    )
    warnings = [
        *target.warnings,
        *shape.warnings,
        *loss_warnings(facts, target),
        *_sound_warnings(facts, audio),
    ]
    return ConvertResult(
        file=clip.as_file(),
        frame_count=clip.frames or 0,
        duration=clip.duration or 0.0,
        encoder_used=target.encoder,
        warnings=warnings + error_warnings(errors),
        audio=audio,
    )


async def _encoded(
    params: ConvertParams, run: PhaseRun, facts: MediaFacts, shape: Shape, target: Target, output: Path
) -> tuple[Target, list[str]]:
    """How it was encoded in the end, and ffmpeg's errors: where a hardware encoder fails, software goes on."""
    frames, _ = _expected(params, facts)
    command = _command(params, run, facts, shape, target, output)
    try:
        return target, await run_ffmpeg(run, command, frames=frames)
    except VqError as error:
        if error.code is not ErrorCode.MEDIA_FAILED or not is_hardware(target.encoder):
            raise
        failed, reason = target.encoder, error.message
    await require_undamaged([facts.path])
    output.unlink(missing_ok=True)
    run.log(f"{failed} failed: {reason}")
    target = await choose_encoder(run, target, "software")
    target = replace(target, warnings=(*target.warnings, f"{failed} failed; {target.encoder} was used"))
    command = _command(params, run, facts, shape, target, output)
    return target, await run_ffmpeg(run, command, frames=frames)


def _target(params: ConvertParams, facts: MediaFacts) -> Target:
    purpose = _PURPOSES.get(params.preset or "", _Purpose("h264"))
    codec = params.codec or codec_of(params.encoder) or purpose.codec
    effort = params.preset if params.preset and params.preset not in get_args(Delivery) else purpose.effort
    crf = params.crf if params.crf is not None else (purpose.crf if codec == purpose.codec else None)
    return Target(codec, "", pixels_for(codec, facts), crf, effort, output_colour(facts))


def _command(
    params: ConvertParams, run: PhaseRun, facts: MediaFacts, shape: Shape, target: Target, output: Path
) -> list[str]:
    pace = shape.width * shape.height * (params.fps or facts.fps or 25)
    sound = ["-map", "0:a:0", *sound_options(output.suffix, facts.audio.codec)] if facts.audio else []
    return [
        *device_options(target.encoder), *source(facts.path, threads=run.threads), "-map", "0:V:0", *sound,
        *video_filter(run, _filters(params, facts, shape, target)),
        *picture_options(target, threads=run.threads, pixels_per_second=pace), *true_times(run),
        *container_options(output), file_url(output),
    ]  # fmt: skip


def _filters(params: ConvertParams, facts: MediaFacts, shape: Shape, target: Target) -> list[str]:
    rate = f"fps={rate_text(exact_rate(params.fps))}" if params.fps else ""
    upload = upload_filter(target.encoder, target.pixels)
    return [rate, *shape.filters, *encoder_filters(facts, target), upload]


def _expected(params: ConvertParams, facts: MediaFacts) -> tuple[int, int]:
    """The number of frames to come, and by how much a change of rate may miss it."""
    if params.fps is None:
        return facts.frames or 0, 0
    return round((facts.duration or 0.0) * float(exact_rate(params.fps))), 1


def _audio(facts: MediaFacts, suffix: str) -> Literal["copied", "encoded", "none"]:
    if facts.audio is None:
        return "none"
    return "copied" if copies_sound(suffix, facts.audio.codec) else "encoded"


def _sound_warnings(facts: MediaFacts, audio: str) -> list[str]:
    warnings = []
    if audio == "encoded" and facts.audio is not None:
        warnings.append(f"the sound ({facts.audio.codec}) was encoded again for this container")
    if sum(stream.type == "audio" for stream in facts.streams) > 1:
        warnings.append("only the first sound stream was kept")
    return warnings
