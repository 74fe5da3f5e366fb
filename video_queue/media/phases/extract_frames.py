"""`media.extract_frames`: a clip's frames as pictures, exactly those asked for, each with its true time.

The frames are chosen by number here, from their own times, and ffmpeg writes those numbers; so a clip with a
variable rate gives its true frames, none doubled, none dropped.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.frames import ExtractFramesParams, ExtractFramesResult
from video_queue.domain.views import MediaFile
from video_queue.media.checks import error_warnings, frame_times, probe_video, require_undamaged
from video_queue.media.clips.picking import (
    frame_at,
    frames_at_rate,
    frames_between,
    seek_before,
    select_expression,
)
from video_queue.media.colour import SCALE_FLAGS, is_hdr, is_rgb
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import filter_value, pattern_url, run_ffmpeg, source, video_filter
from video_queue.media.ffmpeg_binary import has_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.pictures import is_whole_picture
from video_queue.media.reading import FrameTimes, raise_if_stopped
from video_queue.system.processes.cancellation import in_thread

# Lossless PNG, twice as fast as the default and hardly larger.
_OPTIONS = {
    "png": ["-c:v", "png", "-compression_level", "1", "-pred", "up"],
    "jpg": ["-c:v", "mjpeg", "-q:v", "2", "-color_range", "pc"],
    "exr": ["-c:v", "exr", "-compression", "zip16", "-format", "half"],
    "webp": ["-c:v", "libwebp", "-quality", "95", "-compression_level", "4"],
}
_HD_HEIGHT = 720


async def run(params: ExtractFramesParams, run: PhaseRun) -> ExtractFramesResult:
    """The chosen frames as `images`, in `frames/` of the phase's folder; `map` gives each number's time in seconds.

    Pictures are upright and have square pixels.

    Raises:
        VqError: input_missing, input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    if params.format == "exr" and not has_filter(run.ffmpeg, "zscale"):
        detail = "this ffmpeg has no zscale; set ffmpeg to a build that has it"
        raise fail("media_failed.step", phase=run.phase_name, detail=detail)
    facts = await probe_video(params.source)
    shown = await frame_times(facts.path)
    chosen = _chosen(params, shown, facts)
    numbers = sorted(set(chosen))
    unfinished = run.work_dir / "frames.part"
    files = [unfinished / _name(order, params.format) for order in range(1, len(numbers) + 1)]
    finished = await in_thread(partial(_finished, files, repeated=len(chosen) > len(numbers)))
    errors: list[str] = []
    if finished < len(files):
        errors = await _write(run, facts, shown, numbers, files[finished:], params)
    await _require_all(files, facts, errors, resumed=finished > 0)
    await asyncio.to_thread(_arrange, unfinished, files, chosen, params.format)
    folder = unfinished.rename(run.work_dir / "frames")
    paths = [folder / _name(order, params.format) for order in range(1, len(chosen) + 1)]
    return ExtractFramesResult(
        images=[_image(path, number, shown, facts) for path, number in zip(paths, chosen, strict=True)],
        map={number: _time(shown, number) for number in numbers},
        warnings=_warnings(facts, params) + error_warnings(errors),
    )


def _chosen(params: ExtractFramesParams, shown: FrameTimes, facts: MediaFacts) -> list[int]:
    """The frame numbers in order; a rate above the clip's repeats some."""
    within = frames_between(shown.times, params.start, params.end)
    if params.timestamps is not None:
        moments = sorted(params.timestamps)
        _require_moments(moments, params, shown, facts)
        chosen = [number for number in (frame_at(shown.times, m) for m in moments) if number in within]
    elif params.fps is not None:
        chosen = frames_at_rate(shown.times, facts.duration or 0.0, params.fps, within)
    else:
        chosen = list(within[:: params.every_n or 1])
    if not chosen:
        length = round(facts.duration or 0, 3)
        raise fail("media_failed.no_frames_chosen", path=params.source, duration=length)
    return chosen


def _require_moments(
    moments: Sequence[float], params: ExtractFramesParams, shown: FrameTimes, facts: MediaFacts
) -> None:
    late = next((moment for moment in moments if moment >= (facts.duration or 0) + 0.001), None)
    if late is not None:
        last = len(shown.times) - 1
        raise fail("media_failed.no_such_frame", path=params.source, name="timestamps", value=late, last=last)


def _finished(files: Sequence[Path], stop: threading.Event, *, repeated: bool) -> int:
    """How many of the pictures a run before this one wrote, and wrote whole; makes their folder.

    Where some are to be repeated none counts: it may have been about to move them.
    """
    folder = files[0].parent
    whole = folder.with_suffix("")
    if whole.exists():  # it was killed after its last step
        whole.replace(folder)
    if repeated:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    for count, file in enumerate(files):
        raise_if_stopped(stop)
        if not is_whole_picture(file):
            return count
    return len(files)


async def _require_all(
    files: Sequence[Path], facts: MediaFacts, errors: Sequence[str], *, resumed: bool
) -> None:
    """Raise VqError unless every picture was written, and the clip is whole if ffmpeg met errors.

    Those that a run met which was killed nobody knows.
    """
    count = await asyncio.to_thread(_count, files)
    if errors or resumed or count != len(files):
        await require_undamaged([facts.path])
    if count != len(files):
        raise fail("bad_output.frames", name="frames", actual=count, expected=len(files))


