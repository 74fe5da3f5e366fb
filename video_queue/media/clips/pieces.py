"""The picture of a joined clip as pieces that are encoded alike, so that their packets can follow each other.

Clips of another size or rate are first brought into line without loss; then their frames are numbers that can be
counted on, and every seam is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import Transition
from video_queue.domain.media.values import exact_rate
from video_queue.media.checks import checked_video, look_at_video, times_of
from video_queue.media.clips.lossless import lossless_target
from video_queue.media.clips.picking import seek_before
from video_queue.media.clips.shape import even_padding, fitted, keep_range
from video_queue.media.encoders import Target, picture_options, rate_text, tagging
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun

Fit = Literal["pad", "crop", "stretch"]
_SAME_RATE = 0.001
_ONE_CLOCK = "1/90000"


@dataclass(frozen=True)
class Line:
    """What all clips are brought into: a size in square pixels, a rate (None: each frame keeps its own time)."""

    width: int
    height: int
    rate: Fraction | None
    fit: Fit


def misfit(clip: MediaFacts, first: MediaFacts) -> str | None:
    """How `clip` differs from the first one in size or rate, for people; None if it does not."""
    if (clip.width, clip.height, clip.sar) != (first.width, first.height, first.sar):
        return f"{clip.width}x{clip.height} where the first clip is {first.width}x{first.height}"
    if clip.vfr != first.vfr or (not clip.vfr and not same_rate(clip, first)):
        return f"{_rate(clip)} where the first clip has {_rate(first)}"
    return None


def same_rate(clip: MediaFacts, other: MediaFacts) -> bool:
    """Whether two constant rates are the same but for rounding."""
    return abs((clip.fps or 0) - (other.fps or 0)) <= _SAME_RATE * (other.fps or 1)


def line_for(clips: Sequence[MediaFacts], fit: Fit, *, constant: bool) -> Line:
    """The size of the first clip; its rate, or where that varies the first constant one, or the next whole number."""
    first = clips[0]
    steady = next((clip for clip in clips if not clip.vfr and clip.fps), None)
    rate = exact_rate(steady.fps) if steady and steady.fps else Fraction(ceil(first.fps or 25))
    width, height = round((first.width or 2) * first.sar), first.height or 2
    return Line(width + width % 2, height + height % 2, rate if constant else None, fit)


async def in_line(run: PhaseRun, clip: MediaFacts, line: Line, name: str) -> MediaFacts:
    """`clip` itself if it is in line, else a lossless copy that is."""
    sized = (clip.width, clip.height) == (line.width, line.height) and clip.sar == 1
    paced = line.rate is None or (not clip.vfr and abs((clip.fps or 0) - float(line.rate)) <= _SAME_RATE)
    if sized and paced:
        return clip
    target = await lossless_target(run, clip)
    output = run.work_dir / f"{name}{'.mp4' if target.codec == 'h264' else '.mkv'}"
    shape = [] if sized else fitted(
        clip.width or 2, clip.height or 2, (line.width, line.height), line.fit, float(clip.sar)
    )  # fmt: skip
    pace = "" if paced or line.rate is None else f"fps={rate_text(line.rate)}"
    filters = [pace, *shape, keep_range(clip), f"format={target.pixels}", tagging(target.colour)]
    times = ["-fps_mode:v", "passthrough", *([] if line.rate else ["-enc_time_base:v", _ONE_CLOCK])]
    command = [
        *source(clip.path, threads=run.threads), "-map", "0:V:0", *video_filter(run, filters),
        *picture_options(target, threads=run.threads, pixels_per_second=0), *times, file_url(output),
    ]  # fmt: skip
    errors = await run_ffmpeg(run, command, share=0.0)
    frames = clip.frames or 0
    if pace and line.rate:
        frames = round((clip.duration or 0) * line.rate)
    return await checked_video(
        run, output, frames=frames, sources=[clip.path], tolerance=1 if pace else 0, errors=errors
    )


@dataclass(frozen=True)
class Piece:
    """The frames `first` up to `end` of one clip; with `over`, its last ones dissolving into that clip's first."""

    clip: MediaFacts
    first: int
    end: int
    over: MediaFacts | None = None
    fade_in: int = 0
    fade_out: int = 0


def overlap(clips: Sequence[MediaFacts], transition: Transition, rate: Fraction) -> int:
    """The transition's length in frames.

    Raises:
        VqError: media_failed.step, if a clip is too short for it.
    """
    frames = max(1, round(transition.seconds * rate))
    for place, clip in enumerate(clips):
        seams = (place > 0) + (place < len(clips) - 1)
        if (clip.frames or 0) < frames * seams:
            detail = f"{clip.path.name} has {clip.frames} frames, too few for its transitions of {frames}"
            raise fail("media_failed.step", phase="merge", detail=detail)
    return frames


