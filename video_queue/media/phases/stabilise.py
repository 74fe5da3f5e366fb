"""`media.stabilise`: a shaky clip held still: the camera's path is measured first, then smoothed."""

from __future__ import annotations

from video_queue.domain.catalogue import fail
from video_queue.domain.media.motion import StabiliseParams, StabiliseResult
from video_queue.media.checks import probe_video
from video_queue.media.clips.rewrite import Rewrite, rewrite, target_for
from video_queue.media.ffmpeg import run_ffmpeg, source
from video_queue.media.ffmpeg_binary import has_filter
from video_queue.media.phase_run import PhaseRun

_PATH = "path.trf"
_MEASURING = 0.4  # of the phase


async def run(params: StabiliseParams, run: PhaseRun) -> StabiliseResult:
    """Every frame of `source`, moved so that the path over `strength` frames before and after is smooth.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (no vidstab in this ffmpeg), bad_output, disk_full.
    """
    facts = await probe_video(params.source)
    if not has_filter(run.ffmpeg, "vidstabdetect"):
        detail = "this ffmpeg has no vidstab; set ffmpeg to a build that has it"
        raise fail("media_failed.step", phase=run.phase_name, detail=detail)
    command = [
        *source(facts.path, threads=run.threads), "-map", "0:V:0", "-filter:v", f"vidstabdetect=result={_PATH}",
        "-fps_mode:v", "passthrough", "-f", "null", "-",
    ]  # fmt: skip
    await run_ffmpeg(run, command, frames=facts.frames, share=_MEASURING)
    zoom = "optzoom=1" if params.zoom else "optzoom=0:crop=black"
    plan = Rewrite(
        facts.frames or 0,
        [f"vidstabtransform=input={_PATH}:smoothing={params.strength}:{zoom}", "unsharp=5:5:0.6:3:3:0.3"],
        start=_MEASURING,
    )
    clip = await rewrite(run, facts, await target_for(run, facts), plan)
    (run.work_dir / _PATH).unlink(missing_ok=True)
    return clip.as_result(StabiliseResult)
