"""More than 8 bits and transparency: kept from pictures to clips, from clips to clips, and back to pictures."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from tests.deep_pictures import (
    Deep,
    deep_frame,
    deep_pictures_of,
    make_deep_clip,
    make_deep_pictures,
    write_picture,
)
from tests.media_clips import SIZE, code_frame, codes_of, make_pictures
from video_queue.domain.errors import VqError
from video_queue.domain.media.clips import ConvertParams, ConvertResult
from video_queue.domain.media.frames import EncodeParams, EncodeResult, ExtractFramesParams
from video_queue.media.facts import probe
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import convert, encode, extract_frames
from video_queue.media.pictures import load_picture

RAMP = np.s_[100:180]  # rows in which each column has a grey of its own


def encoded(run: PhaseRun, frames: list[Path], **params: Any) -> tuple[EncodeResult, Path]:
    values = {"frames": [str(frame) for frame in frames], "fps": 25, "preset": "ultrafast", **params}
    result = asyncio.run(encode.run(EncodeParams.model_validate(values), run))
    return result, Path(result.file.path)


def converted(run: PhaseRun, clip: Path, **params: Any) -> tuple[ConvertResult, Path]:
    values = {"source": str(clip), "preset": "ultrafast", **params}
    result = asyncio.run(convert.run(ConvertParams.model_validate(values), run))
    return result, Path(result.file.path)


def extracted(run: PhaseRun, clip: Path, **params: Any) -> list[Path]:
    values = {"source": str(clip), **params}
    result = asyncio.run(extract_frames.run(ExtractFramesParams.model_validate(values), run))
    return [Path(image.path) for image in result.images]


def difference(pixels: Deep, truth: Deep) -> int:
    return int(np.abs(pixels.astype(int) - truth.astype(int)).max())


@pytest.mark.parametrize("alpha", [False, True])
def test_sixteen_bits_go_through_ffv1_and_come_back_bit_by_bit(
    tmp_path: Path, new_run: Any, alpha: bool
) -> None:
    frames = make_deep_pictures(tmp_path / "png", 3, alpha=alpha)
    result, clip = encoded(new_run(), frames, codec="ffv1")
    assert result.warnings == []
    _, again = converted(new_run(), clip, codec="ffv1")
    names = ("rgba64le", "rgba64be") if alpha else ("rgb48le", "rgb48be")
    for number, picture in enumerate(extracted(new_run(), again, depth=16)):
        assert probe(picture).bit_depth == 16
        (pixels,) = deep_pictures_of(picture, names[0])
        assert difference(pixels, deep_frame(number, alpha=alpha)) == 0


@pytest.mark.parametrize(
    ("codec", "alpha", "pixels"),
    [("prores", False, "yuv422p10le"), ("prores", True, "yuva444p12le"), ("dnxhr", False, "yuv422p10le"),
     ("hevc", False, "yuv420p10le")],
)  # fmt: skip
def test_intermediates_keep_ten_bits_and_prores_transparency(
    tmp_path: Path, run: PhaseRun, codec: str, alpha: bool, pixels: str
) -> None:
    result, clip = encoded(run, make_deep_pictures(tmp_path / "png", 2, alpha=alpha), codec=codec, crf=1)
    facts = probe(clip)
    assert (facts.pix_fmt, facts.alpha, result.warnings) == (pixels, alpha, [])
    assert facts.colour.space == "bt709"
    assert codes_of(clip) == [0, 1]
    picture, truth = deep_pictures_of(clip, "rgba64le")[1], deep_frame(1, alpha=True)
    assert difference(picture[RAMP][..., :3], truth[RAMP][..., :3]) < 65535 / 220
    assert len(set(picture[140, :, 0].tolist())) > 300  # of 8 bits there are 219
    if alpha:
        assert difference(picture[..., 3], truth[..., 3]) < 65535 / 500


@pytest.mark.parametrize(
    ("source", "pixels", "codec", "limit"),
    [("qtrle", "argb", "prores", 200), ("png", "rgba", "ffv1", 0), ("prores_ks", "yuva444p10le", "ffv1", 0)],
)
def test_transparent_clips_stay_transparent(
    tmp_path: Path, run: PhaseRun, source: str, pixels: str, codec: str, limit: int
) -> None:
    options = {"profile": "4444"} if source == "prores_ks" else {}
    clip = make_deep_clip(tmp_path / "a.mov", 2, source, pixels, alpha=True, **options)
    truth = deep_pictures_of(clip, "rgba64le")[1]
    result, output = converted(run, clip, codec=codec)
    assert result.warnings == []
    assert difference(deep_pictures_of(output, "rgba64le")[1][RAMP], truth[RAMP]) <= limit


def test_what_a_codec_cannot_hold_is_said(tmp_path: Path, new_run: Any) -> None:
    clip = make_deep_clip(tmp_path / "a.mov", 2, "png", "rgba64be", alpha=True)
    assert converted(new_run(), clip, codec="h264")[0].warnings == [
        "transparency was left out",
        "16 bits became 8 with h264; hevc or av1 keep 10",
    ]
    assert converted(new_run(), clip, codec="dnxhr")[0].warnings == ["transparency was left out"]
    frames = make_deep_pictures(tmp_path / "png", 2)
    assert encoded(new_run(), frames)[0].warnings == [
        "16 bits became 8 with h264; hevc, prores or ffv1 keep more"
    ]


def test_light_of_openexr_becomes_what_a_screen_shows(tmp_path: Path, new_run: Any) -> None:
    screen = np.linspace(0, 1, SIZE[0], dtype=np.float64)[None, :, None].repeat(SIZE[1], 0).repeat(3, 2)
    light = np.where(screen <= 0.04045, screen / 12.92, ((screen + 0.055) / 1.055) ** 2.4).astype(np.float32)
    files = [write_picture(tmp_path / f"f_{n}.exr", light, "gbrpf32le", "exr") for n in range(2)]
    facts = probe(files[0], whole=True)
    assert (facts.kind, facts.codec, facts.width, facts.height, facts.bit_depth) == (
        "image",
        "exr",
        *SIZE,
        16,
    )
    _, clip = encoded(new_run(), files, codec="ffv1")
    picture = deep_pictures_of(clip)[1]
    assert np.abs(picture / 65535 - screen).max() < 0.002
    assert np.abs(np.asarray(load_picture(files[0])) / 255 - screen).max() < 0.01


def test_dpx_and_sixteen_bit_tiff_are_read_whole(tmp_path: Path, run: PhaseRun) -> None:
    files = [
        write_picture(tmp_path / "f_1.dpx", deep_frame(0), "rgb48le", "dpx"),
        write_picture(tmp_path / "f_2.tif", deep_frame(1), "rgb48le", "tiff"),
        make_pictures(tmp_path / "eight", 1)[0],
    ]
    _, clip = encoded(run, files, codec="ffv1")
    pictures = deep_pictures_of(clip)
    assert [difference(pictures[number], deep_frame(number)) for number in range(2)] == [0, 0]
    assert difference(pictures[2], code_frame(0).astype(np.uint16) * np.uint16(257)) == 0


@pytest.mark.parametrize(
    ("suffix", "pixels", "codec"), [(".exr", "gbrpf32le", "exr"), (".dpx", "rgb48le", "dpx")]
)
@pytest.mark.parametrize("keep", [0.0, 0.001, 0.5, 0.99])
def test_half_a_picture_is_named(
    tmp_path: Path, run: PhaseRun, suffix: str, pixels: str, codec: str, keep: float
) -> None:
    data = deep_frame(0) if codec == "dpx" else (deep_frame(0) / 65535).astype(np.float32)
    whole = write_picture(tmp_path / f"f_1{suffix}", data, pixels, codec)
    half = tmp_path / f"f_2{suffix}"
    half.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * keep)])
    with pytest.raises(VqError) as caught:
        encoded(run, [whole, half], codec="ffv1")
    assert caught.value.code == "input_unreadable"
    assert str(half) in caught.value.message


def test_frames_go_out_as_linear_openexr_and_come_back(tmp_path: Path, new_run: Any) -> None:
    _, clip = encoded(new_run(), make_deep_pictures(tmp_path / "png", 2), codec="ffv1")
    files = extracted(new_run(), clip, format="exr")
    assert [file.name for file in files] == ["frame_000001.exr", "frame_000002.exr"]
    (light,) = deep_pictures_of(files[1], "gbrpf32le", form="exr_pipe")
    screen = deep_frame(1)[140] / 65535
    truth = np.where(screen <= 0.04045, screen / 12.92, ((screen + 0.055) / 1.055) ** 2.4)
    assert np.abs(light[140] - truth).max() < 0.001
    _, again = encoded(new_run(), files, codec="ffv1")
    assert difference(deep_pictures_of(again)[1], deep_frame(1)) < 65535 / 1000


def test_colours_of_openexr_are_multiplied_by_their_transparency(tmp_path: Path, run: PhaseRun) -> None:
    """Half of a light that a screen shows as 188 of 255, half transparent: as a renderer writes it."""
    light = np.full((192, 320, 4), 0.25, np.float32)
    light[..., 3] = 0.5
    light[:, 160:] = 0
    picture = write_picture(tmp_path / "f_1.exr", light, "gbrapf32le", "exr")
    _, clip = encoded(run, [picture], codec="prores")
    (pixels,) = deep_pictures_of(clip, "rgba64le")
    assert pixels[96, 80] / 257 == pytest.approx([188, 188, 188, 127.5], abs=1)
    assert pixels[96, 240, 3] == 0


def test_sixteen_bits_are_for_png_and_exr() -> None:
    with pytest.raises(ValidationError, match="only png and exr hold 16 bits"):
        ExtractFramesParams(source="a.mov", format="jpg", depth=16)
