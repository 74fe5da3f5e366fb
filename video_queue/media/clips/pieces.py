"""The picture of a joined clip as pieces that are encoded alike, so that their packets can follow each other.

Clips of another size or rate are conformed first (see `conform`); their frames can then be counted, and every seam
is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.clips import Transition
from video_queue.media.checks import check_video, frame_times
from video_queue.media.clips.picking import frame_range
from video_queue.media.clips.shape import even_padding
from video_queue.media.colour import tag_filter
from video_queue.media.encoders import Target, picture_options, rate_text
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, own_clock, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun

_SAME_RATE = 0.001
_SHARE = 0.8  # of the phase's progress; joining and sound have the rest


@dataclass(frozen=True)
class Piece:
    """The frames `first` up to `end` of one clip; with `over`, its last ones dissolving into that clip's first."""

    clip: MediaFacts
    first: int
    end: int
    over: MediaFacts | None = None
    fade_in: int = 0
    fade_out: int = 0

    @property
    def count(self) -> int:
        """The number of its frames."""
        return self.end - self.first


@dataclass(frozen=True)
class SharedFormat:
    """What all pieces share: the encoding, the clip that gives size and colour, the rate (None: own times)."""

    target: Target
    like: MediaFacts
    rate: Fraction | None


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
    if kind == "dissolve":
        return _dissolved(clips, frames)
    half = max(1, frames // 2) if kind == "fade" else 0
    last = len(clips) - 1
    return [
        Piece(clip, 0, clip.frames or 0, fade_in=half if place else 0, fade_out=half if place < last else 0)
        for place, clip in enumerate(clips)
    ]


def _dissolved(clips: Sequence[MediaFacts], frames: int) -> list[Piece]:
    """Each clip without its seams, and between two clips the seam."""
    pieces = []
    for place, clip in enumerate(clips):
        count, over = clip.frames or 0, next(iter(clips[place + 1 :]), None)
        begin, end = frames if place else 0, count - frames if over else count
        if end > begin:
            pieces.append(Piece(clip, begin, end))
        if over:
            pieces.append(Piece(clip, count - frames, count, over=over))
    return pieces


async def encode_pieces(run: PhaseRun, pieces: Sequence[Piece], shared: SharedFormat) -> list[MediaFacts]:
    """Every piece as a file of its own, all with one header.

    Raises:
        VqError: input_unreadable, media_failed, bad_output, disk_full, stalled.
    """
    share = _SHARE / (sum(piece.count for piece in pieces) or 1)
    files: list[MediaFacts] = []
    done = 0
    for order, piece in enumerate(pieces):
        output = run.work_dir / f"piece_{order:04d}{shared.target.part_suffix}"
        command = await _command(run, piece, shared, output)
        errors = await run_ffmpeg(
            run, command, frames=piece.count, start=share * done, share=share * piece.count
        )
        files.append(
            await check_video(run, output, frames=piece.count, sources=[piece.clip.path], errors=errors)
        )
        done += piece.count
    return files


async def _command(run: PhaseRun, piece: Piece, shared: SharedFormat, output: Path) -> list[str]:
    target, rate = shared.target, shared.rate
    seek, trim = frame_range(piece.clip, await frame_times(piece.clip.path), piece.first, piece.end)
    filters = [trim, *_alike(piece.clip, shared, piece.count)]
    inputs = source(piece.clip.path, *seek, threads=run.threads)
    if piece.over is None:
        picture = ["-map", "0:V:0", *video_filter(run, [*filters, *_fades(piece)])]
    else:
        inputs += source(piece.over.path, threads=run.threads)
        graph = _dissolve(filters, piece.over, piece.count, shared)
        picture = ["-filter_complex", graph, "-map", "[out]"]
    return [
        *inputs, *picture,
        *picture_options(target, threads=run.threads, pixels_per_second=shared.like.pixels_per_second),
        *(["-fps_mode:v", "cfr", "-r", rate_text(rate)] if rate else own_clock()), file_url(output),
    ]  # fmt: skip


def _alike(clip: MediaFacts, shared: SharedFormat, count: int) -> list[str]:
    """Filters to one size, colour and clock for every piece of `count` frames."""
    target, like, rate = shared.target, shared.like, shared.rate
    clock = f"settb=expr={rate.denominator}/{rate.numerator},setpts=N" if rate else ""
    if rate and abs((clip.fps or 0) - float(rate)) > _SAME_RATE:
        # Its last frame would keep the length it had, and stand twice.
        clock += f",fps={rate_text(rate)},trim=end_frame={count}"
    padding = even_padding(clip.width or 2, clip.height or 2) if "420" in target.pixels else []
    sar = f"setsar={like.sar.numerator}/{like.sar.denominator},setfield=prog"
    tags = tag_filter(target.colour, overrule=True)
    return [*padding, _one_colour(clip, like), f"format={target.pixels}", sar, tags, clock]


def _one_colour(clip: MediaFacts, like: MediaFacts) -> str:
    """From this clip's matrix and range to those of `like`, where both have tags."""
    options = []
    if clip.colour.space and like.colour.space and clip.colour.space != like.colour.space:
        options.append(f"in_color_matrix={clip.colour.space}:out_color_matrix={like.colour.space}")
    ranges = clip.colour.range or "tv", like.colour.range or "tv"
    if "pc" in ranges:
        options.append(f"in_range={ranges[0]}:out_range={ranges[1]}")
    return f"scale={':'.join(options)}" if options else ""


def _fades(piece: Piece) -> list[str]:
    filters = []
    if piece.fade_in:
        filters.append(f"fade=t=in:start_frame=0:nb_frames={piece.fade_in}")
    if piece.fade_out:
        filters.append(f"fade=t=out:start_frame={piece.count - piece.fade_out}:nb_frames={piece.fade_out}")
    return filters


def _dissolve(filters: list[str], over: MediaFacts, count: int, shared: SharedFormat) -> str:
    """A filter graph in which frame k of `count` is (k + 1) parts of the new clip to count - k of the old."""
    other = [f"trim=end_frame={count},setpts=PTS-STARTPTS", *_alike(over, shared, count)]
    # By time: where frames wait in the filter, its own count runs ahead.
    number = f"T*{rate_text(shared.rate)}" if shared.rate else "N"
    weight = f"({number}+1)/{count + 1}"
    mix = f"blend=all_expr=A*(1-{weight})+B*{weight}"
    first, second = (",".join(part for part in chain if part) for chain in (filters, other))
    pixels = shared.target.pixels
    return f"[0:V:0]{first}[a];[1:V:0]{second}[b];[a][b]{mix},format={pixels}[out]"
