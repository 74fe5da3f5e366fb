"""media.detect_scenes: every cut at its frame, and none where there is none."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip, make_junk, make_sound, make_vfr
from tests.scene_clips import make_fade, make_scenes
from video_queue.domain.errors import VqError
from video_queue.domain.media.scenes import DetectScenesParams, DetectScenesResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import detect_scenes

CUTS = [17, 45, 52, 80, 110, 131]
_FOLDERS = [folder / "shared/media" for folder in Path(__file__).parents]
SHARED = next((folder for folder in _FOLDERS if folder.exists()), Path("none"))


def scenes_of(run: PhaseRun, source: Path, **params: Any) -> DetectScenesResult:
    return asyncio.run(detect_scenes.run(DetectScenesParams(source=str(source), **params), run))


@pytest.mark.parametrize("method", ["content", "adaptive"])
def test_hard_cuts_are_found_at_their_frames(tmp_path: Path, run: PhaseRun, method: str) -> None:
    result = scenes_of(run, make_scenes(tmp_path / "a.mp4", CUTS, 150), method=method)
    assert result.cuts == CUTS
    assert [(scene.start_frame, scene.end_frame) for scene in result.scenes] == list(
        zip([0, *CUTS], [*CUTS, 150], strict=True)
    )
    assert [round((scene.end or 0) * 30) for scene in result.scenes] == [*CUTS, 150]
    assert len(result.scores) == len(CUTS)
    assert not list(run.work_dir.iterdir())


def test_a_clip_without_cuts_is_one_scene_with_its_own_times(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 40)
    result = scenes_of(run, clip, method="adaptive")
    assert (result.cuts, result.scores) == ([], [])
    (scene,) = result.scenes
    assert (scene.start_frame, scene.end_frame, scene.start) == (0, 40, 0.0)
    assert scene.end == pytest.approx(times[-1] + 1 / 30, abs=0.07)


def test_a_fade_through_black_is_cut_where_it_is_darkest(tmp_path: Path, run: PhaseRun) -> None:
    result = scenes_of(run, make_fade(tmp_path / "f.mp4", 90, black=47, length=12), method="threshold")
    assert len(result.cuts) == 1
    assert abs(result.cuts[0] - 47) <= 1


def test_scenes_shorter_than_asked_for_are_joined(tmp_path: Path, run: PhaseRun) -> None:
    result = scenes_of(run, make_scenes(tmp_path / "a.mp4", CUTS, 150), min_scene=0.6)
    assert len(result.cuts) < len(CUTS)
    assert set(result.cuts) <= set(CUTS)
    assert min(b - a for a, b in zip([0, *result.cuts], [*result.cuts, 150], strict=True)) >= 18


@pytest.mark.skipif(not SHARED.exists(), reason="clips beside the repository")
def test_every_cut_of_real_footage_and_none_in_a_dissolve(run: PhaseRun) -> None:
    result = scenes_of(run, SHARED / "scenes12.mp4")
    assert result.cuts == [45, 105, 135, 210, 225, 261, 315, 375, 420, 430, 444, 504, 550, 610]
    assert scenes_of(run, SHARED / "dissolve.mp4").cuts == []


def test_what_has_no_scenes(tmp_path: Path, run: PhaseRun) -> None:
    for source, code in (
        (make_junk(tmp_path / "junk.mp4"), "input_unreadable"),
        (make_sound(tmp_path / "a.flac"), "input_unreadable"),
        (tmp_path / "none.mp4", "input_missing"),
    ):
        with pytest.raises(VqError) as caught:
            scenes_of(run, source)
        assert caught.value.code == code
        assert str(source) in caught.value.message


def test_without_the_extra_it_says_which_one_to_install(
    tmp_path: Path, run: PhaseRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "scenedetect", None)
    with pytest.raises(VqError, match="scenedetect") as caught:
        scenes_of(run, make_clip(tmp_path / "a.mp4", 10), engine="scenedetect")
    assert "video_queue[scenes]" in caught.value.hint


@pytest.mark.skipif(importlib.util.find_spec("scenedetect") is None, reason="the extra `scenes`")
def test_pyscenedetect_finds_the_same_cuts(tmp_path: Path, run: PhaseRun) -> None:
    result = scenes_of(run, make_scenes(tmp_path / "a.mp4", CUTS, 150), engine="scenedetect")
    assert (result.cuts, result.engine_used) == (CUTS, "scenedetect")
