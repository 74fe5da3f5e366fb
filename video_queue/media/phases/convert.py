"""`media.convert`: one clip made anew: for a purpose (`preset`), or with codec, quality, size, rate and turn by hand.

Colour tags are kept as they are, display rotation is honoured, every frame keeps its own time unless `fps` is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from video_queue.domain.media.clips import Colour, ConvertParams, ConvertResult
from video_queue.domain.media.values import Delivery, exact_rate
from video_queue.media.checks import checked_video, error_warnings, look_at_video
from video_queue.media.clips.shape import Shaped, is_rgb, shape_for
from video_queue.media.encoders import (
    SUFFIX,
    Target,
    choose,
    container_options,
    copies_sound,
    picture_options,
    pixels_for,
    rate_text,
    sound_options,
    tagging,
)
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, true_times, video_filter
from video_queue.media.ffmpeg_binary import codec_of
from video_queue.media.phase_run import PhaseRun

_HDR = frozenset({"smpte2084", "arib-std-b67"})


@dataclass(frozen=True)
class _Purpose:
    """What a delivery preset stands for; keys given by hand win over it."""

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
    facts = await look_at_video(params.source)
    target = await choose(run, _target(params, facts), params.encoder)
    even = any(name in target.pixels for name in ("420", "422"))
    shape = shape_for(facts, size=params.size, rotate=params.rotate, mirror=params.mirror, even=even)
    output = run.work_dir / f"video{SUFFIX[target.codec]}"
    sound, become = _sound(facts, output.suffix)
    frames, tolerance = _expected(params, facts)
    filters = _filters(params, facts, shape, target)
    pace = shape.width * shape.height * (params.fps or facts.fps or 25)
    command = [
        *source(facts.path, threads=run.threads), "-map", "0:V:0", *sound, *video_filter(run, filters),
        *picture_options(target, threads=run.threads, pixels_per_second=pace), *true_times(run),
        *container_options(output), file_url(output),
    ]  # fmt: skip
    errors = await run_ffmpeg(run, command, frames=frames)
    made = await checked_video(
        run, output, frames=frames, sources=[facts.path], tolerance=tolerance, errors=errors
    )
    warnings = [
        *target.warnings,
        *shape.warnings,
        *_depth_warning(facts, target),
        *_sound_warning(facts, become),
    ]
    return ConvertResult(
        file=made.as_file(),
        frame_count=made.frames or 0,
        duration=made.duration or 0.0,
        encoder_used=target.encoder,
        warnings=warnings + error_warnings(errors),
        audio=become,
    )


def _target(params: ConvertParams, facts: MediaFacts) -> Target:
    purpose = _PURPOSES.get(params.preset or "", _Purpose("h264"))
    codec = params.codec or codec_of(params.encoder) or purpose.codec
    effort = params.preset if params.preset and params.preset not in get_args(Delivery) else purpose.effort
    crf = params.crf if params.crf is not None else (purpose.crf if codec == purpose.codec else None)
    return Target(codec, "", pixels_for(codec, facts), crf, effort, _tags(facts))


def _tags(facts: MediaFacts) -> Colour:
    """The source's tags; RGB becomes bt709."""
    if is_rgb(facts):
        return Colour(space="bt709", primaries="bt709", transfer="bt709", range="tv")
    return facts.colour


def _filters(params: ConvertParams, facts: MediaFacts, shape: Shaped, target: Target) -> list[str]:
    rate = f"fps={rate_text(exact_rate(params.fps))}" if params.fps else ""
    flags = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    to_yuv = is_rgb(facts) and target.codec != "ffv1"
    matrix = f"scale=in_range=pc:out_range=tv:out_color_matrix=bt709:{flags}" if to_yuv else ""
    keep_range = "scale=in_range=pc:out_range=pc" if facts.colour.range == "pc" and not is_rgb(facts) else ""
    return [rate, *shape.filters, matrix, keep_range, f"format={target.pixels}", tagging(target.colour)]


def _expected(params: ConvertParams, facts: MediaFacts) -> tuple[int, int]:
    """How many frames must come out, and how many more or fewer a change of rate may make of it."""
    if params.fps is None:
        return facts.frames or 0, 0
    return round((facts.duration or 0.0) * float(exact_rate(params.fps))), 1


def _sound(facts: MediaFacts, suffix: str) -> tuple[list[str], Literal["copied", "encoded", "none"]]:
    if facts.audio is None:
        return [], "none"
    options = ["-map", "0:a:0", *sound_options(suffix, facts.audio.codec)]
    return options, "copied" if copies_sound(suffix, facts.audio.codec) else "encoded"


def _sound_warning(facts: MediaFacts, become: str) -> list[str]:
    told = []
    if become == "encoded" and facts.audio is not None:
        told.append(f"the sound ({facts.audio.codec}) was encoded again for this container")
    if sum(stream.type == "audio" for stream in facts.streams) > 1:
        told.append("only the first sound stream was kept")
    return told


def _depth_warning(facts: MediaFacts, target: Target) -> list[str]:
    lost = facts.bit_depth > 8 and target.codec == "h264"
    if lost and facts.colour.transfer in _HDR:
        return ["the clip is HDR and h264 keeps 8 bits of it; hevc or av1 keep it whole"]
    return ["10 bits became 8 with h264; hevc or av1 keep them"] if lost else []
