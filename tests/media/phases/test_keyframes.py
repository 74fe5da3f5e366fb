"""media.keyframes: each picture is the frame that it says it is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import code_of_picture, make_clip, make_junk, make_vfr
from video_queue.domain.errors import VqError
from video_queue.domain.media.scenes import KeyframesParams, KeyframesResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import keyframes


def keyframes_of(run: PhaseRun, source: Path, **params: Any) -> KeyframesResult:
    return asyncio.run(keyframes.run(KeyframesParams.model_validate({"source": str(source), **params}), run))


SCENES = [{"start_frame": 0, "end_frame": 20}, {"start_frame": 20, "end_frame": 21}]


@pytest.mark.parametrize(
    ("params", "numbers"),
    [
        ({}, [30]),
        ({"scenes": SCENES}, [10, 20]),
        ({"strategy": "multi", "scenes": SCENES, "count": 2}, [5, 15, 20]),
        ({"strategy": "uniform", "count": 4, "format": "webp"}, [7, 22, 37, 52]),
        ({"strategy": "i_frames", "count": 50}, [0, 25, 50]),
    ],
)
def test_the_frames_are_those_of_the_strategy(
    tmp_path: Path, run: PhaseRun, params: dict[str, Any], numbers: list[int]
) -> None:
    clip = make_clip(tmp_path / "a.mp4", 60, options={"g": "25", "bf": "2", "sc_threshold": "0"})
    images = keyframes_of(run, clip, **params).images
    assert [code_of_picture(Path(image.path)) for image in images] == numbers
    assert [image.index for image in images] == numbers
    assert [round((image.start or 0) * 30) for image in images] == numbers


def test_times_of_a_clip_of_variable_rate_are_true(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 20)
    (image,) = keyframes_of(run, clip, format="jpg").images
    assert (code_of_picture(Path(image.path)), image.start) == (10, pytest.approx(times[10], abs=1e-3))


def test_what_has_no_keyframes(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10)
    for source, params, code in (
        (clip, {"scenes": [{"start_frame": 0, "end_frame": 11}]}, "media_failed"),
        (make_junk(tmp_path / "junk.mp4"), {}, "input_unreadable"),
    ):
        with pytest.raises(VqError) as caught:
            keyframes_of(run, source, **params)
        assert caught.value.code == code
        assert str(source) in caught.value.message
