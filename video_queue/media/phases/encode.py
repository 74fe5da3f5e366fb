"""`media.encode`: pictures to video, with the sound of another file copied where the container allows.

The pictures are raw RGB when they reach ffmpeg; the matrix to YUV and the tags are set explicitly, because ffmpeg's
own choice for RGB input is bt601 without a tag, which players read as bt709.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import Colour
from video_queue.domain.media.frames import EncodeParams, EncodeResult
from video_queue.domain.media.values import exact_rate
from video_queue.media.checks import checked_video, look_at_file
from video_queue.media.clips.raw_frames import frame_size, raw_frames
from video_queue.media.encoders import (
    DEFAULT_PIXELS,
    SUFFIX,
    Target,
    choose,
    container_options,
    copies_sound,
    picture_options,
    rate_text,
    sound_options,
    tagging,
)
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun

_TAGS = {
    "bt709": Colour(space="bt709", primaries="bt709", transfer="bt709", range="tv"),
    "bt601": Colour(space="smpte170m", primaries="smpte170m", transfer="smpte170m", range="tv"),
}
_MATRIX = {"bt709": "bt709", "bt601": "smpte170m"}
_SOUND_MAY_BE_LONGER = 0.1  # seconds; AAC comes in blocks of 1024 samples


@dataclass
class _Sound:
    """What is done about the sound, as ffmpeg's options, and what the artist is told."""

    become: Literal["copied", "encoded", "none"] = "none"
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


async def run(params: EncodeParams, run: PhaseRun) -> EncodeResult:
    """One clip of all `frames`, each shown for `1 / fps` seconds. Sound longer than the picture is cut.

    Odd sizes grow by one pixel (the last column or row again) where the pixel format needs even ones.

    Raises:
        VqError: input_missing, input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    paths = [Path(frame) for frame in params.frames]
    rate = exact_rate(params.fps)
    width, height, alpha = await asyncio.to_thread(frame_size, paths[0])
    target = await choose(run, _target(params))
    padded = _even((width, height), target.pixels)
    warnings = [*target.warnings]
    if padded != (width, height):
        warnings.append(f"{width}x{height} grew to {padded[0]}x{padded[1]}: this format needs even sizes")
    if alpha:
        warnings.append("transparency was left out")
    output = run.work_dir / f"video{SUFFIX[params.codec]}"
    sound = await _sound(params, run, output.suffix, len(paths) / rate)
    command = [
        "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", f"{padded[0]}x{padded[1]}",
        "-framerate", rate_text(rate), "-i", "pipe:0", *sound.inputs, "-map", "0:v:0",
        *video_filter(run, [_to_yuv(params.colour, target.pixels), tagging(target.colour)]),
        *picture_options(target, threads=run.threads, pixels_per_second=padded[0] * padded[1] * params.fps),
        "-fps_mode:v", "passthrough", *sound.outputs, *container_options(output), file_url(output),
    ]  # fmt: skip
    feed = raw_frames(paths, (width, height), padded, ahead=run.threads)
    errors = await run_ffmpeg(run, command, frames=len(paths), feed=feed)
    facts = await checked_video(
        run, output, frames=len(paths), sources=[Path(params.audio)] if params.audio else [], errors=errors
    )
    return EncodeResult(
        file=facts.as_file(),
        frame_count=facts.frames or 0,
        duration=float(len(paths) / rate),
        encoder_used=target.encoder,
        warnings=warnings + sound.warnings,
        audio=sound.become,
    )


def _target(params: EncodeParams) -> Target:
    pixels = params.pix_fmt or DEFAULT_PIXELS[params.codec]
    colour = Colour() if pixels == "rgb24" else _TAGS[params.colour]
    return Target(params.codec, "", pixels, params.crf, params.preset, colour)


def _even(size: tuple[int, int], pixels: str) -> tuple[int, int]:
    """`size` rounded up to what the pixel format's colour planes need."""
    across = 2 if "420" in pixels or "422" in pixels else 1
    down = 2 if "420" in pixels else 1
    return -(-size[0] // across) * across, -(-size[1] // down) * down


def _to_yuv(colour: str, pixels: str) -> str:
    """From full-range RGB to the wanted matrix, with full chroma precision."""
    if pixels == "rgb24":
        return "null"
    flags = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    return f"scale=in_range=pc:out_range=tv:out_color_matrix={_MATRIX[colour]}:{flags},format={pixels}"


async def _sound(params: EncodeParams, run: PhaseRun, suffix: str, seconds: Fraction) -> _Sound:
    if params.audio is None:
        return _Sound()
    path = Path(params.audio)
    facts = await look_at_file(path)
    if facts.audio is None:
        if params.audio_required:
            raise fail("media_failed.missing_audio", path=str(path))
        return _Sound(warnings=[f"{path.name} has no sound; the video is silent"])
    sound = _Sound("copied" if copies_sound(suffix, facts.audio.codec) else "encoded")
    limit: list[str] = []
    length = facts.audio.duration or 0.0
    if length > float(seconds) + _SOUND_MAY_BE_LONGER:
        limit = ["-t", f"{float(seconds):.6f}"]
        sound.warnings.append(
            f"the sound is {length - float(seconds):.2f} s longer than the picture; it was cut"
        )
    if sound.become == "encoded":
        sound.warnings.append(
            f"{facts.audio.codec} does not go into {suffix[1:]}; the sound was encoded again"
        )
    sound.inputs = source(path, *limit, threads=run.threads)
    sound.outputs = ["-map", "1:a:0", *sound_options(suffix, facts.audio.codec)]
    return sound
