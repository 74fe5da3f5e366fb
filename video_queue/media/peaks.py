"""The outline of a sound, to be drawn and cut by: a peak for each fiftieth of a second. Blocking."""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from video_queue.domain.catalogue import fail
from video_queue.media.facts import probe
from video_queue.media.reading import open_media, raise_if_stopped, read_times

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]

_RATE = 8000
_STEP = 0.02
# Longer sounds have longer steps, so that an outline stays below 300 KB.
_MOST = 200_000
_FULL_SCALE = 32768
# One pass reads a whole file; two at once keep the machine usable.
_decoding = threading.BoundedSemaphore(2)


class Peaks(BaseModel):
    """The outline of a sound on its picture's clock: `peaks` holds a byte (base64) for each `step` seconds.

    A byte is 255 times the root of the highest sample, so that what is quiet can be seen too.
    """

    step: float
    peaks: str


def peaks_of(path: Path, target: Path, stop: threading.Event) -> Peaks:
    """The outline of the first sound of `path`, read once and kept in `target`.

    Raises:
        VqError: input_missing, input_unreadable (also without sound).
        StoppedError: `stop` was set.
    """
    if target.exists():
        return Peaks.model_validate_json(target.read_bytes())
    with _decoding:
        peaks = _read(path, stop)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}")
    partial.write_text(peaks.model_dump_json(), "utf-8")
    partial.replace(target)
    return peaks


def _read(path: Path, stop: threading.Event) -> Peaks:
    import numpy as np  # here: a start does without

    facts = probe(path)
    if facts.audio is None:
        raise fail("input_unreadable.no_stream", path=str(path), kind="audio")
    begin = read_times(path, stop=stop).start if facts.kind == "video" else 0.0
    length = facts.duration or facts.audio.duration or 0.0
    step = _STEP
    while length / step > _MOST:
        step *= 2
    width = round(_RATE * step)
    highest = np.zeros(max(1, round(length / step)), np.int32)
    for first, samples in _samples(path, begin, stop):
        lead = first % width
        block = np.pad(np.abs(samples.astype(np.int32)), (lead, -(len(samples) + lead) % width))
        peaks = block.reshape(-1, width).max(axis=1)
        at = first // width
        if at + len(peaks) > len(highest):
            highest = np.pad(highest, (0, at + len(peaks) - len(highest)))
        np.maximum(highest[at : at + len(peaks)], peaks, out=highest[at : at + len(peaks)])
    outline = np.round(255 * np.sqrt(highest / _FULL_SCALE)).clip(0, 255).astype(np.uint8)
    return Peaks(step=step, peaks=b64encode(outline.tobytes()).decode())


def _samples(path: Path, begin: float, stop: threading.Event) -> Iterator[tuple[int, Samples]]:
    """Runs of mono samples at 8 kHz, each with the place of its first after the picture's beginning."""
    from av.audio.resampler import AudioResampler

    with open_media(path) as container:
        stream = container.streams.audio[0]
        offset = begin + (container.start_time or 0) / 1_000_000
        resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
        place: int | None = None
        for packet in container.demux(stream):
            raise_if_stopped(stop)
            for frame in packet.decode():
                if place is None:
                    place = round(((frame.time or 0.0) - offset) * _RATE)
                for part in resampler.resample(frame):
                    samples = part.to_ndarray()[0]
                    yield max(0, place), samples[max(0, -place) :]
                    place += len(samples)
