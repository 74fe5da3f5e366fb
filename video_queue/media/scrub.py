"""Sheets to scrub with: a clip, or a run of pictures, over time in one small picture. Blocking; call it in a thread."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from video_queue.domain.catalogue import fail
from video_queue.media.facts import MediaFacts, probe
from video_queue.media.pictures import load_picture
from video_queue.media.reading import decode_frames, open_media, raise_if_stopped, video_stream
from video_queue.media.unreadable import unreadable

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream
    from PIL import Image

CELL = (160, 90)
MOST_CELLS = 60
_COLUMNS = 10
_QUALITY = 62
_WHOLE_PIXELS = 1_500_000_000
# Hovering over many tiles asks for many sheets; one after the other keeps the machine usable.
_drawing = threading.Lock()

Cells = Iterator[tuple[int, "Image.Image"]]


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """Where the cells lie, and which frames they show."""

    columns: int
    count: int
    width: int
    height: int
    frames: list[int]


def clip_sheet(
    source: Path,
    target: Path,
    stop: threading.Event | None = None,
    *,
    whole_pixels: int = _WHOLE_PIXELS,
) -> SheetLayout:
    """The layout of the sheet of a clip at `target` (WebP), drawn on the first call.

    A clip of more than `whole_pixels` is shown by the key frames before each moment, and not decoded whole.

    Raises:
        VqError: input_missing, input_unreadable.
        StoppedError: `stop` was set.
    """

    def cells() -> Cells:
        facts = probe(source)
        if facts.kind != "video":
            raise fail("input_unreadable.no_stream", path=str(source), kind="video")
        return _of_clip(facts, whole_pixels, stop)

    return _kept(target, cells)


def pictures_sheet(sources: Sequence[Path], target: Path, stop: threading.Event | None = None) -> SheetLayout:
    """As `clip_sheet`, of pictures that are the frames of a clip."""
    return _kept(target, lambda: _of_pictures(sources, stop))


def _kept(target: Path, cells: Callable[[], Cells]) -> SheetLayout:
    layout = _read(target)
    if layout is None:
        with _drawing:
            layout = _read(target) or _draw(cells(), target)
    return layout


def _layout_path(target: Path) -> Path:
    return target.with_suffix(".json")


def _read(target: Path) -> SheetLayout | None:
    try:
        layout = SheetLayout(**json.loads(_layout_path(target).read_text("utf-8")))
        return layout if target.exists() else None
    except (OSError, ValueError, TypeError):
        return None


def _draw(cells: Cells, target: Path) -> SheetLayout:
    from PIL import Image

    numbers, pictures = [], []
    for number, picture in cells:
        numbers.append(number)
        pictures.append(picture)
    if not pictures:
        raise unreadable(target, "video", "it holds no frames")
    width, height = pictures[0].size
    columns = min(_COLUMNS, len(pictures))
    sheet = Image.new("RGB", (columns * width, ceil(len(pictures) / columns) * height))
    for order, picture in enumerate(pictures):
        sheet.paste(picture, (order % columns * width, order // columns * height))
    layout = SheetLayout(columns, len(pictures), width, height, numbers)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    sheet.save(partial, "WEBP", quality=_QUALITY)
    partial.replace(target)
    _layout_path(target).write_text(json.dumps(asdict(layout)), "utf-8")
    return layout


def _spread(count: int) -> list[int]:
    """At most MOST_CELLS of `count` frames, the first and the last among them."""
    if count <= MOST_CELLS:
        return list(range(count))
    return [round(cell * (count - 1) / (MOST_CELLS - 1)) for cell in range(MOST_CELLS)]


def _of_pictures(sources: Sequence[Path], stop: threading.Event | None) -> Cells:
    size: tuple[int, int] | None = None
    for number in _spread(len(sources)):
        raise_if_stopped(stop)
        with load_picture(sources[number]) as picture:
            size = size or _cell_size(*picture.size)
            yield number, picture.convert("RGB").resize(size)


def _cell_size(width: int, height: int) -> tuple[int, int]:
    scale = min(CELL[0] / width, CELL[1] / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _of_clip(facts: MediaFacts, whole_pixels: int, stop: threading.Event | None) -> Cells:
    with open_media(facts.path) as container:
        stream = video_stream(container)
        if stream is None or not facts.width or not facts.height:
            raise fail("input_unreadable.no_stream", path=str(facts.path), kind="video")
        size = _cell_size(facts.width, facts.height)
        frames = facts.frames or round((facts.duration or 0) * (facts.fps or 25))
        pixels = frames * facts.width * facts.height
        if frames and pixels > whole_pixels and facts.fps and facts.duration:
            yield from _key_frames(container, stream, frames, facts.fps, size, stop)
        else:
            yield from _all_frames(container, stream, frames, size, stop)


def _all_frames(
    container: InputContainer,
    stream: VideoStream,
    frames: int,
    size: tuple[int, int],
    stop: threading.Event | None,
) -> Cells:
    """Every frame is decoded; where the header does not say how many there are, cells are thinned out on the way."""
    chosen = set(_spread(frames)) if frames else None
    kept: dict[int, Image.Image] = {}
    step = 1
    for number, frame in enumerate(decode_frames(container, stream, stop)):
        if chosen is not None and number in chosen:
            kept[number] = _small(frame, size)
        elif chosen is None and number % step == 0:
            kept[number] = _small(frame, size)
            if len(kept) > 2 * MOST_CELLS:
                step *= 2
                kept = {at: picture for at, picture in kept.items() if at % step == 0}
    numbers = list(kept)
    yield from ((numbers[at], kept[numbers[at]]) for at in _spread(len(numbers)))


def _key_frames(
    container: InputContainer,
    stream: VideoStream,
    frames: int,
    fps: float,
    size: tuple[int, int],
    stop: threading.Event | None,
) -> Cells:
    base = stream.time_base or Fraction(1, 90000)
    beginning = (stream.start_time or 0) * base
    for number in _spread(frames):
        moment = int((number / fps + float(beginning)) / base)
        container.seek(moment, stream=stream, backward=True)
        frame = next(decode_frames(container, stream, stop), None)
        if frame is not None:
            yield number, _small(frame, size)


def _small(frame: VideoFrame, size: tuple[int, int]) -> Image.Image:
    """A frame at `size`, turned as it is shown."""
    import numpy as np
    from PIL import Image

    turns = round(frame.rotation / 90)
    width, height = size if turns % 2 == 0 else size[::-1]
    pixels = np.rot90(frame.to_ndarray(format="rgb24", width=width, height=height), turns)
    return Image.fromarray(np.ascontiguousarray(pixels))
