"""media.extract_frames against clips whose frames carry their numbers."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from tests.media_clips import (
    code_of_picture,
    make_clip,
    make_junk,
    make_odd,
    make_sound,
    make_vfr,
    pictures_of,
)
from video_queue.domain.errors import VqError
from video_queue.domain.media.frames import ExtractFramesParams, ExtractFramesResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import extract_frames


def extract(run: PhaseRun, source: Path, **params: Any) -> ExtractFramesResult:
    return asyncio.run(extract_frames.run(ExtractFramesParams(source=str(source), **params), run))


def codes(result: ExtractFramesResult) -> list[int]:
    return [code_of_picture(Path(image.path)) for image in result.images]


def test_all_frames_carry_their_numbers(tmp_path: Path, run: PhaseRun) -> None:
    result = extract(run, make_clip(tmp_path / "a.mp4", 50))
    assert codes(result) == list(range(50)) == [image.index for image in result.images]
    assert result.map == pytest.approx({number: number / 30 for number in range(50)}, abs=1e-4)
    first = result.images[0]
    assert (first.width, first.height, first.start, first.end) == (
        320,
        192,
        0.0,
        pytest.approx(1 / 30, abs=1e-4),
    )
    assert sorted(path.name for path in run.work_dir.iterdir()) == ["frames"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"every_n": 7}, list(range(0, 50, 7))),
        ({"start": 0.5, "end": 1.0}, list(range(15, 30))),
        ({"every_n": 4, "start": 1.0}, list(range(30, 50, 4))),
        ({"timestamps": [0.0, 0.5, 0.999, 1.0, 1.6333]}, [0, 15, 29, 30, 49]),
        ({"fps": 10}, [*range(0, 50, 3)]),
        ({"fps": 60, "end": 0.2}, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
    ],
)
def test_frames_chosen_by(tmp_path: Path, run: PhaseRun, params: dict[str, Any], expected: list[int]) -> None:
    result = extract(run, make_clip(tmp_path / "a.mp4", 50), **params)
    assert codes(result) == expected == [image.index for image in result.images]
    assert len({image.path for image in result.images}) == len(expected)


def test_a_vfr_clip_gives_its_true_frames_at_their_true_times(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 40)
    result = extract(run, clip)
    assert codes(result) == list(range(40))
    assert result.map == pytest.approx(dict(enumerate(times)), abs=1e-4)


def test_hundreds_of_scattered_frames(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 450, size=(96, 64), sound=None)
    wanted = [number for number in range(450) if number % 2 or number % 5 == 0]
    result = extract(run, clip, timestamps=[number / 30 for number in wanted])
    assert len(wanted) > 101
    assert codes(result) == wanted


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_late_frames_are_reached_exactly(tmp_path: Path, run: PhaseRun, suffix: str) -> None:
    clip = make_clip(tmp_path / f"a{suffix}", 600, size=(96, 64), options={"bf": "3", "g": "250"})
    result = extract(run, clip, timestamps=[15.0, 17.3, 19.9667])
    assert codes(result) == [450, 519, 599]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotated_clips_come_upright(tmp_path: Path, run: PhaseRun, rotation: int) -> None:
    clip = make_clip(tmp_path / "r.mp4", 8, rotation=rotation, sound=None)
    result = extract(run, clip)
    assert codes(result) == list(range(8))
    with Image.open(result.images[0].path) as image:
        assert image.size == (result.images[0].width, result.images[0].height)
        assert image.size == ((320, 192) if rotation == 180 else (192, 320))


def test_odd_sizes_lose_no_pixel(tmp_path: Path, run: PhaseRun) -> None:
    result = extract(run, make_odd(tmp_path / "o.mp4", 5))
    with Image.open(result.images[3].path) as image:
        assert image.size == (321, 193)
    assert codes(result) == list(range(5))


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_pictures_of_a_run_that_was_killed_are_kept_up_to_the_first_that_is_not_whole(
    tmp_path: Path, run: PhaseRun, kind: str
) -> None:
    clip = make_clip(tmp_path / "a.mp4", 20)
    files = [Path(image.path) for image in extract(run, clip, format=kind, every_n=2).images]
    before = [file.stat() for file in files]
    os.truncate(files[4], before[4].st_size // 2)
    files[7].unlink()
    files[0].parent.rename(run.work_dir / "frames.part")
    again = extract(run, clip, format=kind, every_n=2)
    assert codes(again) == list(range(0, 20, 2))
    kept = [file.stat().st_mtime_ns == stat.st_mtime_ns for file, stat in zip(files, before, strict=True)]
    assert kept == [True] * 4 + [False] * 6


def test_pictures_that_are_repeated_are_written_from_scratch(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 20)
    expected = codes(extract(run, clip, fps=50))
    assert codes(extract(run, clip, fps=50)) == expected


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_colours_are_those_of_the_clip(tmp_path: Path, run: PhaseRun, kind: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", 3, pixels="yuv444p", sound=None)
    result = extract(run, clip, format=kind)
    with Image.open(result.images[2].path) as image:
        assert image.format == {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}[kind]
        pixels = np.asarray(image.convert("RGB")).astype(float)
    assert np.abs(pixels - pictures_of(clip)[2]).mean() < 2.0


def test_what_cannot_be_extracted(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10)
    for source, params, code in (
        (make_junk(tmp_path / "junk.mp4"), {}, "input_unreadable"),
        (make_sound(tmp_path / "s.flac"), {}, "input_unreadable"),
        (tmp_path / "none.mp4", {}, "input_missing"),
        (clip, {"timestamps": [99.0]}, "media_failed"),
        (clip, {"start": 5.0}, "media_failed"),
    ):
        with pytest.raises(VqError) as caught:
            extract(run, source, **params)
        assert caught.value.code == code
        assert str(source) in caught.value.message


def test_contradicting_choices_are_refused() -> None:
    for params in ({"every_n": 2, "fps": 3}, {"all": False}, {"start": 2, "end": 1}, {"colour": "red"}):
        with pytest.raises(ValidationError):
            ExtractFramesParams.model_validate({"source": "a.mp4", **params})
