"""The samples of a retimed clip, one block after the other: an hour of sound takes no more memory than a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence

import numpy as np

from video_queue.media.clips.raw_sound import RawFormat, Samples
from video_queue.media.clips.retiming import SoundPiece
from video_queue.media.clips.stretching import stretched


async def retimed_sound(
    sound: Samples, pieces: Sequence[SoundPiece], raw: RawFormat, fade_ms: float
) -> AsyncGenerator[bytes, None]:
    """The bytes of `pieces` of `sound`, ready for an encoder; silence where the sound has ended."""
    for piece in pieces:
        blocks = _blocks(sound, piece, raw, fade_ms)
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            yield block.tobytes()


def _blocks(sound: Samples, piece: SoundPiece, raw: RawFormat, fade_ms: float) -> Iterator[Samples]:
    width = min(round(fade_ms * raw.rate / 1000), piece.count // 2)
    done = 0
    for block in _joined(_plain(sound, piece, raw), raw.rate):
        if width:
            _fade(block, done, piece, width)
        done += len(block)
        yield block


def _plain(sound: Samples, piece: SoundPiece, raw: RawFormat) -> Iterator[Samples]:
    """The piece's samples before they are faded."""
    if piece.rate != 1:
        yield from stretched(sound[piece.begin : piece.end], piece.count, raw.rate)
        return
    for begin in range(0, piece.count, raw.rate):
        count = min(raw.rate, piece.count - begin)
        block = np.array(sound[piece.begin + begin : piece.begin + begin + count])
        yield np.pad(block, ((0, count - len(block)), (0, 0)))


def _joined(blocks: Iterator[Samples], size: int) -> Iterator[Samples]:
    """Small blocks joined to about `size` samples."""
    waiting: list[Samples] = []
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= size:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)


def _fade(block: Samples, done: int, piece: SoundPiece, width: int) -> None:
    """Ramp what of the block lies within `width` samples of a cut."""
    places = np.arange(done, done + len(block), dtype=np.float32) + 0.5
    if piece.cut_before and done < width:
        block *= np.minimum(1, places / width)[:, None]
    if piece.cut_after and done + len(block) > piece.count - width:
        block *= np.minimum(1, (piece.count - places) / width)[:, None]