def pieces_of(clips: Sequence[MediaFacts], kind: str, frames: int) -> list[Piece]:
    """The pieces that, one after the other, are the joined picture."""
    last = len(clips) - 1
    pieces = []
    for place, clip in enumerate(clips):
        count = clip.frames or 0
        if kind == "dissolve":
            begin, end = frames if place else 0, count - frames if place < last else count
            if end > begin:
                pieces.append(Piece(clip, begin, end))
            if place < last:
                pieces.append(Piece(clip, count - frames, count, over=clips[place + 1]))
        elif kind == "fade":
            half = max(1, frames // 2)
            pieces.append(
                Piece(clip, 0, count, fade_in=half if place else 0, fade_out=half if place < last else 0)
            )
        else:
            pieces.append(Piece(clip, 0, count))
    return pieces


async def encode_pieces(
    run: PhaseRun, pieces: Sequence[Piece], target: Target, like: MediaFacts, rate: Fraction | None
) -> list[MediaFacts]:
    """Every piece as a file of its own, all with one header.

    Raises:
        VqError: input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    total = sum(piece.end - piece.first for piece in pieces) or 1
    done, made = 0, []
    for order, piece in enumerate(pieces):
        made.append(
            await _encode_piece(run, piece, target, like, rate, order, start=0.8 * done / total, total=total)
        )
        done += piece.end - piece.first
    return made


async def _encode_piece(
    run: PhaseRun,
    piece: Piece,
    target: Target,
    like: MediaFacts,
    rate: Fraction | None,
    order: int,
    *,
    start: float,
    total: int,
) -> MediaFacts:
    output = run.work_dir / f"piece_{order:04d}{'.mp4' if target.codec == 'h264' else '.mkv'}"
    count = piece.end - piece.first
    shown = await times_of(piece.clip.path)
    seek, skipped = seek_before(piece.clip, shown, piece.first)
    own = [
        f"trim=start_frame={piece.first - skipped}:end_frame={piece.end - skipped},setpts=PTS-STARTPTS",
        *_finish(piece.clip, like, target, rate),
    ]
    inputs = source(piece.clip.path, *seek, threads=run.threads)
    if piece.over is None:
        picture = ["-map", "0:V:0", *video_filter(run, [*own, *_fades(piece)])]
    else:
        inputs += source(piece.over.path, threads=run.threads)
        picture = ["-filter_complex", _dissolve(own, piece.over, count, like, target, rate), "-map", "[out]"]
    clock = ["-fps_mode:v", "cfr", "-r", rate_text(rate)] if rate else _own_times()
    pace = (like.width or 0) * (like.height or 0) * (like.fps or 25)
    command = [
        *inputs, *picture, *picture_options(target, threads=run.threads, pixels_per_second=pace), *clock,
        file_url(output),
    ]  # fmt: skip
    errors = await run_ffmpeg(run, command, frames=count, start=start, share=0.8 * count / total)
    return await checked_video(run, output, frames=count, sources=[piece.clip.path], errors=errors)


def _own_times() -> list[str]:
    return ["-fps_mode:v", "passthrough", "-enc_time_base:v", _ONE_CLOCK]


def _finish(clip: MediaFacts, like: MediaFacts, target: Target, rate: Fraction | None) -> list[str]:
    """One size, colour and clock for every piece."""
    clock = f"settb=expr={rate.denominator}/{rate.numerator},setpts=N" if rate else ""
    padding = even_padding(clip.width or 2, clip.height or 2) if "420" in target.pixels else []
    sar = f"setsar={like.sar.numerator}/{like.sar.denominator},setfield=prog"
    tags = tagging(target.colour, overrule=True)
    return [*padding, _one_colour(clip, like), f"format={target.pixels}", sar, tags, clock]


def _one_colour(clip: MediaFacts, like: MediaFacts) -> str:
    """From this clip's matrix and range to the first one's, where both say what theirs are."""
    parts = []
    if clip.colour.space and like.colour.space and clip.colour.space != like.colour.space:
        parts.append(f"in_color_matrix={clip.colour.space}:out_color_matrix={like.colour.space}")
    ranges = clip.colour.range or "tv", like.colour.range or "tv"
    if "pc" in ranges:
        parts.append(f"in_range={ranges[0]}:out_range={ranges[1]}")
    return f"scale={':'.join(parts)}" if parts else ""


def _fades(piece: Piece) -> list[str]:
    count = piece.end - piece.first
    out = f"fade=t=out:start_frame={count - piece.fade_out}:nb_frames={piece.fade_out}"
    return [f"fade=t=in:start_frame=0:nb_frames={piece.fade_in}"] * bool(piece.fade_in) + [out] * bool(
        piece.fade_out
    )


def _dissolve(
    own: list[str], over: MediaFacts, count: int, like: MediaFacts, target: Target, rate: Fraction | None
) -> str:
    """A filter graph in which frame k of `count` is (k + 1) parts of the new clip to count - k of the old."""
    other = [f"trim=end_frame={count},setpts=PTS-STARTPTS", *_finish(over, like, target, rate)]
    weight = f"(N+1)/{count + 1}"
    mix = f"blend=all_expr=A*(1-{weight})+B*{weight}"
    first, second = (",".join(part for part in chain if part) for chain in (own, other))
    return f"[0:V:0]{first}[a];[1:V:0]{second}[b];[a][b]{mix},format={target.pixels}[out]"


def _rate(clip: MediaFacts) -> str:
    return "a variable rate" if clip.vfr else f"{clip.fps:g} fps"


async def brought_into_line(run: PhaseRun, clips: Sequence[MediaFacts], line: Line) -> list[MediaFacts]:
    """All clips in line, their frames counted."""
    return [await in_line(run, clip, line, f"line_{place:04d}") for place, clip in enumerate(clips)]


async def look_at_all(paths: Sequence[str]) -> list[MediaFacts]:
    """The facts about each clip, its frames counted; a clip that is named twice is read once."""
    known = {path: await look_at_video(path) for path in dict.fromkeys(paths)}
    return [known[path] for path in paths]
