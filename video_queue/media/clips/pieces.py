"""The picture of a joined clip as pieces that are encoded alike, so that their packets can follow each other.

Clips of another size or rate are conformed first (see `conform`); their frames can then be counted, and every seam
is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from video_queue.media.checks import check_video, frame_times
from video_queue.media.clips.picking import frame_range
from video_queue.media.clips.seams import HARD_CUT, Seam, mixed, to_white
from video_queue.media.clips.shape import even_padding
from video_queue.media.colour import tag_filter
from video_queue.media.encoders import Target, picture_options, rate_text
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg import file_url, filter_value, own_clock, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun

_SAME_RATE = 0.001
_SHARE = 0.8  # of the phase's progress; joining and sound have the rest


@dataclass(frozen=True)
class Piece:
    """The frames `first` up to `end` of one clip; with `over`, its last ones going over into that clip's first.

    `before` and `after` are the seams at its ends, of which it has the fades; with `over`, `after` is its own.
    """

    clip: MediaFacts
    first: int
    end: int
    over: MediaFacts | None = None
    before: Seam = HARD_CUT
    after: Seam = HARD_CUT

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


def pieces_of(clips: Sequence[MediaFacts], seams: Sequence[Seam]) -> list[Piece]:
    """The pieces that, one after the other, are the joined picture: each clip without what it shares, and each seam."""
    pieces = []
    edges = [HARD_CUT, *seams, HARD_CUT]
    for place, clip in enumerate(clips):
        before, after = edges[place], edges[place + 1]
        begin, end = before.shared, (clip.frames or 0) - after.shared
        if end > begin:
            pieces.append(Piece(clip, begin, end, before=before, after=after))
        if after.shared:
            pieces.append(Piece(clip, end, clip.frames or 0, over=clips[place + 1], after=after))
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
        picture = ["-map", "0:V:0", *video_filter(run, [*filters, *_fades(piece, shared)])]
    else:
        inputs += source(piece.over.path, threads=run.threads)
        graph = _crossing(piece, piece.over, filters, shared)
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


def _fades(piece: Piece, shared: SharedFormat) -> list[str]:
    filters = []
    for seam, name, first in (
        (piece.before, "in", 0),
        (piece.after, "out", piece.count - piece.after.faded),
    ):
        if seam.faded and not seam.white:
            filters.append(f"fade=t={name}:start_frame={first}:nb_frames={seam.faded}")
        elif seam.faded:
            filters.append(_white_fade(name, first, seam.faded, shared))
    return filters


def _white_fade(name: str, first: int, count: int, shared: SharedFormat) -> str:
    """A fade of `count` frames from or to white: the filter of that name goes through RGB, which costs depth."""
    number = _frame_number(shared)
    part = f"clip(({number}-{first}+{int(name == 'out')})/{count},0,1)"
    weight = part if name == "out" else f"(1-{part})"
    pixels, colours = shared.target.pixels, shared.target.colour
    white = to_white(pixels, full_range=colours.range == "pc", weight=weight)
    used = filter_value(f"between({number.lower()},{first - 0.5},{first + count - 0.5})")
    return f"split,blend={white}:enable={used},format={pixels}"


def _crossing(piece: Piece, over: MediaFacts, filters: list[str], shared: SharedFormat) -> str:
    """A filter graph in which frame k of `count` is (k + 1) parts of the new clip to count - k of the old."""
    count = piece.count
    other = [f"trim=end_frame={count},setpts=PTS-STARTPTS", *_alike(over, shared, count)]
    weight = f"(({_frame_number(shared)}+1)/{count + 1})"
    mix = f"blend=all_expr={filter_value(mixed(piece.after.kind, weight))}"
    first, second = (",".join(part for part in chain if part) for chain in (filters, other))
    return f"[0:V:0]{first}[a];[1:V:0]{second}[b];[a][b]{mix},format={shared.target.pixels}[out]"


def _frame_number(shared: SharedFormat) -> str:
    """The number of a frame in an expression, by its time: where frames wait in a filter, its count runs ahead."""
    return f"(T*{rate_text(shared.rate)})" if shared.rate else "N"
