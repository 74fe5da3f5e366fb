"""`media.loop`: a clip that runs on without a seam: forward and back, or its end becoming its beginning."""

from __future__ import annotations

from video_queue.domain.catalogue import fail
from video_queue.domain.media.motion import LoopParams, LoopResult
from video_queue.domain.media.values import exact_rate
from video_queue.media.checks import probe_video
from video_queue.media.clips.rewrite import Rewrite, rewrite, target_for
from video_queue.media.encoders import rate_text
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun

# ffmpeg holds every frame that it reverses, as raw pixels.
_MOST_BYTES = 3_000_000_000


async def run(params: LoopParams, run: PhaseRun) -> LoopResult:
    """A silent clip. `boomerang` has its frames 0 to n-1, then n-2 to 1, so that no frame stands twice.

    With `crossfade` the last seconds dissolve into the first ones, which then are left out at the beginning.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (too long, too short), bad_output, disk_full, stalled.
    """
    facts = await probe_video(params.source)
    rate = exact_rate(facts.fps or 25)
    frames = round((facts.duration or 0) * rate) if facts.vfr else facts.frames or 0
    overlap = round(params.crossfade * rate)
    _require_sense(params, facts, frames, overlap)
    even = f"fps={rate_text(rate)}," if facts.vfr else ""
    clock = f"settb={rate.denominator}/{rate.numerator},setpts=N"
    graph, count = (_boomerang if params.mode == "boomerang" else _loop)(frames, overlap)
    graph = f"[0:V:0]{even}{clock},trim=end_frame={frames}[in];{graph};[once]{_again(count, params.times)}{clock}[out]"
    plan = Rewrite(count * params.times, graph=graph, silent=True, clock=["-fps_mode:v", "passthrough"])
    clip = await rewrite(run, facts, await target_for(run, facts), plan)
    silent = ["a loop has no sound; it was left out"] if facts.audio else []
    vfr = [f"the clip's variable rate became {float(rate):g} fps first"] if facts.vfr else []
    return clip.as_result(LoopResult, warnings=[*silent, *vfr], duration=float(count * params.times / rate))


def _require_sense(params: LoopParams, facts: MediaFacts, frames: int, overlap: int) -> None:
    detail = ""
    held = frames if params.mode == "boomerang" else overlap
    if params.times > 1:
        held = 2 * frames
    if params.mode == "boomerang" and params.crossfade:
        detail = "a boomerang has no seam to cross; leave crossfade out or choose mode: loop"
    elif frames < 2 * overlap + 1 or frames < 2:
        detail = f"{facts.path.name} has {frames} frames, too few for a crossfade of {overlap}"
    elif (
        held * (facts.width or 0) * (facts.height or 0) * 1.5 * (2 if facts.bit_depth > 8 else 1)
        > _MOST_BYTES
    ):
        detail = f"{facts.path.name} is too long to be looped ({frames} frames); cut out a part first"
    if detail:
        raise fail("media_failed.step", phase="loop", detail=detail)


def _boomerang(frames: int, _overlap: int) -> tuple[str, int]:
    """From [in] to [once], and its number of frames."""
    if frames == 2:
        return "[in]null[once]", 2
    back = f"[b]trim=start_frame=1:end_frame={frames - 1},reverse,setpts=N[back]"
    return f"[in]split[a][b];{back};[a][back]concat=n=2:v=1[once]", 2 * frames - 2


def _loop(frames: int, overlap: int) -> tuple[str, int]:
    """The frames after the first `overlap`; over the last ones the first ones are mixed in, more and more."""
    if not overlap:
        return "[in]null[once]", frames
    weight = f"((N+1)/{overlap + 1})"
    seam = f"[end][head]blend=all_expr=A*(1-{weight})+B*{weight}[seam]"
    return (
        "[in]split=3[a][b][c];"
        f"[a]trim=start_frame={overlap}:end_frame={frames - overlap},setpts=N[middle];"
        f"[b]trim=start_frame={frames - overlap},setpts=N[end];"
        f"[c]trim=end_frame={overlap},setpts=N[head];"
        f"{seam};[middle][seam]concat=n=2:v=1[once]",
        frames - overlap,
    )


def _again(count: int, times: int) -> str:
    return f"loop=loop={times - 1}:size={count}," if times > 1 else ""
