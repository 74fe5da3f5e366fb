"""`media.watermark`: a picture over every frame of a clip."""

from __future__ import annotations

from pathlib import Path

from video_queue.domain.media.looks import WatermarkParams, WatermarkResult
from video_queue.media.checks import probe_video
from video_queue.media.clips.rewrite import Rewrite, rewrite, target_for
from video_queue.media.phase_run import PhaseRun
from video_queue.media.pictures import load_picture
from video_queue.system.processes.cancellation import in_thread

_PLACES = {
    "top_left": ("{m}", "{m}"),
    "top_right": ("W-w-{m}", "{m}"),
    "bottom_left": ("{m}", "H-h-{m}"),
    "bottom_right": ("W-w-{m}", "H-h-{m}"),
    "centre": ("(W-w)/2", "(H-h)/2"),
}
_MARK = "mark.png"


async def run(params: WatermarkParams, run: PhaseRun) -> WatermarkResult:
    """`source` with `image` in its place, transparent where that is, and as much as `opacity` says.

    Raises:
        VqError: input_missing, input_unreadable (clip or picture), media_failed, bad_output, disk_full, stalled.
    """
    facts = await probe_video(params.source)
    width = max(2, round((facts.width or 2) * params.width))
    margin = round((facts.width or 2) * params.margin)
    await in_thread(
        lambda _stop: _write_mark(Path(params.image), width, params.opacity, run.work_dir / _MARK)
    )
    x, y = (text.format(m=margin) for text in _PLACES[params.place])
    plan = Rewrite(
        facts.frames or 0,
        graph=f"[0:V:0][1:v]overlay=x={x}:y={y}:format=auto:eof_action=repeat[out]",
        inputs=["-protocol_whitelist", "file", "-i", f"file:{_MARK}"],
    )
    clip = await rewrite(run, facts, await target_for(run, facts, lossless=params.lossless), plan)
    (run.work_dir / _MARK).unlink()
    return clip.as_result(WatermarkResult)


def _write_mark(image: Path, width: int, opacity: float, output: Path) -> None:
    """The picture at its final size, its transparency multiplied by `opacity`."""
    picture = load_picture(image).convert("RGBA")
    picture = picture.resize((width, max(1, round(width * picture.height / picture.width))))
    picture.putalpha(picture.getchannel("A").point(lambda alpha: round(alpha * opacity)))
    picture.save(output)
