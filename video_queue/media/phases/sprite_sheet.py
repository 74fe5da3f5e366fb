"""`media.sprite_sheet`: one picture of many tiles: a clip over time (with WebVTT for players), or one tile a file."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from pathlib import Path

from PIL import Image

from video_queue.domain.catalogue import fail
from video_queue.domain.media.frames import SpriteSheetParams, SpriteSheetResult, Tile
from video_queue.domain.views import MediaFile
from video_queue.media.checks import frame_times, probe_video
from video_queue.media.clips.frame_pictures import pictures_at
from video_queue.media.clips.picking import frame_at
from video_queue.media.facts import MediaFacts, probe
from video_queue.media.phase_run import PhaseRun
from video_queue.media.pictures import load_picture
from video_queue.media.reading import raise_if_stopped, read_times
from video_queue.media.unreadable import MAX_PIXELS
from video_queue.system.processes.cancellation import in_thread

_DEFAULT_ROWS = 6
_MAX_SIDE = 30_000  # below what a JPEG can hold
_QUALITY = 90


@dataclass(frozen=True)
class _Grid:
    """The places of tiles: `columns` of `width` x `height` pixels each."""

    columns: int
    width: int
    height: int

    def place(self, order: int) -> tuple[int, int]:
        """The upper left corner of tile `order` (from 0)."""
        return order % self.columns * self.width, order // self.columns * self.height

    def sheet(self, count: int) -> Image.Image:
        """An empty sheet for `count` tiles."""
        return Image.new("RGB", self.size(count), (0, 0, 0))

    def size(self, count: int) -> tuple[int, int]:
        """Width and height of that sheet."""
        return min(self.columns, count) * self.width, ceil(count / self.columns) * self.height


async def run(params: SpriteSheetParams, run: PhaseRun) -> SpriteSheetResult:
    """A JPEG sheet. Tiles of a clip lie evenly over its length (`rows` x `columns`, or every `interval` seconds).

    A clip with fewer frames than tiles gives each frame once.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (a sheet too large), disk_full.
    """
    sheet = run.work_dir / "sheet.jpg"
    if params.inputs is not None:
        tiles = await in_thread(partial(_of_files, params, run, [Path(p) for p in params.inputs], sheet))
        return SpriteSheetResult(file=await _file(sheet), tiles=tiles)
    facts = await probe_video(params.source or "")
    shown = await frame_times(facts.path)
    numbers = _numbers(params, facts, shown.times)
    grid = _grid(params, facts, len(numbers))
    tiles = await in_thread(partial(_of_clip, run, facts, numbers, grid, sheet))
    vtt = run.work_dir / "sheet.vtt"
    cues = web_vtt(tiles, facts.duration or 0.0, sheet.name, grid.width, grid.height)
    vtt.write_text(cues, encoding="utf-8")
    return SpriteSheetResult(file=await _file(sheet), tiles=tiles, vtt=MediaFile(path=str(vtt)))


def web_vtt(tiles: Sequence[Tile], duration: float, name: str, width: int, height: int) -> str:
    """Cues that name a rectangle of the sheet for each stretch of time (media fragments, #xywh=)."""
    cues = ["WEBVTT", ""]
    for order, tile in enumerate(tiles):
        begin = tile.time if order else 0.0
        end = tiles[order + 1].time if order + 1 < len(tiles) else max(duration, begin + 0.001)
        rectangle = f"{name}#xywh={tile.x},{tile.y},{width},{height}"
        cues += [f"{_clock(begin)} --> {_clock(end)}", rectangle, ""]
    return "\n".join(cues)


def _numbers(params: SpriteSheetParams, facts: MediaFacts, times: Sequence[float]) -> list[int]:
    """The frames shown at the tiles' moments; every frame at most once."""
    length = facts.duration or 0.0
    if params.interval is not None:
        moments = [params.interval * tick for tick in range(max(1, ceil(length / params.interval - 1e-6)))]
    else:
        count = min(params.columns * (params.rows or _DEFAULT_ROWS), len(times))
        moments = [length * tick / count for tick in range(count)]
    return list(dict.fromkeys(frame_at(times, moment) for moment in moments))


def _grid(params: SpriteSheetParams, facts: MediaFacts, count: int) -> _Grid:
    return _grid_of(params, float((facts.width or 1) * facts.sar / (facts.height or 1)), count)


def _grid_of(params: SpriteSheetParams, shape: float, count: int) -> _Grid:
    """A grid of `count` tiles that are `shape` times as wide as high.

    Raises:
        VqError: media_failed.step, for a sheet that no program would open.
    """
    grid = _Grid(params.columns, params.tile_width, max(2, round(params.tile_width / shape)))
    width, height = grid.size(count)
    if max(width, height) > _MAX_SIDE or width * height > MAX_PIXELS:
        remedy = "raise interval" if params.interval else "take fewer"
        detail = f"{count} tiles make a sheet of {width}x{height} pixels; {remedy} or lower tile_width"
        raise fail("media_failed.step", phase="sprite_sheet", detail=detail)
    return grid


def _of_clip(
    run: PhaseRun, facts: MediaFacts, numbers: Sequence[int], grid: _Grid, output: Path, stop: threading.Event
) -> list[Tile]:
    shown = read_times(facts.path, stop=stop)
    sheet = grid.sheet(len(numbers))
    tiles = []
    for order, (number, picture) in enumerate(pictures_at(facts.path, facts, shown, numbers, stop)):
        x, y = grid.place(order)
        sheet.paste(picture.resize((grid.width, grid.height), Image.Resampling.BOX), (x, y))
        tiles.append(Tile(time=round(shown.times[number], 6), x=x, y=y, frame=number))
        run.report((order + 1) / len(numbers))
    _save(sheet, output)
    return tiles


def _of_files(
    params: SpriteSheetParams, run: PhaseRun, paths: Sequence[Path], output: Path, stop: threading.Event
) -> list[Tile]:
    """One tile for each file, the shape of the first: a picture itself, a clip's middle frame."""
    first, _, _ = _picture_of(paths[0], stop)
    grid = _grid_of(params, first.width / first.height, len(paths))
    sheet = grid.sheet(len(paths))
    tiles = []
    for order, path in enumerate(paths):
        raise_if_stopped(stop)
        picture, time, frame = _picture_of(path, stop)
        x, y = grid.place(order)
        picture.thumbnail((grid.width, grid.height), Image.Resampling.LANCZOS)
        sheet.paste(picture, (x + (grid.width - picture.width) // 2, y + (grid.height - picture.height) // 2))
        tiles.append(Tile(time=time, x=x, y=y, frame=frame, path=str(path)))
        run.report((order + 1) / len(paths))
    _save(sheet, output)
    return tiles


def _picture_of(path: Path, stop: threading.Event) -> tuple[Image.Image, float, int | None]:
    """A picture of a file, with the time and the number of its frame."""
    facts = probe(path, stop=stop)
    if facts.kind == "image":
        return load_picture(path).convert("RGB"), 0.0, None
    if facts.kind != "video":
        raise fail("input_unreadable.no_stream", path=str(path), kind="video")
    shown = read_times(path, stop=stop)
    middle = len(shown.times) // 2
    _, picture = next(iter(pictures_at(path, facts, shown, [middle], stop)))
    return picture, round(shown.times[middle], 6), middle


def _save(sheet: Image.Image, output: Path) -> None:
    sheet.save(output, quality=_QUALITY, subsampling=0)


async def _file(path: Path) -> MediaFile:
    return (await in_thread(lambda stop: probe(path, stop=stop))).as_file()


def _clock(seconds: float) -> str:
    whole, milli = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{milli:03d}"