async def _write(
    run: PhaseRun,
    facts: MediaFacts,
    shown: FrameTimes,
    numbers: Sequence[int],
    files: Sequence[Path],
    params: ExtractFramesParams,
) -> list[str]:
    """Write the last of `numbers` as `files`, which are named in their order; what ffmpeg complained of."""
    finished = len(numbers) - len(files)
    share = finished / len(numbers)
    numbers = numbers[finished:]
    seek, skipped = seek_before(facts, shown, numbers[0])
    everything = len(numbers) == facts.frames
    counted = [number - skipped for number in numbers]
    pick = "" if everything else f"select={filter_value(select_expression(counted))}"
    command = [
        *source(facts.path, *seek, threads=run.threads), "-map", "0:V:0",
        *video_filter(run, [pick, *_picture_filters(facts, params)]), *_OPTIONS[params.format],
        "-fps_mode:v", "passthrough", "-frames:v", str(len(numbers)), "-threads", str(run.threads),
        "-f", "image2", "-start_number", str(finished + 1),
        pattern_url(files[0].parent, f"frame_%06d.{params.format}"),
    ]  # fmt: skip
    return await run_ffmpeg(run, command, frames=len(numbers), start=share, share=1 - share)


def _picture_filters(facts: MediaFacts, params: ExtractFramesParams) -> list[str]:
    """To RGB by the clip's own matrix, with square pixels. JPEG keeps YUV, always bt601 of full range."""
    width, height = _square_size(facts)
    resize = f"scale={width}:{height}:{SCALE_FLAGS},setsar=1" if facts.sar != 1 else ""
    matrix = _source_matrix(facts)
    if params.format == "jpg":
        to_jpeg = f"scale={matrix}out_color_matrix=smpte170m:out_range=pc:{SCALE_FLAGS}"
        return [resize, to_jpeg, "format=yuv444p"]
    if params.format == "exr":
        return [resize, f"scale={matrix}out_range=pc:{SCALE_FLAGS}", *_linear(facts)]
    if params.depth == 16:
        pixels = "rgba64be" if facts.alpha else "rgb48be"
    elif params.format == "webp":
        pixels = "bgra"
    else:
        pixels = "rgba" if facts.alpha else "rgb24"
    return [resize, f"scale={matrix}out_range=pc:{SCALE_FLAGS}", f"format={pixels}"]


def _linear(facts: MediaFacts) -> list[str]:
    """From what a screen shows to light: by the clip's own curve where it is HDR, else by that of sRGB.

    Without transparency: colours of OpenEXR are multiplied by it, and zscale changes those that are not.
    """
    curve = facts.colour.transfer if is_hdr(facts) else "iec61966-2-1"
    return [
        "format=gbrp16le", "setparams=colorspace=gbr:range=pc", f"zscale=transferin={curve}:transfer=linear",
        "format=gbrpf32le",
    ]  # fmt: skip


def _source_matrix(facts: MediaFacts) -> str:
    """The scaler's option for the clip's matrix; an untagged clip's follows from its size, as in players."""
    matrix = facts.colour.space or ("bt709" if (facts.height or 0) >= _HD_HEIGHT else "smpte170m")
    without = matrix == "gbr" or is_rgb(facts) or (facts.pix_fmt or "").startswith("gray")
    return "" if without else f"in_color_matrix={matrix}:"


def _square_size(facts: MediaFacts) -> tuple[int, int]:
    """The size with square pixels: the width changes, since players stretch that."""
    width, height = facts.width or 0, facts.height or 0
    return (max(1, round(width * facts.sar)), height) if facts.sar != 1 else (width, height)


def _name(order: int, kind: str) -> str:
    return f"frame_{order:06d}.{kind}"


def _count(paths: Sequence[Path]) -> int:
    return sum(path.exists() and path.stat().st_size > 0 for path in paths)


def _arrange(folder: Path, files: Sequence[Path], chosen: Sequence[int], kind: str) -> None:
    """Repeat pictures that were chosen more than once, so that there is one file for each place in `chosen`."""
    if len(files) == len(chosen):
        return
    by_number = dict(zip(sorted(set(chosen)), files, strict=True))
    for order, number in reversed(list(enumerate(chosen, 1))):
        target = folder / _name(order, kind)
        if target != by_number[number]:
            shutil.copyfile(by_number[number], target)


def _image(path: Path, number: int, shown: FrameTimes, facts: MediaFacts) -> MediaFile:
    width, height = _square_size(facts)
    return MediaFile(
        path=str(path), index=number, width=width, height=height, start=_time(shown, number),
        end=_end(shown, facts, number),
    )  # fmt: skip


def _time(shown: FrameTimes, number: int) -> float:
    return round(shown.times[number], 6)


def _end(shown: FrameTimes, facts: MediaFacts, number: int) -> float:
    following = shown.times[number + 1] if number + 1 < len(shown.times) else facts.duration
    return round(following or shown.times[number], 6)


def _warnings(facts: MediaFacts, params: ExtractFramesParams) -> list[str]:
    if params.format == "exr":
        return ["transparency was left out; png with depth 16 keeps it"] if facts.alpha else []
    if is_hdr(facts):
        return [f"the clip is HDR; its pictures hold {params.depth} bits without tone mapping"]
    return []
