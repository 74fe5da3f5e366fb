"""`media.speed`: a clip faster or slower: the same frames at other times, the sound with its pitch."""

from __future__ import annotations

from video_queue.domain.media.motion import SpeedParams, SpeedResult
from video_queue.domain.media.values import exact_rate
from video_queue.media.checks import probe_video
from video_queue.media.clips.rewrite import Rewrite, rewrite, target_for
from video_queue.media.encoders import rate_text
from video_queue.media.ffmpeg import own_clock
from video_queue.media.phase_run import PhaseRun


async def run(params: SpeedParams, run: PhaseRun) -> SpeedResult:
    """Every frame of `source`, `factor` times as fast. A constant rate stays constant: 25 fps at 2 are 50 fps.

    Raises:
        VqError: input_missing, input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    facts = await probe_video(params.source)
    if facts.vfr or not facts.fps:
        filters, clock = [f"setpts=PTS/{params.factor:g}"], own_clock()
    else:
        rate = exact_rate(float(exact_rate(facts.fps)) * params.factor)
        even = f"settb={rate.denominator}/{rate.numerator},setpts=N"
        # The last frame keeps its old length otherwise.
        filters = [even, f"fps={rate_text(rate)}", f"trim=end_frame={facts.frames}"]
        clock = ["-fps_mode:v", "passthrough"]
    plan = Rewrite(
        facts.frames or 0, filters, sound=_tempo(params.factor), silent=params.audio == "drop", clock=clock
    )
    clip = await rewrite(run, facts, await target_for(run, facts), plan)
    return clip.as_result(SpeedResult)


def _tempo(factor: float) -> str:
    """ffmpeg's tempo filter in steps of at most 2: beyond that it skips samples."""
    steps = []
    while factor > 2 or factor < 0.5:
        step = 2.0 if factor > 2 else 0.5
        steps.append(step)
        factor /= step
    return ",".join(f"atempo={step:g}" for step in [*steps, round(factor, 6)])
