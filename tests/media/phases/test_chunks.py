"""media.chunk and media.unchunk: apart and together again is the clip, and seams are blended where chunks overlap."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.media_clips import codes_of, make_clip, make_vfr, pictures_of, sound_packets
from video_queue.domain.errors import VqError
from video_queue.domain.media.chunks import ChunkParams, ChunkResult, UnchunkParams, UnchunkResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import chunk, unchunk

NewRun = Callable[[], PhaseRun]


def chunks_of(new_run: NewRun, source: Path, **params: Any) -> ChunkResult:
    return asyncio.run(chunk.run(ChunkParams(source=str(source), **params), new_run()))


def joined(
    new_run: NewRun, chunks: ChunkResult, inputs: list[Path] | None = None, **params: Any
) -> UnchunkResult:
    files = [str(path) for path in inputs or []] or [clip.path for clip in chunks.clips]
    arguments = UnchunkParams.model_validate({"inputs": files, "plan": chunks.plan.model_dump(), **params})
    return asyncio.run(unchunk.run(arguments, new_run()))


# How seams are made matters only where parts overlap.
@pytest.mark.parametrize(
    ("size", "overlap", "blend"), [(16, 8, "linear"), (16, 8, "cut"), (20, 0, "linear"), (100, 8, "cut")]
)
def test_apart_and_together_is_the_clip(
    tmp_path: Path, new_run: NewRun, size: int, overlap: int, blend: str
) -> None:
    clip = make_clip(tmp_path / "a.mp4", 41, size=(96, 64))
    chunks = chunks_of(new_run, clip, size=size, overlap=overlap)
    assert all(
        codes_of(Path(part.path)) == list(range(scene.start_frame, scene.end_frame))
        for part, scene in zip(chunks.clips, chunks.plan.chunks, strict=True)
    )
    result = joined(new_run, chunks, blend=blend)
    assert codes_of(Path(result.file.path)) == list(range(41))
    assert (result.frame_count, result.file.fps, result.audio) == (41, 30, "copied")
    assert sound_packets(Path(result.file.path)) == sound_packets(clip)


def test_the_earlier_chunk_turns_into_the_later_one(tmp_path: Path, new_run: NewRun) -> None:
    def flat(level: int) -> Callable[[int, tuple[int, int]], Any]:
        return lambda _number, size: np.full((size[1], size[0], 3), level, np.uint8)

    chunks = chunks_of(new_run, make_clip(tmp_path / "a.mp4", 30, sound=None), size=18, overlap=6)
    inputs = [
        make_clip(tmp_path / f"{level}.mp4", 18, fps=16, size=(64, 48), sound=None, picture=flat(level))
        for level in (60, 200)
    ]
    result = joined(new_run, chunks, inputs)
    levels = [picture.mean() for picture in pictures_of(Path(result.file.path))]
    expected = [60.0] * 12 + [60 + 140 * (step + 1) / 7 for step in range(6)] + [200.0] * 12
    assert levels == pytest.approx(expected, abs=2.5)
    assert (result.file.width, result.file.fps) == (64, 30)


def test_a_variable_rate_becomes_constant(tmp_path: Path, new_run: NewRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 30)
    chunks = chunks_of(new_run, clip, size=20, overlap=4)
    result = joined(new_run, chunks)
    assert result.duration == pytest.approx(times[-1] + 1 / 15, abs=0.1)
    assert "variable rate" in chunks.warnings[0]


def test_chunks_that_are_not_those_planned(tmp_path: Path, new_run: NewRun) -> None:
    chunks = chunks_of(new_run, make_clip(tmp_path / "a.mp4", 30), size=18, overlap=6)
    short = make_clip(tmp_path / "short.mp4", 17)
    with pytest.raises(VqError, match=r"short\.mp4 has 17 frames where its chunk has 18"):
        joined(new_run, chunks, [Path(chunks.clips[0].path), short])
    with pytest.raises(VqError, match="1 clips for 2 chunks"):
        joined(new_run, chunks, [short])
    with pytest.raises(ValidationError, match="at most half"):
        ChunkParams(source="a", size=10, overlap=6)
