"""`media.animate`: a clip as a picture that moves: GIF with a palette of its own, WebP or APNG."""

from __future__ import annotations

from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.motion import AnimateParams, AnimateResult
from video_queue.domain.media.values import exact_rate
from video_queue.domain.views import MediaFile
from video_queue.media.checks import error_warnings, probe_video, require_undamaged
from video_queue.media.colour import is_hdr
from video_queue.media.encoders import rate_text
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.pictures import probe_picture
from video_queue.system.processes.cancellation import in_thread

_SUFFIX = {"gif": ".gif", "webp": ".webp", "apng": ".png"}
_FASTEST_GIF = 50.0  # a GIF's clock has hundredths of seconds, and viewers slow down what is faster


async def run(params: AnimateParams, run: PhaseRun) -> AnimateResult:
    """An animation without sound, `width` pixels wide with its shape kept.

    Raises:
        VqError: input_missing, input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    facts = await probe_video(params.source)
    output = run.work_dir / f"animation{_SUFFIX[params.format]}"
    rate = params.fps or (min(facts.fps or 25, _FASTEST_GIF) if params.format == "gif" else None)
    count = round((facts.duration or 0) * float(exact_rate(rate))) if rate else facts.frames or 0
    errors = await run_ffmpeg(run, _command(params, run, facts, rate, output), frames=count)
    if errors:
        await require_undamaged([facts.path])
    if not output.exists() or not output.stat().st_size:
        raise fail("no_output.phase", phase=run.phase_name)
    animation = await in_thread(lambda _stop: probe_picture(output))
    warnings = ["the clip is HDR; an animation holds 8 bits without tone mapping"] if is_hdr(facts) else []
    frames = animation.frames
    if not 1 <= frames <= max(count + 1, 1):
        raise fail("bad_output.frames", name=output.name, actual=frames, expected=count)
    return AnimateResult(
        file=MediaFile(
            path=str(output),
            width=animation.width,
            height=animation.height,
            frames=frames,
            duration=facts.duration,
        ),
        frame_count=frames,
        duration=round(facts.duration or 0.0, 6),
        bytes=output.stat().st_size,
        warnings=warnings + error_warnings(errors),
    )


def _command(
    params: AnimateParams, run: PhaseRun, facts: MediaFacts, rate: float | None, output: Path
) -> list[str]:
    width = params.width or round((facts.width or 2) * facts.sar)
    filters = [
        f"fps={rate_text(exact_rate(rate))}" if rate else "",
        f"scale={width}:-1:flags=lanczos,setsar=1" if params.width or facts.sar != 1 else "",
    ]
    if params.format == "gif":
        chain = ",".join(part for part in filters if part) or "null"
        # One palette for the whole clip, of the pixels that change; dithering that stays still where nothing moves.
        graph = (
            f"[0:V:0]{chain},split[a][b];[a]palettegen=stats_mode=diff[p];"
            "[b][p]paletteuse=dither=sierra2_4a:diff_mode=rectangle[out]"
        )
        picture = ["-filter_complex", graph, "-map", "[out]", "-loop", _gif_loops(params.loops)]
    elif params.format == "webp":
        picture = [
            "-map", "0:V:0", *video_filter(run, filters), "-c:v", "libwebp_anim", "-quality", str(params.quality),
            "-loop", str(params.loops), "-f", "webp", "-fps_mode:v", "passthrough",
        ]  # fmt: skip
    else:
        picture = [
            "-map", "0:V:0", *video_filter(run, [*filters, "format=rgba" if facts.alpha else "format=rgb24"]),
            "-c:v", "apng", "-plays", str(params.loops), "-f", "apng", "-fps_mode:v", "passthrough",
        ]  # fmt: skip
    return [
        *source(facts.path, threads=run.threads),
        *picture,
        "-threads",
        str(run.threads),
        file_url(output),
    ]


def _gif_loops(loops: int) -> str:
    """ffmpeg's count for GIF is of repetitions: -1 is none, 0 for ever."""
    return str(-1 if loops == 1 else loops - 1 if loops else 0)
