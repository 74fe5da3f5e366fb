"""`media.quality`: how far a clip is from the one that it was made from, frame by frame."""

from __future__ import annotations

import json
import re
from math import inf, log10
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.content import QualityParams, QualityResult
from video_queue.media.checks import error_warnings, probe_video, require_undamaged
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import run_ffmpeg, source
from video_queue.media.ffmpeg_binary import has_filter
from video_queue.media.phase_run import PhaseRun

_SAME = 100.0  # dB where nothing differs: JSON has no infinity
_LOG = "quality.txt"


async def run(params: QualityParams, run: PhaseRun) -> QualityResult:
    """The score of `source`, scaled to the reference's size where that is another.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (another number of frames, no vmaf in this ffmpeg).
    """
    clip, reference = await probe_video(params.source), await probe_video(params.reference)
    if clip.frames != reference.frames:
        detail = f"{clip.path} has {clip.frames} frames where {reference.path} has {reference.frames}"
        raise fail("media_failed.mismatch", detail=detail)
    if params.metric == "vmaf" and not has_filter(run.ffmpeg, "libvmaf"):
        raise fail(
            "media_failed.step", phase=run.phase_name, detail="this ffmpeg has no vmaf; choose psnr or ssim"
        )
    command = [
        *source(clip.path, threads=run.threads), *source(reference.path, threads=run.threads),
        "-filter_complex", _graph(params, run, clip, reference), "-map", "[out]", "-fps_mode:v", "passthrough",
        "-f", "null", "-",
    ]  # fmt: skip
    errors = await run_ffmpeg(run, command, frames=clip.frames)
    if errors:
        await require_undamaged([clip.path, reference.path])
    values, score = _read(run.work_dir / _LOG, params.metric, _peak(reference))
    if len(values) != clip.frames:
        raise fail("bad_output.frames", name=_LOG, actual=len(values), expected=clip.frames)
    (run.work_dir / _LOG).unlink()
    sizes = (clip.width, clip.height) != (reference.width, reference.height)
    scaled = [f"{clip.width}x{clip.height} was scaled to the reference's size"] if sizes else []
    return QualityResult(
        score=score,
        lowest=min(values),
        per_frame=values,
        metric=params.metric,
        warnings=scaled + error_warnings(errors),
    )


def _graph(params: QualityParams, run: PhaseRun, clip: MediaFacts, reference: MediaFacts) -> str:
    """Both clips with one clock, size and pixel format, compared."""
    pixels = reference.pix_fmt or "yuv420p"
    pixels = pixels if pixels.startswith(("yuv4", "gray")) else "yuv444p"
    sizes = (clip.width, clip.height) != (reference.width, reference.height)
    scale = f"scale={reference.width}:{reference.height}:flags=bicubic," if sizes else ""
    compare = {
        "psnr": f"psnr=stats_file={_LOG}",
        "ssim": f"ssim=stats_file={_LOG}",
        "vmaf": f"libvmaf=log_fmt=json:log_path={_LOG}:n_threads={run.threads}",
    }[params.metric]
    ending = f"format={pixels},settb=1/1000,setpts=N*40"
    return f"[0:V:0]{scale}{ending}[a];[1:V:0]{ending}[b];[a][b]{compare}[out]"


def _peak(reference: MediaFacts) -> int:
    return (1 << reference.bit_depth) - 1


def _read(path: Path, metric: str, peak: int) -> tuple[list[float], float]:
    """The value of each frame, and that of the whole clip."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if metric == "vmaf":
        content = json.loads(text)
        values = [round(float(frame["metrics"]["vmaf"]), 4) for frame in content["frames"]]
        return values, round(float(content["pooled_metrics"]["vmaf"]["mean"]), 4)
    if metric == "ssim":
        values = [float(value) for value in re.findall(r"All:([\d.]+)", text)]
        return values, round(sum(values) / max(1, len(values)), 6)
    squares = [float(value) for value in re.findall(r"mse_avg:([\d.]+)", text)]
    mean = sum(squares) / max(1, len(squares))
    return [_decibels(square, peak) for square in squares], _decibels(mean, peak)


def _decibels(square: float, peak: int) -> float:
    """The mean square error as PSNR."""
    value = 10 * log10(peak**2 / square) if square > 0 else inf
    return round(min(_SAME, value), 4)
