"""media.merge: every frame of every clip once, in order; splitting and joining again changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.media_clips import (
    SAMPLE_RATE,
    codes_of,
    make_clip,
    make_junk,
    make_odd,
    make_vfr,
    picture_packets,
    pictures_of,
    read_code,
    same_pictures,
    sound_of,
    times_of,
)
from video_queue.domain.errors import VqError
from video_queue.domain.media.clips import MergeParams, MergeResult, SplitParams
from video_queue.media.facts import probe, read_to_end
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import merge, split


def merged(run: PhaseRun, *inputs: Path, **params: Any) -> tuple[MergeResult, Path]:
    values = {"inputs": [str(path) for path in inputs], **params}
    result = asyncio.run(merge.run(MergeParams.model_validate(values), run))
    assert [path.name for path in run.work_dir.iterdir()] == [Path(result.file.path).name]
    return result, Path(result.file.path)


def split_and_join(new_run: Callable[[], PhaseRun], clip: Path, at: list[int]) -> tuple[MergeResult, Path]:
    parts = asyncio.run(split.run(SplitParams(source=str(clip), at_frame=at), new_run()))
    return merged(new_run(), *[Path(child.path) for child in parts.children])


def test_split_and_rejoin_is_the_identity(tmp_path: Path, new_run: Callable[[], PhaseRun]) -> None:
    clip = make_clip(tmp_path / "a.mp4", 50, options={"bf": "3"})
    result, output = split_and_join(new_run, clip, [1, 17, 40])
    assert (result.encoder_used, result.frame_count, result.warnings) == ("copy", 50, [])
    assert same_pictures(pictures_of(output), pictures_of(clip))
    assert times_of(output) == pytest.approx(times_of(clip), abs=1e-4)
    mine, truth = sound_of(output), sound_of(clip)
    assert mine.shape == truth.shape
    assert np.abs(mine - truth).max() < 2**-22
    assert read_to_end(output).frames == 50


def test_split_and_rejoin_of_a_vfr_clip(tmp_path: Path, new_run: Callable[[], PhaseRun]) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 30)
    result, output = split_and_join(new_run, clip, [7, 19])
    assert result.encoder_used == "copy"
    assert codes_of(output) == list(range(30))
    assert times_of(output) == pytest.approx(times, abs=2e-3)


def test_split_and_rejoin_of_an_odd_clip(tmp_path: Path, new_run: Callable[[], PhaseRun]) -> None:
    clip = make_odd(tmp_path / "o.mp4", 9)
    _, output = split_and_join(new_run, clip, [4])
    assert same_pictures(pictures_of(output), pictures_of(clip))


def test_clips_alike_are_joined_without_encoding(tmp_path: Path, run: PhaseRun) -> None:
    clips = [make_clip(tmp_path / f"{n}.mp4", 20, first=100 * n, options={"bf": "3"}) for n in range(3)]
    result, output = merged(run, *clips)
    assert codes_of(output) == [100 * n + frame for n in range(3) for frame in range(20)]
    assert (result.encoder_used, result.frame_count, result.file.fps) == ("copy", 60, 30.0)
    assert picture_packets(output) == [packet for clip in clips for packet in picture_packets(clip)]
    assert sound_of(output).shape[1] == pytest.approx(60 / 30 * SAMPLE_RATE, abs=64)


def test_longer_and_shorter_sound_moves_no_picture(tmp_path: Path, run: PhaseRun) -> None:
    clips = [
        make_clip(tmp_path / "long.mp4", 30, sound_seconds=1.7),
        make_clip(tmp_path / "short.mp4", 30, first=100, sound_seconds=0.4),
        make_clip(tmp_path / "silent.mp4", 30, first=200, sound=None),
        make_clip(tmp_path / "last.mp4", 30, first=300),
    ]
    result, output = merged(run, *clips)
    assert times_of(output) == pytest.approx([number / 30 for number in range(120)], abs=1e-4)
    sound = sound_of(output)[0]
    assert sound.shape[0] == pytest.approx(4 * SAMPLE_RATE, abs=64)
    assert np.abs(sound[int(1.5 * SAMPLE_RATE) : int(2.95 * SAMPLE_RATE)]).max() < 0.01
    clicks = np.flatnonzero(sound[int(2.95 * SAMPLE_RATE) :] > 0.6) + int(2.95 * SAMPLE_RATE)
    assert any(abs(click - 3.25 * SAMPLE_RATE) < 48 for click in clicks)
    assert result.warnings == ["1 of 4 clips have no sound; silence stands in"]


def test_clips_of_other_making_are_encoded(tmp_path: Path, run: PhaseRun) -> None:
    first = make_clip(tmp_path / "a.mp4", 20)
    second = make_clip(tmp_path / "b.mkv", 25, first=100, codec="mpeg4", options={"qscale": "2"})
    result, output = merged(run, first, second)
    assert codes_of(output) == [*range(20), *range(100, 125)]
    assert (result.encoder_used, result.file.fps) == ("libx264", 30.0)
    assert times_of(output) == pytest.approx([number / 30 for number in range(45)], abs=1e-4)


@pytest.mark.parametrize("change", [{"size": (192, 192)}, {"fps": 25}])
def test_mismatched_clips_are_refused(tmp_path: Path, run: PhaseRun, change: dict[str, Any]) -> None:
    clips = [make_clip(tmp_path / "a.mp4", 10), make_clip(tmp_path / "b.mp4", 10, **change)]
    with pytest.raises(VqError, match="where the first clip") as caught:
        merged(run, *clips)
    assert caught.value.code == "media_failed"
    assert str(clips[1]) in caught.value.message


@pytest.mark.parametrize("fit", ["pad", "crop", "stretch"])
def test_mismatched_clips_are_fitted(tmp_path: Path, run: PhaseRun, fit: str) -> None:
    first, second = (
        make_clip(tmp_path / "a.mp4", 20),
        make_clip(tmp_path / "b.mp4", 20, size=(192, 192), first=50),
    )
    result, output = merged(run, first, second, fit=fit)
    frames = pictures_of(output)
    assert {frame.shape for frame in frames} == {(192, 320, 3)}
    assert [read_code(frame) for frame in frames[:20]] == list(range(20))
    area = {"pad": np.s_[:, 64:256], "stretch": np.s_[:, :], "crop": np.s_[:, :]}[fit]
    if fit != "crop":
        assert [read_code(frame[area]) for frame in frames[20:]] == list(range(50, 70))
    else:
        assert frames[25].mean() > 60
    assert (result.frame_count, len(result.warnings)) == (40, 1)


def test_another_rate_is_fitted(tmp_path: Path, run: PhaseRun) -> None:
    first, second = make_clip(tmp_path / "a.mp4", 30), make_clip(tmp_path / "b.mp4", 50, fps=25, first=100)
    result, output = merged(run, first, second, fit="pad")
    codes = codes_of(output)
    assert result.frame_count == len(codes) == pytest.approx(90, abs=1)
    assert codes[:30] == list(range(30))
    for tick, code in enumerate(codes[30:]):
        assert abs((code - 100) / 25 - tick / 30) <= 1 / 25 + 1e-6
    facts = probe(output, count_frames=True)
    assert (facts.vfr, facts.fps) == (False, 30.0)


def test_a_rotated_clip_joins_upright(tmp_path: Path, run: PhaseRun) -> None:
    upright = make_clip(tmp_path / "a.mp4", 10, size=(192, 320))
    turned = make_clip(tmp_path / "b.mp4", 10, rotation=90, first=50)
    _, output = merged(run, upright, turned)
    assert codes_of(output) == [*range(10), *range(50, 60)]
    assert (probe(output).width, probe(output).height, probe(output).rotation) == (192, 320, 0)


@pytest.mark.parametrize("second", [{"size": (160, 96)}, {"fps": 25}, {"sar": None, "rotation": 0}])
def test_a_portrait_clip_of_a_phone_keeps_its_shape(
    tmp_path: Path, run: PhaseRun, second: dict[str, Any]
) -> None:
    phone: dict[str, Any] = {"rotation": 90, "sar": Fraction(4, 3), "sound": None}
    clips = [make_clip(tmp_path / f"{n}.mp4", 6, **{**phone, **more}) for n, more in enumerate(({}, second))]
    facts = probe(merged(run, *clips, fit="pad")[1])
    assert facts.width
    assert facts.height
    assert facts.width * facts.sar / facts.height == pytest.approx(192 / (320 * 4 / 3), rel=0.01)


def test_portrait_clips_of_a_phone_keep_their_shape_in_a_dissolve(tmp_path: Path, run: PhaseRun) -> None:
    clips = [
        make_clip(tmp_path / f"{n}.mp4", 20, rotation=90, sar=Fraction(4, 3), sound=None) for n in range(2)
    ]
    facts = probe(merged(run, *clips, transition={"kind": "dissolve", "seconds": 0.2})[1])
    assert facts.width
    assert facts.height
    assert facts.width * facts.sar / facts.height == pytest.approx(192 / (320 * 4 / 3), rel=0.01)


def test_dissolve_overlaps_the_clips(tmp_path: Path, run: PhaseRun) -> None:
    clips = [make_clip(tmp_path / f"{n}.mp4", 30, first=100 * n) for n in range(3)]
    result, output = merged(run, *clips, transition={"kind": "dissolve", "seconds": 0.2})
    codes = codes_of(output)
    assert result.frame_count == len(codes) == 90 - 2 * 6
    assert codes[:24] == list(range(24))
    assert codes[30:48] == list(range(106, 124))
    assert codes[54:] == list(range(206, 230))
    assert sound_of(output).shape[1] == pytest.approx(78 / 30 * SAMPLE_RATE, abs=64)


def test_fade_through_black_keeps_the_length(tmp_path: Path, run: PhaseRun) -> None:
    clips = [make_clip(tmp_path / f"{n}.mp4", 30, first=100 * n) for n in range(2)]
    result, output = merged(run, *clips, transition="fade")
    frames = pictures_of(output)
    assert result.frame_count == len(frames) == 60
    assert frames[29].mean() < 25
    assert frames[30].mean() < 25
    assert [read_code(frame) for frame in (frames[0], frames[15], frames[45], frames[59])] == [
        0,
        15,
        115,
        129,
    ]


def test_what_cannot_be_merged(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10)
    for bad, params, code in (
        (make_junk(tmp_path / "junk.mp4"), {}, "input_unreadable"),
        (tmp_path / "none.mp4", {}, "input_missing"),
        (make_clip(tmp_path / "b.mp4", 4), {"transition": 1.0}, "media_failed"),
    ):
        with pytest.raises(VqError) as caught:
            merged(run, clip, bad, **params)
        assert caught.value.code == code
