"""media.crop, watermark, colour and quality: pixels of known clips before and after."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from tests.media_clips import make_clip, make_junk, pictures_of, read_code, sound_packets
from video_queue.domain.errors import VqError
from video_queue.domain.media.phases import PHASES
from video_queue.media.facts import probe
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import DRIVERS


def result_of(run: PhaseRun, name: str, source: Path, **params: Any) -> Any:
    arguments = PHASES[f"media.{name}"].params.model_validate({"source": str(source), **params})
    return asyncio.run(DRIVERS[f"media.{name}"](arguments, run))  # type: ignore[arg-type]


def flat(red: int, green: int, blue: int) -> Any:
    return lambda _number, size: np.full((size[1], size[0], 3), (red, green, blue), np.uint8)


def planes(path: Path) -> list[Any]:
    """Every frame's brightness and colours as they are stored."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray().astype(float) for frame in container.decode(video=0)]


def middle(path: Path) -> Any:
    picture = pictures_of(path)[0]
    return picture[picture.shape[0] // 2, picture.shape[1] // 2].astype(int)


def test_a_part_of_the_picture(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 5)
    result = result_of(run, "crop", clip, width=100, height=60, x=10, y=70)
    before, after = pictures_of(clip)[2].astype(int), pictures_of(Path(result.file.path))[2]
    assert after.shape == (60, 100, 3)
    assert np.abs(before[70:130, 10:110] - after).mean() < 3
    assert sound_packets(Path(result.file.path)) == sound_packets(clip)


def test_bars_have_the_colour_asked_for(tmp_path: Path, run: PhaseRun) -> None:
    result = result_of(run, "crop", make_clip(tmp_path / "a.mp4", 5), size="192x320", colour="#ff0000")
    picture = pictures_of(Path(result.file.path))[0].astype(int)
    assert picture.shape == (320, 192, 3)
    assert np.abs(picture[10, 10] - (255, 0, 0)).max() < 12
    assert [read_code(frame[102:218]) for frame in pictures_of(Path(result.file.path))] == list(range(5))


def test_cut_at_the_sides(tmp_path: Path, run: PhaseRun) -> None:
    result = result_of(run, "crop", make_clip(tmp_path / "a.mp4", 5), size="192x192", fit="crop")
    assert (result.file.width, result.file.height, result.frame_count) == (192, 192, 5)


def test_a_watermark_stands_in_its_corner(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 5, picture=flat(0, 0, 0))
    Image.new("RGBA", (50, 50), (255, 255, 255, 255)).save(tmp_path / "mark.png")
    image = str(tmp_path / "mark.png")
    result = result_of(run, "watermark", clip, image=image, width=0.2, margin=0.05, opacity=0.5)
    picture = pictures_of(Path(result.file.path))[4].astype(int).mean(axis=2)
    assert picture[192 - 16 - 32, 320 - 16 - 32] == pytest.approx(128, abs=6)
    assert picture[:100].max() < 8
    assert picture[192 - 10 :].max() < 8


def test_a_lut_changes_colours_by_its_strength(tmp_path: Path, run: PhaseRun, new_run: Any) -> None:
    clip = make_clip(tmp_path / "a.mp4", 3, picture=flat(200, 60, 60))
    rows = [f"{b} {g} {r}" for b in (0, 1) for g in (0, 1) for r in (0, 1)]  # red and blue change places
    (cube := tmp_path / "swap look.cube").write_text("LUT_3D_SIZE 2\n" + "\n".join(rows) + "\n")
    whole = result_of(run, "colour", clip, lut=str(cube))
    half = result_of(new_run(), "colour", clip, lut=str(cube), strength=0.25)
    assert middle(Path(whole.file.path)) == pytest.approx((60, 60, 200), abs=8)
    assert middle(Path(half.file.path)) == pytest.approx((165, 60, 95), abs=8)


def test_hdr_becomes_sdr_with_its_tags(tmp_path: Path, run: PhaseRun) -> None:
    options = {"x265-params": "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=error"}
    clip = make_clip(
        tmp_path / "h.mp4", 4, codec="libx265", pixels="yuv420p10le", sound=None, options=options,
        picture=flat(148, 148, 148),
    )  # fmt: skip
    assert probe(clip).colour.transfer == "smpte2084"
    result = result_of(run, "colour", clip, tone_map="hable")
    colour = probe(Path(result.file.path)).colour
    assert (colour.space, colour.primaries, colour.transfer, colour.range) == (
        "bt709",
        "bt709",
        "bt709",
        "tv",
    )
    red, green, blue = middle(Path(result.file.path))
    assert max(red, green, blue) - min(red, green, blue) < 6
    assert 120 < red < 235


@pytest.mark.parametrize(("metric", "same", "least"), [("psnr", 100, 30), ("ssim", 1, 0.9), ("vmaf", 95, 30)])
def test_the_score_of_a_known_pair(
    tmp_path: Path, run: PhaseRun, new_run: Any, metric: str, same: float, least: float
) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10, sound=None)
    rough = make_clip(tmp_path / "b.mp4", 10, sound=None, options={"crf": "45"})
    equal = result_of(run, "quality", clip, reference=str(clip), metric=metric)
    other = result_of(new_run(), "quality", rough, reference=str(clip), metric=metric)
    assert equal.score >= same
    assert least < other.score < equal.score
    assert len(other.per_frame) == 10
    assert other.lowest == min(other.per_frame)
    if metric == "psnr":
        squares = [np.mean((a - b) ** 2) for a, b in zip(planes(clip), planes(rough), strict=True)]
        assert other.score == pytest.approx(10 * np.log10(255**2 / np.mean(squares)), abs=0.01)


def test_what_is_refused(tmp_path: Path, run: PhaseRun, new_run: Any) -> None:
    clip, junk = make_clip(tmp_path / "a.mp4", 5), make_junk(tmp_path / "junk.mp4")
    (text := tmp_path / "text.cube").write_text("no look")
    other = make_clip(tmp_path / "b.mp4", 6)
    for name, source, params, code, part in (
        ("crop", junk, {"size": "10x10"}, "input_unreadable", "junk.mp4"),
        ("crop", clip, {"width": 400, "height": 10}, "media_failed", "not inside a.mp4"),
        ("watermark", clip, {"image": str(junk)}, "input_unreadable", "junk.mp4"),
        ("colour", clip, {"lut": str(text)}, "input_unreadable", "text.cube"),
        ("quality", clip, {"reference": str(other)}, "media_failed", "6"),
    ):
        with pytest.raises(VqError, match=part) as caught:
            result_of(new_run(), name, source, **params)
        assert caught.value.code == code
    with pytest.raises(ValidationError, match="give lut or tone_map"):
        PHASES["media.colour"].params.model_validate({"source": "a"})
