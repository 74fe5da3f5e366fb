"""Single frames of a clip as upright RGB pictures, by seeking with PyAV."""

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
    decode_frames,
    open_media,
    stamp_seconds,
    video_stream,
)
from video_queue.media.unreadable import unreadable

# For frames closer than this, decoding on is cheaper than seeking to the key frame before.
_DECODE_ON_SECONDS = 2.0
_HALF = 0.5


def pictures_at(
    path: Path, facts: MediaFacts, shown: FrameTimes, numbers: Sequence[int], stop: threading.Event
) -> Iterator[tuple[int, Image.Image]]:
    """The frames `numbers` (ascending) with their numbers, upright, with square pixels.

    A frame is recognised by its own time stamp, so that seeking cannot give a neighbour.

    Raises:
        VqError: input_unreadable, if a frame cannot be decoded.
    """
    unique = list(dict.fromkeys(numbers))
    count = 0
    for group in _groups(unique, shown, seekable=facts.container.startswith(INDEXED)):
        with open_media(path) as container:
            stream = video_stream(container)
            if stream is None:
                raise fail("input_unreadable.no_stream", path=str(path), kind="video")
            for number, frame in _frames(container, stream, shown, group, stop):
                count += 1
                yield number, upright(frame, facts)
    if count != len(unique):
        raise unreadable(path, "video", f"only {count} of {len(unique)} frames could be read")


def upright(frame: VideoFrame, facts: MediaFacts) -> Image.Image:
    """A frame as RGB, turned as it is shown, its pixels made square."""
    pixels = np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90))
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    if facts.sar == 1:
        return picture
    width = max(1, round(picture.width * facts.sar))
    return picture.resize((width, picture.height), Image.Resampling.LANCZOS)


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
    seekable = container.format.name.startswith(INDEXED)
    if seekable and first > _DECODE_ON_SECONDS and stream.time_base:
        container.seek(int((first + offset) / stream.time_base), stream=stream, backward=True)
    remaining = list(group)
    for count, frame in enumerate(decode_frames(container, stream, stop)):
        time = stamp_seconds(frame, stream, count) - offset
        while remaining and time >= shown.times[remaining[0]] - _HALF * _gap(shown, remaining[0]):
            yield remaining.pop(0), frame
        if not remaining:
            return


def _gap(shown: FrameTimes, number: int) -> float:
    """The time between a frame and the one before it."""
    return shown.times[number] - shown.times[number - 1] if number else 0.002
