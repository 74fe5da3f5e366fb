"""`media.colour`: a LUT from a .cube file, and HDR as SDR, with tags that say what the picture then is."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.looks import ColourParams, ColourResult
from video_queue.media.checks import probe_video
from video_queue.media.clips.rewrite import Rewrite, rewrite, target_for
from video_queue.media.colour import BT709, SCALE_FLAGS, hdr_to_sdr, is_hdr, is_rgb
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg_binary import has_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.unreadable import require_regular, unreadable
from video_queue.system.processes.cancellation import in_thread

_LUT = "look.cube"
_MOST_BYTES = 100_000_000
_HD_HEIGHT = 720
_KINDS = {"LUT_3D_SIZE": "lut3d", "LUT_1D_SIZE": "lut1d"}


async def run(params: ColourParams, run: PhaseRun) -> ColourResult:
    """Every frame of `source` graded. Only HDR is tone-mapped; a clip that is SDR already stays, with a warning.

    Raises:
        VqError: input_missing, input_unreadable (clip or LUT), media_failed (no zscale), bad_output, disk_full.
    """
    facts = await probe_video(params.source)
    warnings: list[str] = []
    filters: list[str] = []
    seen = facts
    if params.tone_map != "none" and is_hdr(facts):
        filters, seen = (
            _tone_map(params, run, facts),
            replace(facts, colour=BT709, bit_depth=8, pix_fmt="yuv420p"),
        )
    elif params.tone_map != "none":
        warnings.append(f"{facts.path.name} is not HDR; nothing was tone-mapped")
    if params.lut is not None:
        kind = await in_thread(partial(_take_lut, Path(params.lut), run.work_dir / _LUT))
        filters += _graded(seen, kind, params.strength)
    target = await target_for(run, seen, lossless=params.lossless)
    clip = await rewrite(run, seen, target, Rewrite(facts.frames or 0, filters))
    (run.work_dir / _LUT).unlink(missing_ok=True)
    return clip.as_result(ColourResult, warnings=warnings)


def _tone_map(params: ColourParams, run: PhaseRun, facts: MediaFacts) -> list[str]:
    """From PQ or HLG to bt709 by way of linear light."""
    if not has_filter(run.ffmpeg, "zscale"):
        detail = "this ffmpeg has no zscale; set ffmpeg to a build that has it"
        raise fail("media_failed.step", phase=run.phase_name, detail=detail)
    return hdr_to_sdr(facts.colour, params.tone_map)


def _graded(seen: MediaFacts, kind: str, strength: float) -> list[str]:
    """The LUT on RGB of the clip's own matrix, mixed with what was there before, and back."""
    matrix = seen.colour.space or ("bt709" if (seen.height or 0) >= _HD_HEIGHT else "smpte170m")
    matrix = "bt709" if matrix == "gbr" else matrix
    pixels = "gbrp16le" if seen.bit_depth > 8 else "gbrp"
    to_rgb = "" if is_rgb(seen) else f"scale=in_color_matrix={matrix}:out_range=pc:{SCALE_FLAGS}"
    grade = f"{kind}=file={_LUT}"
    if strength < 1:
        grade = f"split[before][in];[in]{grade}[after];[after][before]blend=all_mode=normal:all_opacity={strength:g}"
    back = f"scale=in_range=pc:out_range={seen.colour.range or 'tv'}:out_color_matrix={matrix}:{SCALE_FLAGS}"
    return [to_rgb, f"format={pixels}", grade, "" if is_rgb(seen) else back]


def _take_lut(path: Path, copy: Path, _stop: threading.Event) -> str:
    """Copy a LUT to where ffmpeg finds it under a plain name; the filter for its kind."""
    require_regular(path)
    if path.stat().st_size > _MOST_BYTES:
        raise unreadable(path, "a LUT", "it is too large")
    text = path.read_text(encoding="utf-8", errors="replace")
    kind = next((kind for sign, kind in _KINDS.items() if sign in text), None)
    if kind is None:
        raise unreadable(path, "a LUT", "it is no .cube file")
    copy.write_text(text, encoding="utf-8")
    return kind
