"""`media.encode`: pictures to video, with the sound of another file copied where the container allows.

The pictures reach ffmpeg as PNG or raw RGB. The matrix to YUV and the tags are set explicitly, because ffmpeg's own
choice for RGB input is bt601 without a tag, which players read as bt709.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Literal

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import Colour
from video_queue.domain.media.frames import EncodeParams, EncodeResult
from video_queue.domain.media.values import exact_rate
from video_queue.media.checks import check_video, probe_file
from video_queue.media.clips.png_frames import png_frame, png_kind
from video_queue.media.clips.raw_frames import RawPicture, raw_frame, read_ahead
from video_queue.media.colour import BT709, rgb_to_yuv, tag_filter
from video_queue.media.encoders import (
    SUFFIX,
    Target,
    bits_of,
    choose_encoder,
    container_options,
    copies_sound,
    has_alpha,
    picture_options,
    pixels_of_pictures,
    rate_text,
    sound_options,
)
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.pictures import PictureFacts, probe_picture

_TAGS = {
    "bt709": BT709,
    "bt601": Colour(space="smpte170m", primaries="smpte170m", transfer="smpte170m", range="tv"),
}
_SOUND_MAY_BE_LONGER = 0.1  # seconds; AAC comes in blocks of 1024 samples
_Size = tuple[int, int]


@dataclass
class _Sound:
    """What happens to the sound, with ffmpeg's options for it and warnings for the artist."""

    audio: Literal["copied", "encoded", "none"] = "none"
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
    first = await asyncio.to_thread(probe_picture, paths[0])
    size = first.width, first.height
    target = await choose_encoder(run, _target(params, first))
    raw = RawPicture(size, _even(size, target.pixels), first.depth > 8, has_alpha(target.pixels))
    output = run.work_dir / f"video{SUFFIX[params.codec]}"
    sound = await _sound(params, run, output.suffix, float(len(paths) / rate))
    kind = await asyncio.to_thread(png_kind, paths[0], raw)
    read = partial(png_frame, raw=raw, kind=kind) if kind else partial(raw_frame, raw=raw)
    pictures = _png_input(run, rate) if kind else _raw_input(raw, rate)
    command = _command(run, rate, [*pictures, *sound.inputs], raw, target, sound, output)
    feed = read_ahead(paths, read, ahead=run.threads)
    errors = await run_ffmpeg(run, command, frames=len(paths), feed=feed)
    facts = await check_video(
        run, output, frames=len(paths), sources=[Path(params.audio)] if params.audio else [], errors=errors
    )
    return EncodeResult(
        file=facts.as_file(),
        frame_count=facts.frames or 0,
        duration=float(len(paths) / rate),
        encoder_used=target.encoder,
        warnings=[*target.warnings, *_picture_warnings(first, raw, target), *sound.warnings],
        audio=sound.audio,
    )


def _target(params: EncodeParams, first: PictureFacts) -> Target:
    pixels = params.pix_fmt or pixels_of_pictures(params.codec, deep=first.depth > 8, alpha=first.alpha)
    colour = _TAGS[params.colour] if pixels.startswith("yuv") else Colour()
    return Target(params.codec, "", pixels, params.crf, params.preset, colour)


def _command(
    run: PhaseRun,
    rate: Fraction,
    inputs: list[str],
    raw: RawPicture,
    target: Target,
    sound: _Sound,
    output: Path,
) -> list[str]:
    width, height = raw.padded
    pace = width * height * float(rate)
    return [
        *inputs, "-map", "0:v:0",
        *video_filter(run, _colour_filters(target)),
        *picture_options(target, threads=run.threads, pixels_per_second=pace),
        "-fps_mode:v", "passthrough", *sound.outputs, *container_options(output), file_url(output),
    ]  # fmt: skip


def _png_input(run: PhaseRun, rate: Fraction) -> list[str]:
    return [
        "-f", "png_pipe", "-framerate", rate_text(rate), "-threads", str(run.threads), "-i", "pipe:0",
    ]  # fmt: skip


def _raw_input(raw: RawPicture, rate: Fraction) -> list[str]:
    width, height = raw.padded
    return [
        "-f", "rawvideo", "-pixel_format", raw.pixels, "-video_size", f"{width}x{height}",
        "-framerate", rate_text(rate), "-i", "pipe:0",
    ]  # fmt: skip


def _even(size: _Size, pixels: str) -> _Size:
    """`size` rounded up to what the pixel format's colour planes need."""
    across = 2 if "420" in pixels or "422" in pixels else 1
    down = 2 if "420" in pixels else 1
    return -(-size[0] // across) * across, -(-size[1] // down) * down


def _picture_warnings(first: PictureFacts, raw: RawPicture, target: Target) -> list[str]:
    warnings = []
    if raw.padded != raw.size:
        grown = "x".join(map(str, raw.padded))
        warnings.append(f"{first.width}x{first.height} grew to {grown}: this format needs even sizes")
    if first.alpha and not raw.alpha:
        warnings.append("transparency was left out")
    if first.depth > 8 and bits_of(target.pixels) == 8:
        warnings.append(f"{first.depth} bits became 8 with {target.codec}; hevc, prores or ffv1 keep more")
    return warnings


def _colour_filters(target: Target) -> list[str]:
    """From RGB to the target's matrix and pixel format, tagged; RGB stays as it is."""
    if target.colour.space is None:
        return []
    return [rgb_to_yuv(target.colour.space), f"format={target.pixels}", tag_filter(target.colour)]


async def _sound(params: EncodeParams, run: PhaseRun, suffix: str, seconds: float) -> _Sound:
    if params.audio is None:
        return _Sound()
    path = Path(params.audio)
    stream = (await probe_file(path)).audio
    if stream is None:
        if params.audio_required:
            raise fail("media_failed.missing_audio", path=str(path))
        return _Sound(warnings=[f"{path.name} has no sound; the video is silent"])
    sound = _Sound("copied" if copies_sound(suffix, stream.codec) else "encoded")
    longer = (stream.duration or 0.0) - seconds
    limit = ["-t", f"{seconds:.6f}"] if longer > _SOUND_MAY_BE_LONGER else []
    if limit:
        sound.warnings.append(f"the sound is {longer:.2f} s longer than the picture; it was cut")
    if sound.audio == "encoded":
        sound.warnings.append(f"{stream.codec} does not go into {suffix[1:]}; the sound was encoded again")
    sound.inputs = source(path, *limit, threads=run.threads)
    sound.outputs = ["-map", "1:a:0", *sound_options(suffix, stream.codec)]
    return sound
