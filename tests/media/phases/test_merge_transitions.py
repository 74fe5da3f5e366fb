"""media.merge with transitions: how long each is, what is seen and heard in each of its frames."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from tests.media_clips import SAMPLE_RATE, Pixels, codes_of, make_clip, pictures_of, sound_of
from video_queue.domain.errors import VqError
from video_queue.domain.media.clips import MergeParams, MergeResult
from video_queue.media.facts import probe
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import merge

DARK, LIGHT = 40, 200


def merged(run: PhaseRun, *inputs: Path, **params: Any) -> tuple[MergeResult, Path]:
    values = {"inputs": [str(path) for path in inputs], **params}
    result = asyncio.run(merge.run(MergeParams.model_validate(values), run))
    return result, Path(result.file.path)


def grey_clip(path: Path, level: int, frames: int = 12, **options: Any) -> Path:
    def picture(_number: int, size: tuple[int, int]) -> Pixels:
        return np.full((size[1], size[0], 3), level, np.uint8)

    return make_clip(path, frames, sound=None, picture=picture, **options)


def lit(picture: Pixels) -> NDArray[np.bool_]:
    return picture.mean(axis=2) > (DARK + LIGHT) / 2


@pytest.mark.parametrize("kind", ["wipe_left", "wipe_right", "wipe_up", "wipe_down"])
def test_the_edge_of_a_wipe_moves_evenly(tmp_path: Path, run: PhaseRun, kind: str) -> None:
    clips = [grey_clip(tmp_path / "a.mp4", DARK), grey_clip(tmp_path / "b.mp4", LIGHT)]
    result, output = merged(run, *clips, transition={"kind": kind, "frames": 7})
    pictures = pictures_of(output)
    assert result.frame_count == len(pictures) == 12 + 12 - 7
    assert not lit(np.concatenate(pictures[:5])).any()
    assert lit(np.concatenate(pictures[12:])).all()
    for number, picture in enumerate(pictures[5:12], 1):
        new = lit(picture)
        new = {"wipe_left": new[:, ::-1], "wipe_right": new, "wipe_up": new.T[:, ::-1], "wipe_down": new.T}[
            kind
        ]
        edge = round(new.shape[1] * number / 8)
        assert new[:, : edge - 3].all()
        assert not new[:, edge + 3 :].any()


def test_a_circle_opens_from_the_middle(tmp_path: Path, run: PhaseRun) -> None:
    clips = [grey_clip(tmp_path / "a.mp4", DARK), grey_clip(tmp_path / "b.mp4", LIGHT)]
    _, output = merged(run, *clips, transition={"kind": "circle", "frames": 5})
    middle = lit(pictures_of(output)[7 + 2])
    radius = np.hypot(320, 192) / 2 * 3 / 6
    y, x = np.mgrid[:192, :320]
    away = np.hypot(x + 0.5 - 160, y + 0.5 - 96)
    assert middle[away < radius - 4].all()
    assert not middle[away > radius + 4].any()


@pytest.mark.parametrize(
    ("suffix", "codec", "pixels"), [(".mp4", "libx264", "yuv420p"), (".mov", "prores_ks", "yuv422p10le")]
)
def test_a_fade_through_white_keeps_the_length(
    tmp_path: Path, run: PhaseRun, suffix: str, codec: str, pixels: str
) -> None:
    clips = [
        grey_clip(tmp_path / f"{level}{suffix}", level, codec=codec, pixels=pixels) for level in (DARK, LIGHT)
    ]
    result, output = merged(run, *clips, transition={"kind": "fade_white", "frames": 8})
    levels = [float(picture.mean()) for picture in pictures_of(output)]
    assert result.frame_count == len(levels) == 24
    assert min(levels[11:13]) > 250
    assert levels[:8] == pytest.approx([DARK] * 8, abs=3)
    assert levels[16:] == pytest.approx([LIGHT] * 8, abs=3)
    assert levels[8:11] == pytest.approx([DARK + (255 - DARK) * part / 4 for part in (1, 2, 3)], abs=4)
    assert probe(output).pix_fmt == pixels


def test_each_seam_may_have_a_transition_of_its_own(tmp_path: Path, run: PhaseRun) -> None:
    clips = [make_clip(tmp_path / f"{n}.mp4", 20, fps=Fraction(24000, 1001), first=100 * n) for n in range(4)]
    seams = [{"kind": "dissolve", "frames": 5}, "none", {"kind": "fade", "frames": 6}]
    result, output = merged(run, *clips, transitions=seams)
    codes = codes_of(output)
    assert result.frame_count == len(codes) == 75
    assert codes[:15] == list(range(15))
    assert codes[20:52] == [*range(105, 120), *range(200, 217)]
    assert codes[58:] == list(range(303, 320))
    assert probe(output).fps == pytest.approx(24000 / 1001, abs=1e-4)


def test_sound_is_crossfaded_to_the_sample(tmp_path: Path, run: PhaseRun) -> None:
    levels = (0.5, -0.25)
    clips = [
        make_clip(
            tmp_path / f"{n}.mov",
            15,
            sound="pcm_s24le",
            wave=np.full((2, SAMPLE_RATE // 2), level, np.float32),
        )
        for n, level in enumerate(levels)
    ]
    _, output = merged(run, *clips, transition={"kind": "wipe_left", "frames": 6})
    sound = sound_of(output)[0]
    part = (np.arange(9600) + 0.5) / 9600
    truth = np.concatenate(
        [np.full(14400, levels[0]), levels[0] * (1 - part) + levels[1] * part, np.full(14400, levels[1])]
    )
    assert sound.shape == truth.shape
    assert np.abs(sound - truth).max() < 1e-3


def test_transitions_that_do_not_fit(tmp_path: Path, run: PhaseRun) -> None:
    with pytest.raises(ValidationError, match="2 clips have 1 transitions"):
        MergeParams.model_validate({"inputs": ["a", "b"], "transitions": ["none", "none"]})
    with pytest.raises(ValidationError):
        MergeParams.model_validate({"inputs": ["a", "b"], "transition": "spin"})
    clips = [grey_clip(tmp_path / f"{n}.mp4", DARK, frames) for n, frames in enumerate((12, 8, 12))]
    with pytest.raises(VqError, match="too few for the 10") as caught:
        merged(run, *clips, transition={"kind": "dissolve", "frames": 5})
    assert caught.value.code == "media_failed"
