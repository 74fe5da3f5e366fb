"""media.split: the children together are the source, frame by frame, pixel by pixel, sample by sample."""

from __future__ import annotations

import asyncio
import os
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
    pictures_of,
    same_pictures,
    sound_of,
    times_of,
)
from video_queue.domain.errors import VqError
from video_queue.domain.media.clips import SplitParams, SplitResult
from video_queue.media.facts import read_to_end
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import split


def children_of(run: PhaseRun, source: Path, at: Any) -> tuple[SplitResult, list[Path]]:
    result = asyncio.run(split.run(SplitParams(source=str(source), at_frame=at), run))
    return result, [Path(child.path) for child in result.children]


def test_children_that_a_killed_run_finished_are_kept_where_they_are_whole(
    tmp_path: Path, run: PhaseRun
) -> None:
    clip = make_clip(tmp_path / "a.mp4", 30)
    _, children = children_of(run, clip, [10, 20])
    before = [child.stat() for child in children]
    os.truncate(children[1], before[1].st_size // 2)
    children[2].unlink()
    _, again = children_of(run, clip, [10, 20])
    assert [codes_of(child) for child in again] == [[*range(10)], [*range(10, 20)], [*range(20, 30)]]
    kept = [child.stat().st_mtime_ns == stat.st_mtime_ns for child, stat in zip(again, before, strict=True)]
    assert kept == [True, False, False]


def test_two_children_hold_every_frame_unchanged(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 50, options={"bf": "3"})
    result, children = children_of(run, clip, 17)
    assert [codes_of(child) for child in children] == [list(range(17)), list(range(17, 50))]
    assert [child.frames for child in result.children] == [17, 33]
    assert [(child.index, child.start, child.end) for child in result.children] == [
        (1, 0.0, pytest.approx(17 / 30, abs=1e-5)),
        (2, pytest.approx(17 / 30, abs=1e-5), pytest.approx(50 / 30, abs=1e-5)),
    ]
    again = [picture for child in children for picture in pictures_of(child)]
    assert same_pictures(again, pictures_of(clip))
    assert (result.frame_count, result.encoder_used, result.warnings) == (50, "libx264", [])
    assert sorted(path.name for path in run.work_dir.iterdir()) == ["part_0001.mp4", "part_0002.mp4"]


def test_the_sound_is_cut_to_the_sample(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 50)
    _, children = children_of(run, clip, [10, 33])
    sounds = [sound_of(child) for child in children]
    assert [sound.shape[1] for sound in sounds[:2]] == [10 * SAMPLE_RATE // 30, 23 * SAMPLE_RATE // 30]
    joined, whole = np.concatenate(sounds, axis=1), sound_of(clip)
    assert joined.shape == whole.shape
    assert np.abs(joined - whole).max() < 2**-22


def test_many_late_cuts(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mkv", 400, size=(96, 64), sound=None, options={"g": "300", "bf": "3"})
    _, children = children_of(run, clip, [1, 2, 200, 399])
    assert [codes_of(child) for child in children] == [
        [0],
        [1],
        list(range(2, 200)),
        list(range(200, 399)),
        [399],
    ]


def test_vfr_times_are_kept(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 30)
    _, children = children_of(run, clip, 11)
    assert [codes_of(child) for child in children] == [list(range(11)), list(range(11, 30))]
    assert times_of(children[1]) == pytest.approx([time - times[11] for time in times[11:]], abs=1e-3)


@pytest.mark.parametrize("rotation", [90, 270])
def test_rotated_clips_become_upright(tmp_path: Path, run: PhaseRun, rotation: int) -> None:
    _, children = children_of(run, make_clip(tmp_path / "r.mp4", 8, rotation=rotation), 3)
    assert [codes_of(child) for child in children] == [[0, 1, 2], [3, 4, 5, 6, 7]]
    assert pictures_of(children[0])[0].shape == (320, 192, 3)


def test_odd_sizes_stay(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_odd(tmp_path / "o.mp4", 6)
    _, children = children_of(run, clip, 2)
    again = [picture for child in children for picture in pictures_of(child)]
    assert same_pictures(again, pictures_of(clip))


def test_other_pixel_formats_become_ffv1(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mkv", 6, codec="ffv1", pixels="bgr0", sound="flac")
    result, children = children_of(run, clip, 4)
    assert result.encoder_used == "ffv1"
    assert read_to_end(children[0]).codec == "ffv1"
    again = [picture for child in children for picture in pictures_of(child)]
    assert same_pictures(again, pictures_of(clip))


def test_what_cannot_be_split(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10)
    for source, at, code in (
        (clip, 10, "media_failed"),
        (make_junk(tmp_path / "junk.mp4"), 1, "input_unreadable"),
        (tmp_path / "none.mp4", 1, "input_missing"),
    ):
        with pytest.raises(VqError) as caught:
            children_of(run, source, at)
        assert caught.value.code == code
        assert str(source) in caught.value.message
