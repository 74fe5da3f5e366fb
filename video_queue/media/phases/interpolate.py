"""`media.interpolate`: more frames in the same time, mixed from their neighbours or moved along with what moves."""

from __future__ import annotations

from fractions import Fraction

from video_queue.domain.catalogue import fail
from video_queue.domain.media.motion import InterpolateParams, InterpolateResult
from video_queue.domain.media.values import exact_rate
from video_queue.media.checks import probe_video
from video_queue.media.clips.rewrite import Rewrite, rewrite, target_for
from video_queue.media.encoders import rate_text
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun

_CUT = 10  # what ffmpeg's scene detection takes for a cut, in percent


async def run(params: InterpolateParams, run: PhaseRun) -> InterpolateResult:
    """`factor` times the frames of `source`, at `factor` times its rate; the last frame stands for the new last ones.

    `blend` mixes neighbours, `mci` follows the motion (slow). A clip of variable rate is brought to its mean rate.

    Raises:
        VqError: input_missing, input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    facts = await probe_video(params.source)
    frames, rate = _measures(facts)
    if rate * params.factor > 1000:
        detail = f"{float(rate):g} fps times {params.factor} is more than 1000 fps"
        raise fail("media_failed.step", phase="interpolate", detail=detail)
    count = frames * params.factor
    filters = [f"fps={rate_text(rate)}" if facts.vfr else "", *_filters(params, rate, count)]
    clock = ["-fps_mode:v", "passthrough"]
    plan = Rewrite(count, filters, clock=clock)
    clip = await rewrite(run, facts, await target_for(run, facts), plan)
    warnings = [f"the clip's variable rate became {float(rate):g} fps first"] if facts.vfr else []
    return clip.as_result(
        InterpolateResult, warnings=warnings, duration=float(count / (rate * params.factor))
    )


def _measures(facts: MediaFacts) -> tuple[int, Fraction]:
    """How many frames there are at a constant rate, and that rate."""
    rate = exact_rate(facts.fps or 25)
    return (round((facts.duration or 0) * rate) if facts.vfr else facts.frames or 0), rate


def _filters(params: InterpolateParams, rate: Fraction, count: int) -> list[str]:
    """The frames are counted from their first one on, and the last is repeated until there are `count`."""
    guard = "scd=fdiff" if params.scene_guard else "scd=none"
    threshold = f":scd_threshold={_CUT}" if params.scene_guard else ""
    mode = "mi_mode=blend" if params.method == "blend" else "mi_mode=mci:mc_mode=aobmc:me_mode=bidir:vsbmc=1"
    padding = f"tpad=stop={params.factor + 3}:stop_mode=clone"
    new = rate * params.factor
    return [
        f"settb={rate.denominator}/{rate.numerator}",
        "setpts=N",
        padding,
        f"minterpolate=fps={rate_text(new)}:{mode}:{guard}{threshold}",
        f"trim=end_frame={count}",
        f"settb={new.denominator}/{new.numerator}",
        "setpts=N",
    ]
