"""Hardware encoders: tried with one frame, one at a time, and software in their place where they refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.media.chip_ffmpeg import calls_of, make_chip_ffmpeg
from tests.media_clips import codes_of, make_clip
from video_queue.domain.media.clips import ConvertParams, ConvertResult
from video_queue.media.ffmpeg_binary import Picture, usable_encoder
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import convert


async def converted(run: PhaseRun, clip: Path, **params: Any) -> ConvertResult:
    return await convert.run(ConvertParams.model_validate({"source": str(clip), **params}), run)


@pytest.mark.parametrize("encoder", ["h264_nvenc", "hevc_qsv", "h264_amf", "h264_vaapi"])
def test_a_chip_is_tried_with_one_frame_and_then_encodes(tmp_path: Path, run: PhaseRun, encoder: str) -> None:
    ffmpeg = make_chip_ffmpeg(tmp_path / "chip")
    clip = make_clip(tmp_path / "a.mp4", 12)
    result = asyncio.run(converted(replace(run, ffmpeg=ffmpeg), clip, encoder=encoder))
    assert (result.encoder_used, result.warnings) == (encoder, [])
    assert codes_of(Path(result.file.path)) == list(range(12))
    trial, encode = calls_of(ffmpeg)
    assert "-frames:v 1" in trial
    assert "s=320x192" in trial
    assert "-frames:v" not in encode


def test_a_chip_that_refuses_is_tried_once_and_software_encodes(
    tmp_path: Path, new_run: Callable[[], PhaseRun]
) -> None:
    ffmpeg = make_chip_ffmpeg(tmp_path / "chip", "h264_nvenc")
    clip = make_clip(tmp_path / "a.mp4", 6)
    for _ in range(2):
        result = asyncio.run(converted(replace(new_run(), ffmpeg=ffmpeg), clip, encoder="h264_nvenc"))
        assert result.encoder_used == "libx264"
        assert result.warnings == ["h264_nvenc is not usable here; libx264 was used"]
    assert len(calls_of(ffmpeg)) == 1


def test_without_any_chip_hardware_means_software_and_says_so(tmp_path: Path, run: PhaseRun) -> None:
    ffmpeg = make_chip_ffmpeg(tmp_path / "chip", "nvenc", "qsv", "amf", "vaapi")
    clip = make_clip(tmp_path / "a.mp4", 6)
    result = asyncio.run(converted(replace(run, ffmpeg=ffmpeg), clip, encoder="hardware"))
    assert (result.encoder_used, result.frame_count) == ("libx264", 6)
    assert result.warnings == ["no hardware encoder for h264 works here; libx264 was used"]


def test_the_chip_that_works_is_taken_of_those_that_are_there(tmp_path: Path) -> None:
    ffmpeg = make_chip_ffmpeg(tmp_path / "chip", "nvenc")
    assert usable_encoder(ffmpeg, "h264", "hardware") == "h264_qsv"
    assert usable_encoder(ffmpeg, "h264", "auto") == "libx264"


def test_a_chip_that_cannot_encode_ten_bits_is_not_given_them(tmp_path: Path) -> None:
    ffmpeg = make_chip_ffmpeg(tmp_path / "chip", "yuv420p10le", "s=7680x4320")
    assert usable_encoder(ffmpeg, "hevc", "hevc_nvenc", Picture(320, 192)) == "hevc_nvenc"
    assert usable_encoder(ffmpeg, "hevc", "hevc_nvenc", Picture(320, 192, "yuv420p10le")) == "libx265"
    assert usable_encoder(ffmpeg, "hevc", "hevc_nvenc", Picture(7680, 4320)) == "libx265"


def test_a_chip_that_fails_in_the_middle_is_replaced(tmp_path: Path, run: PhaseRun) -> None:
    ffmpeg = make_chip_ffmpeg(tmp_path / "chip", "h264_nvenc video.mp4")
    clip = make_clip(tmp_path / "a.mp4", 12)
    result = asyncio.run(converted(replace(run, ffmpeg=ffmpeg), clip, encoder="hardware"))
    assert (result.encoder_used, result.warnings) == ("libx264", ["h264_nvenc failed; libx264 was used"])
    assert codes_of(Path(result.file.path)) == list(range(12))


def test_no_two_clips_are_on_the_chip_at_once_not_even_in_a_trial(
    tmp_path: Path, new_run: Callable[[], PhaseRun]
) -> None:
    ffmpeg = make_chip_ffmpeg(tmp_path / "chip")
    clips = [make_clip(tmp_path / f"{n}.mp4", 30, size=(320, 192 + 32 * n)) for n in range(3)]

    async def all_at_once() -> list[ConvertResult]:
        hardware = asyncio.Lock()
        runs = [replace(new_run(), ffmpeg=ffmpeg, hardware=hardware) for _ in clips]
        work = [converted(run, clip, encoder="h264_nvenc") for run, clip in zip(runs, clips, strict=True)]
        return await asyncio.gather(*work)

    results = asyncio.run(all_at_once())
    assert [result.encoder_used for result in results] == ["h264_nvenc"] * 3
    assert [result.warnings for result in results] == [[]] * 3
    assert len(calls_of(ffmpeg)) == 6
