"""Frames that stand for what a file shows: evenly spread over a clip, or the picture itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from video_queue.domain.catalogue import fail
from video_queue.media.clips.frame_pictures import pictures_at
from video_queue.media.facts import probe
from video_queue.media.pictures import load_picture
from video_queue.media.reading import read_times


def sample_pictures(path: Path, count: int, stop: threading.Event) -> Iterator[Image.Image]:
    """At most `count` pictures of a file, upright RGB.

    Raises:
        VqError: input_missing, input_unreadable (also when there is no picture).
    """
    facts = probe(path, stop=stop)
    if facts.kind == "image":
        yield load_picture(path).convert("RGB")
        return
    if facts.kind != "video":
        raise fail("input_unreadable.no_stream", path=str(path), kind="video")
    shown = read_times(path, stop=stop)
    frames = len(shown.times)
    count = min(count, frames)
    numbers = [(2 * part + 1) * frames // (2 * count) for part in range(count)]
    for _, picture in pictures_at(path, facts, shown, numbers, stop):
        yield picture
