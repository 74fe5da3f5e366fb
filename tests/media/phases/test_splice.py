"""media.splice: the clips of all scenes together are the source; each knows its place in it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.media_clips import SAMPLE_RATE, codes_of, make_clip, make_junk, make_vfr, sound_of, times_of
from video_queue.domain.errors import VqError
from video_queue.domain.media.scenes import SpliceParams, SpliceResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import splice


def clips_of(run: PhaseRun, source: Path, **params: Any) -> SpliceResult:
    return asyncio.run(splice.run(SpliceParams.model_validate({"source": str(source), **params}), run))


def test_between_cuts_every_frame_is_there_once(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 50)
    result = clips_of(run, clip, cuts=[33, 10])
    assert [codes_of(Path(part.path)) for part in result.clips] == [
        list(range(10)),
        list(range(10, 33)),
        list(range(33, 50)),
    ]
    assert result.frame_count == 50
    assert [(part.start_frame, part.end_frame) for part in result.clips] == [(0, 10), (10, 33), (33, 50)]
    assert {part.parent for part in result.clips} == {str(clip)}
    assert sum(sound_of(Path(part.path)).shape[1] for part in result.clips) == sound_of(clip).shape[1]


def test_scenes_of_a_review_may_leave_some_out_and_have_names(tmp_path: Path, run: PhaseRun) -> None:
    scenes = [
        {"start_frame": 5, "end_frame": 12, "name": "The door: open"},
        {"start_frame": 30, "end_frame": 41, "start": 1.0, "end": 9.0},
    ]
    result = clips_of(run, make_clip(tmp_path / "a.mp4", 50), scenes=scenes, crf=16)
    assert [codes_of(Path(part.path)) for part in result.clips] == [list(range(5, 12)), list(range(30, 41))]
    assert [Path(part.path).name for part in result.clips] == [
        "scene_0001_The door_ open.mp4",
        "scene_0002.mp4",
    ]
    assert sound_of(Path(result.clips[1].path)).shape[1] == pytest.approx(11 * SAMPLE_RATE / 30, abs=1024)
    assert (result.clips[1].start, result.clips[1].end) == (1.0, pytest.approx(41 / 30, abs=1e-5))


def test_every_frame_of_a_clip_of_variable_rate_is_there_at_any_quality(
    tmp_path: Path, run: PhaseRun
) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 40)
    result = clips_of(run, clip, cuts=[25], crf=20)
    assert [codes_of(Path(part.path)) for part in result.clips] == [list(range(25)), list(range(25, 40))]
    assert times_of(Path(result.clips[0].path)) == pytest.approx(times[:25], abs=1e-3)


def test_what_cannot_be_spliced(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10)
    for source, params, code in (
        (clip, {"cuts": [10]}, "media_failed"),
        (clip, {"scenes": [{"start_frame": 3, "end_frame": 11}]}, "media_failed"),
        (make_junk(tmp_path / "junk.mp4"), {"cuts": [1]}, "input_unreadable"),
    ):
        with pytest.raises(VqError) as caught:
            clips_of(run, source, **params)
        assert caught.value.code == code
        assert str(source) in caught.value.message
    with pytest.raises(ValidationError):
        SpliceParams(source="a")
    with pytest.raises(ValidationError, match="end_frame must be after"):
        SpliceParams.model_validate({"source": "a", "scenes": [{"start_frame": 3, "end_frame": 3}]})
