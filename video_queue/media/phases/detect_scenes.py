"""`media.detect_scenes`: the first frame of each new shot, from how much each frame differs from the one before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from video_queue.domain.media.scenes import DetectScenesParams, DetectScenesResult, Scene
from video_queue.media.checks import error_warnings, frame_times, probe_video, require_undamaged
from video_queue.media.clips import pyscenedetect, scene_scores
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun
from video_queue.media.reading import FrameTimes
from video_queue.media.unreadable import unreadable
from video_queue.system.processes.cancellation import in_thread

_RULES = {
    "content": ("change", scene_scores.changes),
    "adaptive": ("change", scene_scores.unusual_changes),
    "threshold": ("light", scene_scores.dark_middles),
}


async def run(params: DetectScenesParams, run: PhaseRun) -> DetectScenesResult:
    """The cuts of `source`, and its scenes: a clip without any cut is one scene.

    `content` finds hard cuts, `adaptive` also those in fast movement, `threshold` fades through black.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (also without the extra that an engine needs).
    """
    facts = await probe_video(params.source)
    shown = await frame_times(facts.path)
    errors: list[str] = []
    if params.engine == "scenedetect":
        work = partial(pyscenedetect.detect, facts.path, params.method, params.threshold)
        strengths = await in_thread(work)
    else:
        strengths, errors = await _measured(params, run, facts, shown)
    cuts = scene_scores.apart(strengths, shown.times, facts.duration or 0.0, params.min_scene)
    return DetectScenesResult(
        cuts=list(cuts),
        scenes=_scenes(list(cuts), shown, facts),
        scores=list(cuts.values()),
        engine_used=params.engine,
        warnings=error_warnings(errors),
    )


async def _measured(
    params: DetectScenesParams, run: PhaseRun, facts: MediaFacts, shown: FrameTimes
) -> tuple[dict[int, float], list[str]]:
    what, rule = _RULES[params.method]
    values, errors = await scene_scores.measure(run, facts, what)
    if errors or len(values) != len(shown.times):
        await require_undamaged([facts.path])
    if len(values) != len(shown.times):
        detail = f"{len(values)} of {len(shown.times)} frames could be measured"
        raise unreadable(facts.path, "video", detail)
    return rule(values, params.threshold or scene_scores.THRESHOLDS[params.method]), errors


def _scenes(cuts: Sequence[int], shown: FrameTimes, facts: MediaFacts) -> list[Scene]:
    times = [*shown.times, facts.duration or shown.times[-1]]
    return [
        Scene(start_frame=first, end_frame=end, start=round(times[first], 6), end=round(times[end], 6))
        for first, end in pairwise([0, *cuts, len(shown.times)])
    ]
