"""`media.keyframes`: pictures that stand for a clip or for each of its scenes, each the very frame that it says."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import fail
from video_queue.domain.media.scenes import KeyframesParams, KeyframesResult
from video_queue.domain.views import MediaFile
from video_queue.media.checks import frame_times, probe_video
from video_queue.media.clips.frame_pictures import pictures_at
from video_queue.media.clips.picking import frame_at
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun
from video_queue.media.reading import FrameTimes, demux, open_media, video_stream
from video_queue.system.processes.cancellation import in_thread

_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 1},
    "jpg": {"quality": 92, "subsampling": 0},
    "webp": {"quality": 90},
}


async def run(params: KeyframesParams, run: PhaseRun) -> KeyframesResult:
    """Pictures in `keyframes/` of the phase's folder, upright, with square pixels.

    `scene_mid`: the middle of each scene; `multi`: `count` spread over each scene; `uniform`: `count` spread over the
    clip; `i_frames`: the frames stored whole, at most `count` of them. A frame is taken once.

    Raises:
        VqError: input_missing, input_unreadable, media_failed (no such frame), disk_full.
    """
    facts = await probe_video(params.source)
    shown = await frame_times(facts.path)
    numbers = sorted(set(await _numbers(params, facts, shown)))
    folder = run.work_dir / "keyframes"
    await asyncio.to_thread(folder.mkdir)
    images = await in_thread(partial(_write, run, facts, shown, numbers, folder, params.format))
    return KeyframesResult(images=images)


async def _numbers(params: KeyframesParams, facts: MediaFacts, shown: FrameTimes) -> list[int]:
    frames = len(shown.times)
    if params.strategy == "i_frames":
        stored = await in_thread(partial(_stored_whole, facts, shown))
        return [stored[place] for place in _spread(0, len(stored), params.count)]
    ranges = [(scene.start_frame, scene.end_frame) for scene in params.scenes or []] or [(0, frames)]
    if (last := max(end for _, end in ranges) - 1) >= frames:
        values = {"path": params.source, "name": "scenes", "value": last, "last": frames - 1}
        raise fail("media_failed.no_such_frame", **values)
    if params.strategy == "uniform":
        return _spread(0, frames, params.count)
    count = params.count if params.strategy == "multi" else 1
    return [number for first, end in ranges for number in _spread(first, end, count)]


def _spread(first: int, end: int, count: int) -> list[int]:
    """The middles of `count` equal parts of `first` up to `end`; fewer where there are fewer numbers."""
    count = min(count, end - first)
    return [first + (2 * part + 1) * (end - first) // (2 * count) for part in range(count)]


def _stored_whole(facts: MediaFacts, shown: FrameTimes, stop: threading.Event) -> list[int]:
    """The numbers of the frames that the file holds whole (key frames); the first one counts always."""
    with open_media(facts.path) as container:
        stream = video_stream(container)
        if stream is None or stream.time_base is None:
            return [0]
        offset = shown.start + (container.start_time or 0) / 1_000_000
        base = stream.time_base
        packets = demux(container, stream, stop)
        times = [
            float(packet.pts * base) - offset
            for packet in packets
            if packet.is_keyframe and packet.pts is not None
        ]
    return sorted({0, *(frame_at(shown.times, time) for time in times)})


def _write(
    run: PhaseRun,
    facts: MediaFacts,
    shown: FrameTimes,
    numbers: Sequence[int],
    folder: Path,
    kind: str,
    stop: threading.Event,
) -> list[MediaFile]:
    images = []
    for number, picture in pictures_at(facts.path, facts, shown, numbers, stop):
        path = folder / f"{facts.path.stem[:80]}_{number:06d}.{kind}"
        picture.save(path, **_OPTIONS[kind])
        width, height = picture.size
        start = round(shown.times[number], 6)
        images.append(MediaFile(path=str(path), index=number, width=width, height=height, start=start))
        run.report(len(images) / len(numbers))
    return images
