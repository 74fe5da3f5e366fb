"""Single frames of a clip as upright RGB pictures, by seeking with PyAV: for sheets, thumbnails and key frames."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from video_queue.domain.catalogue import fail
from video_queue.media.facts import MediaFacts
from video_queue.media.reading import (
    INDEXED,
    FrameTimes,
    decoded,
    look_at,
    open_media,
    stamp_seconds,
    video_stream,
)

# Decoding on is cheaper than seeking back to the key frame before, for frames that lie closer than this.
_DECODE_ON_SECONDS = 2.0
_HALF = 0.5


def pictures_at(
    path: Path, facts: MediaFacts, shown: FrameTimes, numbers: Sequence[int], stop: threading.Event
) -> Iterator[tuple[int, Image.Image]]:
    """The frames `numbers` (ascending) with their numbers, upright, with square pixels.

    A frame is recognised by its own time stamp, so that seeking cannot give a neighbour.

    Raises:
        VqError: input_unreadable, if a frame does not come.
    """
    wanted = list(dict.fromkeys(numbers))
    place = 0
    for group in _groups(wanted, shown, seekable=facts.container.startswith(INDEXED)):
        with open_media(path) as container:
            stream = video_stream(container)
            if stream is None:
                raise fail("input_unreadable.no_stream", path=str(path), kind="video")
            for number, frame in _frames(container, stream, shown, group, stop):
                place += 1
                yield number, upright(frame, facts)
    if place != len(wanted):
        detail = f"only {place} of {len(wanted)} frames could be read"
        raise fail("input_unreadable.junk", path=str(path), kind="video", detail=detail)


def upright(frame: VideoFrame, facts: MediaFacts) -> Image.Image:
    """A frame as RGB, turned as it is shown, its pixels made square."""
    pixels = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if facts.sar != 1:
        sar = facts.sar if facts.rotation in (0, 180) else 1 / facts.sar
        picture = picture.resize(
            (max(1, round(picture.width * sar)), picture.height), Image.Resampling.LANCZOS
        )
    return picture


def _groups(numbers: Sequence[int], shown: FrameTimes, *, seekable: bool) -> list[list[int]]:
    groups: list[list[int]] = []
    for number in numbers:
        near = groups and shown.times[number] - shown.times[groups[-1][-1]] < _DECODE_ON_SECONDS
        if groups and (near or not seekable):
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _frames(
    container: InputContainer, stream: VideoStream, shown: FrameTimes, group: list[int], stop: threading.Event
) -> Iterator[tuple[int, VideoFrame]]:
    """The frames of one group, after one seek to the key frame before it."""
    offset = shown.start + (container.start_time or 0) / 1_000_000
    first = shown.times[group[0]]
    sought = first > _DECODE_ON_SECONDS and container.format.name.startswith(INDEXED)
    if sought and stream.time_base:
        container.seek(int((first + offset) / stream.time_base), stream=stream, backward=True)
    waiting = list(group)
    for count, frame in enumerate(decoded(container, stream, stop)):
        look_at(stop)
        time = stamp_seconds(frame, stream, count) - offset
        while waiting and time >= shown.times[waiting[0]] - _HALF * _gap(shown, waiting[0]):
            yield waiting.pop(0), frame
        if not waiting:
            return


def _gap(shown: FrameTimes, number: int) -> float:
    """The time between a frame and the one before it."""
    return shown.times[number] - shown.times[number - 1] if number else 0.002
