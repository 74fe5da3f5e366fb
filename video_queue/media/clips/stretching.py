"""Sound played faster at the same pitch: short windows of it, overlapped where their waves agree (WSOLA)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from video_queue.media.clips.raw_sound import Samples

_WINDOW_SECONDS = 0.04
_SKIP = 4  # every fourth sample is enough to compare waves


def stretched(sound: Samples, count: int, rate: int) -> Iterator[Samples]:
    """`sound` (samples, channels) as `count` samples, in blocks; at `rate` samples a second."""
    hop = max(2, round(_WINDOW_SECONDS * rate / 2))
    size = 2 * hop
    if len(sound) <= size or count <= hop:
        yield _padded(sound[:count], count)
        return
    rising = ((np.arange(hop) + 0.5) / hop).astype(np.float32)[:, None]
    last = len(sound) - size
    position, written = 0, hop
    yield np.array(sound[:hop])
    while written < count:
        due = min(last, round(written * len(sound) / count))
        following = np.asarray(sound[position + hop : position + size])
        position = _best(sound, due, last, following, hop)
        block = following * rising[::-1] + sound[position : position + hop] * rising
        yield block[: count - written].astype(np.float32)
        written += hop


def _best(sound: Samples, due: int, last: int, following: Samples, hop: int) -> int:
    """Where near `due` the sound is most like what would have followed."""
    low, high = max(0, due - hop // 2), min(last, due + hop // 2)
    near = np.asarray(sound[low : high + hop : _SKIP], np.float32).mean(axis=1)
    wave = following[::_SKIP].mean(axis=1)
    if len(near) <= len(wave):
        return due
    likeness = np.correlate(near, wave, "valid")
    power = np.convolve(np.square(near), np.ones(len(wave), np.float32), "valid")
    return min(last, low + int(np.argmax(likeness / np.sqrt(power + 1e-9))) * _SKIP)


def _padded(sound: Samples, count: int) -> Samples:
    return np.pad(sound, ((0, max(0, count - len(sound))), (0, 0)))
