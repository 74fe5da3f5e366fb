"""media.interpolate, loop, animate, speed and stabilise: how many frames, which, and in what order."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.media_clips import (
    codes_of,
    make_clip,
    make_vfr,
    pictures_of,
    read_code,
    sound_of,
    times_of,
)
from tests.scene_clips import make_scenes
from video_queue.domain.errors import VqError
from video_queue.domain.media.phases import PHASES
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import DRIVERS


def result_of(run: PhaseRun, name: str, source: Path, **params: Any) -> Any:
    arguments = PHASES[f"media.{name}"].params.model_validate({"source": str(source), **params})
    return asyncio.run(DRIVERS[f"media.{name}"](arguments, run))  # type: ignore[arg-type]


@pytest.mark.parametrize(("method", "factor"), [("blend", 3), ("mci", 2)])
def test_more_frames_in_the_same_time(tmp_path: Path, run: PhaseRun, method: str, factor: int) -> None:
    clip = make_clip(tmp_path / "a.mp4", 8, fps=24)
    result = result_of(run, "interpolate", clip, factor=factor, method=method)
    assert (result.frame_count, result.file.fps) == (8 * factor, 24 * factor)
    assert result.duration == pytest.approx(8 / 24)
    assert codes_of(Path(result.file.path))[::factor] == list(range(8))
    assert sound_of(Path(result.file.path)).shape == sound_of(clip).shape


def test_no_frame_is_mixed_from_two_scenes(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_scenes(tmp_path / "a.mp4", [5], 10)
    before = pictures_of(clip)
    after = pictures_of(Path(result_of(run, "interpolate", clip).file.path))
    at_the_cut = after[9].astype(int)
    assert min(np.abs(at_the_cut - before[place]).mean() for place in (4, 5)) < 6


def test_a_boomerang_turns_without_a_double_frame(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 8)
    result = result_of(run, "loop", clip, times=2)
    there_and_back = [*range(8), *range(6, 0, -1)]
    assert codes_of(Path(result.file.path)) == there_and_back * 2
    assert (result.frame_count, result.warnings) == (28, ["a loop has no sound; it was left out"])


def test_the_end_becomes_the_beginning(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 15, sound=None)
    result = result_of(run, "loop", clip, mode="loop", crossfade=0.2)
    codes = codes_of(Path(result.file.path))
    assert len(codes) == result.frame_count == 9
    assert codes[:3] == list(range(6, 9))
    source, looped = pictures_of(clip), pictures_of(Path(result.file.path))
    weight = 6 / 7
    mixed = source[14] * (1 - weight) + source[5] * weight
    assert np.abs(looped[8] - mixed).mean() < 3


@pytest.mark.parametrize("kind", ["gif", "webp", "apng"])
def test_animations_show_every_frame_in_order(tmp_path: Path, run: PhaseRun, kind: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", 6, fps=10)
    result = result_of(run, "animate", clip, format=kind, width=160)
    with Image.open(result.file.path) as image:
        assert (image.size, image.n_frames) == ((160, 96), 6)  # type: ignore[attr-defined]
        assert image.info.get("loop") == 0
        codes = []
        for place in range(6):
            image.seek(place)
            codes.append(read_code(np.asarray(image.convert("RGB"))))
    assert codes == list(range(6))
    assert (result.frame_count, result.bytes) == (6, Path(result.file.path).stat().st_size)


def test_a_faster_clip_has_the_same_frames_and_a_shorter_sound(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 30)
    result = result_of(run, "speed", clip, factor=2.5)
    assert codes_of(Path(result.file.path)) == list(range(30))
    assert (result.file.fps, result.duration) == (75, pytest.approx(0.4))
    assert sound_of(Path(result.file.path)).shape[1] == pytest.approx(0.4 * 48000, abs=2500)


def test_a_slower_clip_of_variable_rate_keeps_its_rhythm(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 12)
    result = result_of(run, "speed", clip, factor=0.5, audio="drop")
    assert times_of(Path(result.file.path)) == pytest.approx([time * 2 for time in times], abs=2e-3)


def test_a_shaky_clip_is_held_still(tmp_path: Path, run: PhaseRun) -> None:
    texture = np.random.default_rng(3).integers(0, 255, (40, 60, 3)).astype(np.uint8)
    large = np.kron(texture, np.ones((10, 10, 1), np.uint8))

    def shaken(number: int, size: tuple[int, int]) -> Any:
        x, y = 40 + (number * 7) % 11, 40 + (number * 5) % 9
        return large[y : y + size[1], x : x + size[0]]

    clip = make_clip(tmp_path / "a.mp4", 12, size=(320, 192), sound=None, picture=shaken)
    result = result_of(run, "stabilise", clip)

    def movement(path: Path) -> float:
        pictures = [picture[40:-40, 60:-60].astype(int) for picture in pictures_of(path)]
        return float(np.mean([np.abs(a - b).mean() for a, b in pairwise(pictures)]))

    assert result.frame_count == 12
    assert movement(Path(result.file.path)) < 0.6 * movement(clip)


def test_a_clip_too_short_for_its_crossfade(tmp_path: Path, run: PhaseRun) -> None:
    with pytest.raises(VqError, match="too few for a crossfade"):
        result_of(run, "loop", make_clip(tmp_path / "a.mp4", 10), mode="loop", crossfade=1)
