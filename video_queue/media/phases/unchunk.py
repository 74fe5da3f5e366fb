"""`media.unchunk`: what was made of each chunk as one clip again, its overlapping frames blended or cut."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Literal

from video_queue.domain.catalogue import fail
from video_queue.domain.media.chunks import UnchunkParams, UnchunkResult
from video_queue.domain.media.values import exact_rate
from video_queue.media.checks import check_video, probe_file, probe_videos
from video_queue.media.clips.joining import join_pictures, joinable
from video_queue.media.clips.pieces import Piece, SharedFormat, encode_pieces
from video_queue.media.colour import output_colour
from video_queue.media.encoders import (
    Target,
    choose_encoder,
    container_options,
    copies_sound,
    pixels_for,
    sound_options,
)
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source
from video_queue.media.phase_run import PhaseRun
from video_queue.system.processes.cancellation import in_thread


async def run(params: UnchunkParams, run: PhaseRun) -> UnchunkResult:
    """One H.264 clip of all chunks, with the frames and the rate of the plan's source, and its sound.

    `linear`: where two chunks overlap, the earlier one turns into the later one. `cut`: each has half of the overlap.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (other chunks than planned), bad_output, disk_full.
    """
    clips = await probe_videos(params.inputs)
    _require_plan(params, clips)
    audio, inputs, outputs = await _sound(params, run)
    rate = exact_rate(params.plan.fps)
    first = clips[0]
    target = Target("h264", "", pixels_for("h264", first), params.crf, colour=output_colour(first))
    target = await choose_encoder(run, target)
    pieces = await encode_pieces(run, _pieces(params, clips), SharedFormat(target, first, rate))
    if not await in_thread(partial(joinable, pieces)):
        raise fail("media_failed.step", phase=run.phase_name, detail="the encoded chunks do not fit together")
    joined = run.work_dir / "picture.mp4"
    await in_thread(lambda stop: join_pictures(pieces, joined, stop))
    output = run.work_dir / "video.mp4"
    command = [
        *source(joined, threads=run.threads), *inputs, "-map", "0:v:0", *outputs, "-c:v", "copy",
        *container_options(output), file_url(output),
    ]  # fmt: skip
    errors = await run_ffmpeg(run, command, frames=params.plan.frames, start=0.9, share=0.1)
    facts = await check_video(
        run, output, frames=params.plan.frames, sources=[Path(params.plan.source)], errors=errors
    )
    for path in (joined, *(piece.path for piece in pieces)):
        path.unlink(missing_ok=True)
    return UnchunkResult(
        file=facts.as_file(),
        frame_count=facts.frames or 0,
        duration=float(params.plan.frames / rate),
        encoder_used=target.encoder,
        warnings=list(target.warnings),
        audio=audio,
    )


def _require_plan(params: UnchunkParams, clips: Sequence[MediaFacts]) -> None:
    """Raise VqError unless there is a clip of the planned length for each chunk, all of one size."""
    chunks = params.plan.chunks
    if len(clips) != len(chunks):
        raise fail("media_failed.mismatch", detail=f"there are {len(clips)} clips for {len(chunks)} chunks")
    for clip, chunk in zip(clips, chunks, strict=True):
        planned = chunk.end_frame - chunk.start_frame
        if clip.frames != planned:
            detail = f"{clip.path} has {clip.frames} frames where its chunk has {planned}"
            raise fail("media_failed.mismatch", detail=detail)
        if (clip.width, clip.height) != (clips[0].width, clips[0].height):
            sizes = f"{clip.width}x{clip.height} where the first is {clips[0].width}x{clips[0].height}"
            raise fail("media_failed.mismatch", detail=f"{clip.path} is {sizes}")
    shared = _shared(params)
    gaps = min(shared) < 0 or chunks[0].start_frame or chunks[-1].end_frame != params.plan.frames
    crowded = any(
        before + after > (clip.frames or 0)
        for before, clip, after in zip([0, *shared], clips, shared, strict=False)
    )
    if gaps or crowded:
        raise fail("media_failed.mismatch", detail="the chunks of the plan do not make one clip")


def _shared(params: UnchunkParams) -> list[int]:
    """How many frames each chunk shares with the one after it."""
    chunks = params.plan.chunks
    return [*(chunk.end_frame - following.start_frame for chunk, following in pairwise(chunks)), 0]


def _pieces(params: UnchunkParams, clips: Sequence[MediaFacts]) -> list[Piece]:
    """Each clip without what it shares; between two clips what they share, blended. Frames count within a clip."""
    pieces: list[Piece] = []
    begin = 0
    for place, (clip, shared) in enumerate(zip(clips, _shared(params), strict=True)):
        count = clip.frames or 0
        late = shared if params.blend == "linear" else shared // 2
        if count - late > begin:
            pieces.append(Piece(clip, begin, count - late))
        if late and params.blend == "linear":
            pieces.append(Piece(clip, count - shared, count, over=clips[place + 1]))
        begin = shared if params.blend == "linear" else shared - late
    return pieces


async def _sound(
    params: UnchunkParams, run: PhaseRun
) -> tuple[Literal["copied", "encoded", "none"], list[str], list[str]]:
    """What happens to the sound, with input and output options for it."""
    if params.audio == "none":
        return "none", [], []
    path = Path(params.plan.source)
    stream = (await probe_file(path)).audio
    if stream is None:
        return "none", [], []
    outputs = ["-map", "1:a:0", *sound_options(".mp4", stream.codec)]
    return (
        "copied" if copies_sound(".mp4", stream.codec) else "encoded",
        source(path, threads=run.threads),
        outputs,
    )
