"""media.convert: every frame once, tags and turn kept, odd sizes whole."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.media_clips import (
    code_frame,
    codes_of,
    make_clip,
    make_junk,
    make_odd,
    make_truncated,
    make_vfr,
    pictures_of,
    read_code,
    sound_packets,
    times_of,
)
from video_queue.domain.errors import VqError
from video_queue.domain.media.clips import ConvertParams, ConvertResult
from video_queue.media.facts import probe
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import convert


def converted(run: PhaseRun, source: Path, **params: Any) -> ConvertResult:
    return asyncio.run(convert.run(ConvertParams(source=str(source), **params), run))


def test_every_frame_once_and_the_sound_copied(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 50)
    result = converted(run, clip)
    output = Path(result.file.path)
    assert codes_of(output) == list(range(50))
    assert (result.frame_count, result.encoder_used, result.audio, result.warnings) == (
        50,
        "libx264",
        "copied",
        [],
    )
    assert result.duration == pytest.approx(50 / 30)
    assert sound_packets(output) == sound_packets(clip)


def test_vfr_times_are_kept(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 40)
    output = Path(converted(run, clip).file.path)
    assert codes_of(output) == list(range(40))
    assert times_of(output) == pytest.approx(times, abs=1e-3)


def test_vfr_to_a_constant_rate(tmp_path: Path, run: PhaseRun) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 30)
    result = converted(run, clip, fps=30)
    output = Path(result.file.path)
    facts = probe(output, count_frames=True)
    assert (facts.vfr, facts.fps) == (False, 30.0)
    for tick, code in enumerate(codes_of(output)):
        assert abs(times[code] - tick / 30) <= 0.1


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ((1, 1, 1, 1), {"space": "bt709", "primaries": "bt709", "transfer": "bt709", "range": "tv"}),
        (
            (6, 6, 6, 1),
            {"space": "smpte170m", "primaries": "smpte170m", "transfer": "smpte170m", "range": "tv"},
        ),
        ((2, 2, 2, 0), {"space": None, "primaries": None, "transfer": None, "range": None}),
    ],
)
def test_colour_tags_and_pixels_are_kept(
    tmp_path: Path, run: PhaseRun, tags: tuple[int, int, int, int], expected: dict[str, str | None]
) -> None:
    clip = tagged_clip(tmp_path / "t.mp4", tags)
    assert probe(clip).colour.model_dump() == expected
    output = Path(converted(run, clip, crf=4).file.path)
    assert probe(output).colour.model_dump() == expected
    assert np.abs(planes(output) - planes(clip)).mean() < 1.5


def test_full_range_stays_full_range(tmp_path: Path, run: PhaseRun) -> None:
    clip = tagged_clip(tmp_path / "t.mp4", (1, 1, 1, 2), pixels="yuvj420p")
    output = Path(converted(run, clip, crf=4).file.path)
    assert probe(output).colour.range == "pc"
    assert np.abs(planes(output) - planes(clip)).mean() < 1.5


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_is_baked_in(tmp_path: Path, run: PhaseRun, rotation: int) -> None:
    result = converted(run, make_clip(tmp_path / "r.mp4", 8, rotation=rotation))
    facts = probe(Path(result.file.path))
    assert codes_of(Path(result.file.path)) == list(range(8))
    assert (facts.rotation, facts.width, facts.height) == (
        0,
        *((320, 192) if rotation == 180 else (192, 320)),
    )


def test_rotate_and_mirror(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 6, pixels="yuv444p", sound=None)
    turned = pictures_of(Path(converted(run, clip, rotate=90).file.path))[5]
    assert turned.shape == (320, 192, 3)
    assert read_code(np.rot90(turned)) == 5


def test_mirror(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 6, sound=None)
    flipped = pictures_of(Path(converted(run, clip, mirror="horizontal").file.path))[5]
    assert read_code(flipped[:, ::-1]) == 5


@pytest.mark.parametrize(
    ("size", "expected", "bars"),
    [
        ("160x96", (160, 96), False),
        ("160x", (160, 96), False),
        ("x96", (160, 96), False),
        ("200x200", (200, 200), True),
    ],
)
def test_sizes(tmp_path: Path, run: PhaseRun, size: str, expected: tuple[int, int], bars: bool) -> None:
    result = converted(run, make_clip(tmp_path / "a.mp4", 10, sound=None), size=size)
    picture = pictures_of(Path(result.file.path))[7]
    assert (picture.shape[1], picture.shape[0]) == expected == (result.file.width, result.file.height)
    assert bool(result.warnings) is bars
    assert read_code(picture[40:160] if bars else picture) == 7


def test_odd_sizes_lose_no_pixel(tmp_path: Path, run: PhaseRun) -> None:
    result = converted(run, make_odd(tmp_path / "o.mp4", 5), crf=4)
    picture = pictures_of(Path(result.file.path))[3]
    assert picture.shape == (194, 322, 3)
    difference = np.abs(picture[40:193, :321].astype(float) - code_frame(3, (321, 193))[40:])
    assert difference.mean() < 4
    last_column = np.abs(picture[40:193, 321].astype(float) - picture[40:193, 320])
    assert last_column.mean() < 6
    assert "even" in result.warnings[0]


@pytest.mark.parametrize(
    ("params", "codec", "suffix"),
    [
        ({"preset": "web"}, "h264", ".mp4"),
        ({"preset": "small"}, "hevc", ".mp4"),
        ({"preset": "master"}, "prores", ".mov"),
        ({"preset": "archive"}, "ffv1", ".mkv"),
        ({"preset": "ultrafast", "codec": "vp9"}, "vp9", ".webm"),
        ({"preset": "ultrafast", "encoder": "libx265"}, "hevc", ".mp4"),
    ],
)
def test_presets(tmp_path: Path, run: PhaseRun, params: dict[str, Any], codec: str, suffix: str) -> None:
    result = converted(run, make_clip(tmp_path / "a.mp4", 10), **params)
    output = Path(result.file.path)
    assert (probe(output).codec, output.suffix, codes_of(output)) == (codec, suffix, list(range(10)))


def test_an_encoder_that_does_not_work_here_gives_way(tmp_path: Path, run: PhaseRun) -> None:
    result = converted(run, make_clip(tmp_path / "a.mp4", 5), codec="h264", encoder="h264_no_such")
    assert result.encoder_used == "libx264"
    assert "h264_no_such" in result.warnings[0]


def test_junk_and_half_files_are_named(tmp_path: Path, run: PhaseRun) -> None:
    whole = make_clip(tmp_path / "a.mkv", 60)
    half = make_truncated(tmp_path / "half.mp4", make_clip(tmp_path / "b.mp4", 60))
    for bad in (make_junk(tmp_path / "junk.mkv"), half):
        with pytest.raises(VqError) as caught:
            converted(run, bad)
        assert caught.value.code == "input_unreadable"
        assert str(bad) in caught.value.message
    assert converted(run, whole).frame_count == 60


def tagged_clip(path: Path, tags: tuple[int, int, int, int], pixels: str = "yuv420p") -> Path:
    """Five frames with the given matrix, primaries, transfer and range (H.273)."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 320, 192, pixels
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = tags
        stream.options = {"crf": "4"}
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(code_frame(number), format="rgb24").reformat(format=pixels)
            frame.pts = number
            frame.colorspace, frame.color_primaries, frame.color_trc, frame.color_range = tags
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def planes(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The luma of all frames as stored."""
    with av.open(str(path)) as container:
        frames = [
            np.frombuffer(bytes(f.planes[0]), np.uint8).reshape(f.height, -1)[:, : f.width]
            for f in container.decode(video=0)
        ]
    return np.stack(frames).astype(float)
