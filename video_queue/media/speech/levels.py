"""How loud a sound is over time: a level for each hundredth of a second, and the noise floor below it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from video_queue.media.clips.raw_sound import RawFormat, Samples
from video_queue.media.reading import raise_if_stopped

STEP = 0.01  # seconds between two levels
_BLOCK = 6000  # levels at a time, a minute
_DIGITAL_SILENCE = -85.0
_LOWEST_FLOOR = -70.0
# Between the floor and the loud parts: far enough above noise that flutters, below the soft ends of words.
_SHARE = 0.25
_CLOSEST = 4.0
_ALIKE = 3.0  # dB between the quietest sounds of a room
_ROOM = 20.0  # dB at least between a room and a voice in it
_FLAT = 6.0  # dB between floor and loud parts below which nothing stands out
_NOTHING_HEARD = -60.0
Levels = NDArray[np.float64]


@dataclass(frozen=True)
class Threshold:
    """The noise floor, and the level below which a sound counts as silence, both in dB of full scale."""

    floor: float
    level: float


def levels_of(samples: Samples, raw: RawFormat, stop: threading.Event) -> Levels:
    """The level of every `STEP` in dB, of the loudest channel.

    Raises:
        StoppedError: `stop` was set.
    """
    width = round(raw.rate * STEP)
    parts = []
    for begin in range(0, len(samples), width * _BLOCK):
        raise_if_stopped(stop)
        block = np.asarray(samples[begin : begin + width * _BLOCK], np.float64)
        block = np.pad(block, ((0, -len(block) % width), (0, 0)))
        power = np.square(block.reshape(-1, width, raw.channels)).mean(axis=1).max(axis=1)
        parts.append(10 * np.log10(power + 1e-12))
    return np.concatenate(parts) if parts else np.zeros(0)


def threshold_of(levels: Levels) -> Threshold:
    """The floor of these levels, and a threshold above it.

    Where some of the sound is digital silence, the rest has a floor of its own only if its quiet parts are alike
    (a room); else they are the soft ends of words.
    """
    heard = levels[levels > _DIGITAL_SILENCE]
    if not len(heard):
        return Threshold(_LOWEST_FLOOR, _NOTHING_HEARD)
    low, quiet, loud = (float(value) for value in np.percentile(heard, (3, 10, 95)))
    room = len(heard) == len(levels) or (quiet - low < _ALIKE and loud - low > _ROOM)
    floor = max(low, _LOWEST_FLOOR) if room else _LOWEST_FLOOR
    if loud - floor < _FLAT:
        return Threshold(floor, _NOTHING_HEARD)
    return Threshold(floor, floor + max(_CLOSEST, _SHARE * (loud - floor)))
