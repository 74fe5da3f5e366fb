"""`media.extract_frames`: a clip's frames as pictures, exactly those asked for, each with its true time.

The frames are chosen by number here, from their own times, and ffmpeg writes those numbers; so a clip with a
variable rate gives its true frames, none doubled, none dropped.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.frames import ExtractFramesParams, ExtractFramesResult
from video_queue.domain.views import MediaFile
from video_queue.media.checks import blame_sources, error_warnings, look_at_video, times_of
from video_queue.media.clips.picking import (
    frame_at,
    frames_at_rate,
    frames_between,
    seek_before,
    select_expression,
)
from video_queue.media.clips.shape import is_rgb
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import filter_value, pattern_url, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.reading import FrameTimes

# Lossless PNG, twice as fast as the default and hardly larger.
_OPTIONS = {
    "png": ["-c:v", "png", "-compression_level", "1", "-pred", "up"],
    "jpg": ["-c:v", "mjpeg", "-q:v", "2", "-color_range", "pc"],
    "webp": ["-c:v", "libwebp", "-quality", "95", "-compression_level", "4"],
}
_HD_HEIGHT = 720
_HDR = frozenset({"smpte2084", "arib-std-b67"})


async def run(params: ExtractFramesParams, run: PhaseRun) -> ExtractFramesResult:
    """The chosen frames as `images`, in `frames/` of the phase's folder; `map` gives each number's time in seconds.

    Pictures are upright and have square pixels.

    Raises:
        VqError: input_missing, input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    facts = await look_at_video(params.source)
    shown = await times_of(facts.path)
    chosen = _chosen(params, shown, facts)
    wanted = sorted(set(chosen))
    partial = run.work_dir / "frames.part"
    partial.mkdir()
    errors = await _write(run, facts, shown, wanted, partial, params.format)
    written = [partial / _name(order, params.format) for order in range(1, len(wanted) + 1)]
    there = await asyncio.to_thread(_count, written)
    if errors or there != len(wanted):
        await blame_sources([facts.path])
    if there != len(wanted):
        raise fail("bad_output.frames", name="frames", actual=there, expected=len(wanted))
    folder = run.work_dir / "frames"
    await asyncio.to_thread(_arrange, partial, written, chosen, params.format)
    partial.rename(folder)
    size = _square_size(facts)
    images = [
        MediaFile(
            path=str(folder / _name(order, params.format)), index=number, width=size[0], height=size[1],
            start=_time(shown, number), end=_end(shown, facts, number),
        )
        for order, number in enumerate(chosen, 1)
    ]  # fmt: skip
    times = {number: _time(shown, number) for number in wanted}
    return ExtractFramesResult(images=images, map=times, warnings=_warnings(facts) + error_warnings(errors))


def _chosen(params: ExtractFramesParams, shown: FrameTimes, facts: MediaFacts) -> list[int]:
    """The frame numbers in order; one may come twice when the wanted rate is above the clip's."""
    within = frames_between(shown.times, params.start, params.end)
    if params.timestamps is not None:
        moments = sorted(params.timestamps)
        late = next((moment for moment in moments if moment >= (facts.duration or 0) + 0.001), None)
        if late is not None:
            last = len(shown.times) - 1
            raise fail(
                "media_failed.no_such_frame", path=params.source, name="timestamps", value=late, last=last
            )
        chosen = [number for number in (frame_at(shown.times, m) for m in moments) if number in within]
    elif params.fps is not None:
        chosen = frames_at_rate(shown.times, facts.duration or 0.0, params.fps, within)
    else:
        chosen = list(within[:: params.every_n or 1])
    if not chosen:
        raise fail(
            "media_failed.no_frames_chosen", path=params.source, duration=round(facts.duration or 0, 3)
        )
    return chosen


async def _write(
    run: PhaseRun, facts: MediaFacts, shown: FrameTimes, wanted: Sequence[int], folder: Path, kind: str
) -> list[str]:
    seek, skipped = seek_before(facts, shown, wanted[0])
    everything = len(wanted) == facts.frames
    numbers = [number - skipped for number in wanted]
    pick = "" if everything else f"select={filter_value(select_expression(numbers))}"
    command = [
        *source(facts.path, *seek, threads=run.threads), "-map", "0:V:0",
        *video_filter(run, [pick, *_picture_filters(facts, kind)]), *_OPTIONS[kind],
        "-fps_mode:v", "passthrough", "-frames:v", str(len(wanted)), "-threads", str(run.threads),
        "-f", "image2", "-start_number", "1", pattern_url(folder, f"frame_%06d.{kind}"),
    ]  # fmt: skip
    return await run_ffmpeg(run, command, frames=len(wanted))


def _picture_filters(facts: MediaFacts, kind: str) -> list[str]:
    """To RGB by the clip's own matrix; an untagged clip's is told by its size, as players do."""
    height = facts.height or 0
    matrix = facts.colour.space or ("bt709" if height >= _HD_HEIGHT else "smpte170m")
    source_matrix = (
        ""
        if matrix == "gbr" or is_rgb(facts) or (facts.pix_fmt or "").startswith("gray")
        else f"in_color_matrix={matrix}:"
    )
    width, tall = _square_size(facts)
    flags = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    resize = f"scale={width}:{tall}:{flags},setsar=1" if facts.sar != 1 else ""
    if kind == "jpg":
        return [
            resize,
            f"scale={source_matrix}out_color_matrix=smpte170m:out_range=pc:{flags}",
            "format=yuv444p",
        ]
    alpha = "rgba" if kind == "png" else "bgra"
    pixels = alpha if facts.alpha or kind == "webp" else "rgb24"
    return [resize, f"scale={source_matrix}out_range=pc:{flags}", f"format={pixels}"]


def _square_size(facts: MediaFacts) -> tuple[int, int]:
    """The size with square pixels: the width changes, since players stretch that."""
    width, height = facts.width or 0, facts.height or 0
    sar = facts.sar if facts.rotation in (0, 180) else 1 / facts.sar
    return (max(1, round(width * sar)), height) if sar != 1 else (width, height)


def _name(order: int, kind: str) -> str:
    return f"frame_{order:06d}.{kind}"


def _count(paths: Sequence[Path]) -> int:
    return sum(path.exists() and path.stat().st_size > 0 for path in paths)


def _arrange(folder: Path, written: Sequence[Path], chosen: Sequence[int], kind: str) -> None:
    """Repeats pictures that were chosen more than once, so that there is one file for each place in `chosen`."""
    if len(written) == len(chosen):
        return
    by_number = dict(zip(sorted(set(chosen)), written, strict=True))
    for order, number in reversed(list(enumerate(chosen, 1))):
        target = folder / _name(order, kind)
        if target != by_number[number]:
            shutil.copyfile(by_number[number], target)


def _time(shown: FrameTimes, number: int) -> float:
    return round(shown.times[number], 6)


def _end(shown: FrameTimes, facts: MediaFacts, number: int) -> float:
    following = shown.times[number + 1] if number + 1 < len(shown.times) else facts.duration
    return round(following or shown.times[number], 6)


def _warnings(facts: MediaFacts) -> list[str]:
    hdr = facts.colour.transfer in _HDR
    return ["the clip is HDR; its pictures hold 8 bits without tone mapping"] if hdr else []
