"""Proxies: H.264 clips that every browser plays, of those that none does (ProRes, FFV1, 10 bits ...)."""

from __future__ import annotations

from pathlib import Path

from video_queue.media.colour import BT709, hdr_to_sdr, is_hdr, is_rgb, rgb_to_yuv, tag_filter
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, own_clock, run_ffmpeg, source, video_filter
from video_queue.media.ffmpeg_binary import has_filter
from video_queue.media.phase_run import PhaseRun

LONGEST_SIDE = 1280
_CRF = "23"
_CURVE = "hable"
# Short groups of pictures, so that stepping back and scrubbing are quick.
_GROUP = "12"


async def make_proxy(facts: MediaFacts, target: Path, run: PhaseRun) -> None:
    """Encode `facts.path` to `target`: every frame at its own time, at most 1280 pixels a side, HDR as SDR.

    Raises:
        VqError: media_failed, disk_full, stalled.
    """
    await run_ffmpeg(run, _command(facts, target, run), frames=facts.frames, seconds=facts.duration)


def _command(facts: MediaFacts, target: Path, run: PhaseRun) -> list[str]:
    width, height = fitted(facts.width or 2, facts.height or 2)
    size = f"scale={width}:{height}:flags=bicubic"
    colours = [rgb_to_yuv(BT709.space or "bt709")] if is_rgb(facts) else []
    if is_hdr(facts) and has_filter(run.ffmpeg, "zscale"):
        colours = [*hdr_to_sdr(facts.colour, _CURVE), tag_filter(BT709)]
    return [
        *source(facts.path, threads=run.threads), "-map", "0:v:0", "-map", "0:a:0?", "-sn", "-dn",
        *video_filter(run, [size, *colours, "setsar=1", "format=yuv420p"]),
        "-c:v", "libx264", "-preset", "veryfast", "-crf", _CRF, "-g", _GROUP, "-bf", "0",
        "-threads:v", str(run.threads), *own_clock(),
        "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-movflags", "+faststart", "-f", "mp4", file_url(target),
    ]  # fmt: skip


def fitted(width: int, height: int) -> tuple[int, int]:
    """Even sizes of the same shape, at most 1280 pixels a side; small clips keep theirs."""
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
